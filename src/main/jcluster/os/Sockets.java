package jcluster.os;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.util.Optional;

/** System calls for sockets, typed and checked like those of {@link Sys}. */
public final class Sockets {
  /** CMSG_SPACE of one struct ucred and one descriptor, with room to spare. */
  private static final int CONTROL_SIZE = 256;

  private Sockets() {}

  /** What kind of socket a descriptor is; empty if it is not a socket (sd_is_socket(3)). */
  public static Optional<SocketKind> socketKind(Fd fd) throws OsException {
    try {
      int domain = option(fd, Libc.SO_DOMAIN);
      int type = option(fd, Libc.SO_TYPE);
      boolean listening = type == Libc.SOCK_STREAM && option(fd, Libc.SO_ACCEPTCONN) != 0;
      return Optional.of(new SocketKind(domain, type, listening));
    } catch (OsException e) {
      if (e.errno() == Libc.ENOTSOCK) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * What kind of socket a descriptor is.
   *
   * @param domain AF_UNIX, AF_INET, …
   * @param type SOCK_STREAM, SOCK_DGRAM, …
   * @param listening whether connections can be accepted from it
   */
  public record SocketKind(int domain, int type, boolean listening) {
    /** Whether it is a datagram socket. */
    public boolean datagram() {
      return type == Libc.SOCK_DGRAM;
    }

    /** Whether a server can serve from it: a listening stream socket, or a datagram socket. */
    public boolean serves() {
      return listening || datagram();
    }
  }

  /** The address that a socket is bound to (getsockname(2)). */
  public static Address localAddress(Fd socket) throws OsException {
    try (var address = new Memory(Libc.SIZEOF_SOCKADDR_STORAGE)) {
      var length = new IntByReference((int) address.size());
      Sys.check("getsockname", Libc.getsockname(socket.number(), address, length));
      return new Address(address.getShort(0), address.getByteArray(0, length.getValue()));
    }
  }

  /** A stream socket listening on {@code address}; blocking, as systemd's are. */
  public static Fd listen(Address address, int backlog) throws OsException {
    return bound("", address, Libc.SOCK_STREAM, backlog, 0);
  }

  /** A listening Unix stream socket of the supervisor's own. */
  public static Fd listenUnix(String path) throws OsException {
    return bound(" " + path, Address.unix(path), Libc.SOCK_STREAM, 64, Libc.SOCK_NONBLOCK);
  }

  /** A Unix datagram socket at {@code path} that tells each sender's process id. */
  public static Fd receiverUnix(String path) throws OsException {
    Fd fd = bound(" " + path, Address.unix(path), Libc.SOCK_DGRAM, 0, Libc.SOCK_NONBLOCK);
    return withOption(fd, Libc.SO_PASSCRED);
  }

  private static Fd bound(String name, Address address, int type, int backlog, int flags)
      throws OsException {
    Fd fd = socket(address.family(), type | flags);
    try {
      if (address.family() != Libc.AF_UNIX) {
        withOption(fd, Libc.SO_REUSEADDR);
      }
      Sys.check("bind" + name, Libc.bind(fd.number(), address.bytes(), address.bytes().length));
      if (type == Libc.SOCK_STREAM) {
        Sys.check("listen", Libc.listen(fd.number(), backlog));
      }
      return fd;
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  /** A connected Unix stream socket, blocking. */
  public static Fd connectUnixStream(String path) throws OsException {
    return connected(path, Libc.SOCK_STREAM);
  }

  /**
   * The same, without waiting for room in the listener's queue.
   *
   * @throws OsException EAGAIN, if the queue is full
   */
  public static Fd connectUnixStreamNow(String path) throws OsException {
    Fd fd = connected(path, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK);
    Sys.check("fcntl", Libc.fcntl(fd.number(), Libc.F_SETFL, Libc.O_RDWR));
    return fd;
  }

  /** Makes a socket non-blocking, for all processes that share it. */
  public static void setNonBlocking(Fd socket) throws OsException {
    Sys.check("fcntl", Libc.fcntl(socket.number(), Libc.F_SETFL, Libc.O_RDWR | Libc.O_NONBLOCK));
  }

  /** A connected Unix datagram socket, blocking. */
  public static Fd connectUnixDatagram(String path) throws OsException {
    return connected(path, Libc.SOCK_DGRAM);
  }

  private static Fd connected(String path, int type) throws OsException {
    Address address = Address.unix(path);
    Fd fd = socket(address.family(), type);
    try {
      Sys.check(
          "connect " + path, Libc.connect(fd.number(), address.bytes(), address.bytes().length));
      return fd;
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  private static Fd socket(int domain, int type) throws OsException {
    return new Fd(Sys.check("socket", Libc.socket(domain, type | Libc.SOCK_CLOEXEC, 0)));
  }

  private static Fd withOption(Fd fd, int option) throws OsException {
    var one = new IntByReference(1);
    Pointer value = one.getPointer();
    Sys.check(
        "setsockopt", Libc.setsockopt(fd.number(), Libc.SOL_SOCKET, option, value, Integer.BYTES));
    return fd;
  }

  private static int option(Fd fd, int option) throws OsException {
    try (var value = new Memory(Integer.BYTES)) {
      getsockopt(fd, option, value);
      return value.getInt(0);
    }
  }

  private static void getsockopt(Fd fd, int option, Memory value) throws OsException {
    var length = new IntByReference((int) value.size());
    Sys.check("getsockopt", Libc.getsockopt(fd.number(), Libc.SOL_SOCKET, option, value, length));
  }

  /** Accepts one connection if one is waiting. */
  public static Optional<Fd> accept(Fd listener) throws OsException {
    int fd = Libc.accept4(listener.number(), null, null, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
    return Sys.again(fd) ? Optional.empty() : Optional.of(new Fd(Sys.check("accept4", fd)));
  }

  /** The user id of the process that connected to this Unix socket (SO_PEERCRED, unix(7)). */
  public static int peerUid(Fd connection) throws OsException {
    try (var ucred = new Memory(Libc.SIZEOF_UCRED)) {
      getsockopt(connection, Libc.SO_PEERCRED, ucred);
      return ucred.getInt(4);
    }
  }

  /** Ends the reading side of a connection. */
  public static void shutdownRead(Fd connection) throws OsException {
    Sys.check("shutdown", Libc.shutdown(connection.number(), Libc.SHUT_RD));
  }

  /** Sends as much as the socket takes, and returns the number of bytes; never raises SIGPIPE. */
  public static int send(Fd socket, byte[] bytes) throws OsException {
    return send(socket, bytes, 0);
  }

  /** Sends as much as the socket takes without waiting. */
  public static int sendNow(Fd socket, byte[] bytes) throws OsException {
    return send(socket, bytes, Libc.MSG_DONTWAIT);
  }

  private static int send(Fd socket, byte[] bytes, int flags) throws OsException {
    long count = Libc.send(socket.number(), bytes, bytes.length, flags | Libc.MSG_NOSIGNAL);
    return Sys.again(count) ? 0 : (int) Sys.check("send", count);
  }

  /** How much memory what was sent through a Unix socket takes that nobody has read, in bytes. */
  public static int unread(Fd socket) throws OsException {
    try (var count = new Memory(Integer.BYTES)) {
      Sys.check("ioctl", Libc.ioctl(socket.number(), Libc.SIOCOUTQ, count));
      return count.getInt(0);
    }
  }

  /**
   * A datagram.
   *
   * @param pid the process that sent it, as the kernel knows it
   * @param bytes its content
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Datagram(int pid, byte[] bytes) {}

  /** Sends one datagram together with a descriptor, if there is room for it now (unix(7)). */
  public static void sendNow(Fd socket, byte[] bytes, Fd along) throws OsException {
    try (var data = new Memory(bytes.length);
        var vector = new Memory(16);
        var control = new Memory(Libc.SIZEOF_CMSGHDR + 8L);
        var header = new Memory(Libc.SIZEOF_MSGHDR)) {
      data.write(0, bytes, 0, bytes.length);
      vector.setPointer(0, data);
      vector.setLong(8, bytes.length);
      control.clear();
      control.setLong(0, Libc.SIZEOF_CMSGHDR + Integer.BYTES);
      control.setInt(8, Libc.SOL_SOCKET);
      control.setInt(12, Libc.SCM_RIGHTS);
      control.setInt(Libc.SIZEOF_CMSGHDR, along.number());
      header.clear();
      header.setPointer(16, vector);
      header.setLong(24, 1);
      header.setPointer(32, control);
      header.setLong(40, control.size());
      int flags = Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL;
      Sys.check("sendmsg", Libc.sendmsg(socket.number(), header, flags));
    }
  }

  /**
   * Receives one datagram of at most {@code limit} bytes, if one is there; a longer one arrives
   * empty. Descriptors sent along are closed, which answers the barrier of sd_notify_barrier(3).
   */
  public static Optional<Datagram> receive(Fd socket, int limit) throws OsException {
    try (var data = new Memory(limit);
        var vector = new Memory(16);
        var control = new Memory(CONTROL_SIZE);
        var header = new Memory(Libc.SIZEOF_MSGHDR)) {
      // struct iovec { base, len }; struct msghdr { name, namelen, iov, iovlen, control,
      // controllen, flags }
      vector.setPointer(0, data);
      vector.setLong(8, limit);
      header.clear();
      header.setPointer(16, vector);
      header.setLong(24, 1);
      header.setPointer(32, control);
      header.setLong(40, CONTROL_SIZE);
      long count = Libc.recvmsg(socket.number(), header, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
      if (Sys.again(count)) {
        return Optional.empty();
      }
      Sys.check("recvmsg", count);
      int pid = readControl(control, header.getLong(40));
      boolean whole = (header.getInt(48) & Libc.MSG_TRUNC) == 0;
      return Optional.of(
          new Datagram(pid, whole ? data.getByteArray(0, (int) count) : new byte[0]));
    }
  }

  /**
   * Closes the descriptors in a message's control data and returns the sender's process id, or 0 if
   * it is missing.
   */
  private static int readControl(Memory control, long length) {
    int pid = 0;
    // struct cmsghdr { size_t len; int level; int type; }, each aligned to 8 bytes
    for (long at = 0; at + Libc.SIZEOF_CMSGHDR <= length; ) {
      long size = control.getLong(at);
      if (size < Libc.SIZEOF_CMSGHDR || at + size > length) {
        break;
      }
      long data = at + Libc.SIZEOF_CMSGHDR;
      if (control.getInt(at + 8) == Libc.SOL_SOCKET) {
        if (control.getInt(at + 12) == Libc.SCM_CREDENTIALS) {
          pid = control.getInt(data);
        } else if (control.getInt(at + 12) == Libc.SCM_RIGHTS) {
          for (long i = data; i + Integer.BYTES <= at + size; i += Integer.BYTES) {
            dispose(new Fd(control.getInt(i)));
          }
        }
      }
      at += (size + 7) & ~7L;
    }
    return pid;
  }

  /**
   * Closes a descriptor that somebody has sent. It may be the last one of a socket, whose SO_LINGER
   * would make close(2) wait.
   */
  private static void dispose(Fd sent) {
    try (var off = new Memory(Libc.SIZEOF_LINGER)) {
      off.clear();
      // Errors such as ENOTSOCK do not matter: only a socket lingers.
      Libc.setsockopt(sent.number(), Libc.SOL_SOCKET, Libc.SO_LINGER, off, Libc.SIZEOF_LINGER);
    }
    sent.close();
  }
}
