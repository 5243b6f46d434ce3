package jcluster.os;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * System calls, typed and checked: a call that fails throws {@link OsException} with its name and
 * errno. New descriptors are close-on-exec and non-blocking unless said otherwise. Any thread may
 * call.
 */
public final class Sys {
  /** CMSG_SPACE of one struct ucred and one descriptor, with room to spare. */
  private static final int CONTROL_SIZE = 256;

  private static final int SIGKILL = 9;

  private Sys() {}

  /** The user id of this process. */
  public static int getuid() {
    return Libc.getuid();
  }

  /**
   * Takes over a descriptor that this process was started with, and makes it close-on-exec.
   *
   * @throws OsException EBADF, if no such descriptor is open
   */
  public static Fd adopt(int number) throws OsException {
    int flags = check("fcntl", Libc.fcntl(number, Libc.F_GETFD, 0));
    check("fcntl", Libc.fcntl(number, Libc.F_SETFD, flags | Libc.FD_CLOEXEC));
    return new Fd(number);
  }

  /** Whether this process's standard input is a terminal (isatty(3)). */
  public static boolean isTerminal() {
    return Libc.isatty(0) == 1;
  }

  /** This process's standard output, not to be closed. */
  public static Fd standardOutput() {
    return new Fd(1);
  }

  /** This process's standard error, not to be closed. */
  public static Fd standardError() {
    return new Fd(2);
  }

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
      check("getsockname", Libc.getsockname(socket.number(), address, length));
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
      check("bind" + name, Libc.bind(fd.number(), address.bytes(), address.bytes().length));
      if (type == Libc.SOCK_STREAM) {
        check("listen", Libc.listen(fd.number(), backlog));
      }
      return fd;
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * A new FIFO for this process to read from, and for processes of this user to write to. This
   * process opens it for writing, too, so that it never reads end of file (fifo(7)).
   */
  public static Fd fifo(String path) throws OsException {
    check("mkfifo " + path, Libc.mkfifo(path, 0600));
    return openFifo(path);
  }

  /** An existing FIFO, opened as {@link #fifo} does it. */
  public static Fd openFifo(String path) throws OsException {
    int flags = Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
    return new Fd(check("open " + path, Libc.open(path, flags)));
  }

  /** An existing file, for reading and writing. */
  public static Fd open(String path) throws OsException {
    return new Fd(check("open " + path, Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC)));
  }

  /**
   * An existing pipe or device, for writing; it does not become this process's controlling
   * terminal.
   */
  static Fd openToWrite(String path) throws OsException {
    int flags = Libc.O_WRONLY | Libc.O_NONBLOCK | Libc.O_NOCTTY | Libc.O_CLOEXEC;
    return new Fd(check("open " + path, Libc.open(path, flags)));
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
    check("fcntl", Libc.fcntl(fd.number(), Libc.F_SETFL, Libc.O_RDWR));
    return fd;
  }

  /** Makes a socket non-blocking, for all processes that share it. */
  public static void setNonBlocking(Fd socket) throws OsException {
    check("fcntl", Libc.fcntl(socket.number(), Libc.F_SETFL, Libc.O_RDWR | Libc.O_NONBLOCK));
  }

  /** A connected Unix datagram socket, blocking. */
  public static Fd connectUnixDatagram(String path) throws OsException {
    return connected(path, Libc.SOCK_DGRAM);
  }

  private static Fd connected(String path, int type) throws OsException {
    Address address = Address.unix(path);
    Fd fd = socket(address.family(), type);
    try {
      check("connect " + path, Libc.connect(fd.number(), address.bytes(), address.bytes().length));
      return fd;
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  private static Fd socket(int domain, int type) throws OsException {
    return new Fd(check("socket", Libc.socket(domain, type | Libc.SOCK_CLOEXEC, 0)));
  }

  private static Fd withOption(Fd fd, int option) throws OsException {
    var one = new IntByReference(1);
    Pointer value = one.getPointer();
    check(
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
    check("getsockopt", Libc.getsockopt(fd.number(), Libc.SOL_SOCKET, option, value, length));
  }

  /** Accepts one connection if one is waiting. */
  public static Optional<Fd> accept(Fd listener) throws OsException {
    int fd = Libc.accept4(listener.number(), null, null, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
    return again(fd) ? Optional.empty() : Optional.of(new Fd(check("accept4", fd)));
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
    check("shutdown", Libc.shutdown(connection.number(), Libc.SHUT_RD));
  }

  /**
   * Reads the bytes that are available.
   *
   * @return the number of bytes; 0 at end of file, empty if none are available yet
   */
  public static OptionalInt read(Fd fd, byte[] buffer) throws OsException {
    long count = Libc.read(fd.number(), buffer, buffer.length);
    return again(count) ? OptionalInt.empty() : OptionalInt.of((int) check("read", count));
  }

  /** Writes as much as it can, and returns the number of bytes: 0 if a non-blocking one is full. */
  static int write(Fd fd, byte[] bytes) throws OsException {
    long count = Libc.write(fd.number(), bytes, bytes.length);
    return again(count) ? 0 : (int) check("write", count);
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
    return again(count) ? 0 : (int) check("send", count);
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
      check("sendmsg", Libc.sendmsg(socket.number(), header, flags));
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
      if (again(count)) {
        return Optional.empty();
      }
      check("recvmsg", count);
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

  /** A descriptor that becomes readable when the process {@code pid} exits (pidfd_open(2)). */
  public static Fd pidfd(int pid) throws OsException {
    return new Fd(check("pidfd_open", Libc.pidfd_open(pid, 0)));
  }

  /**
   * How a child ended.
   *
   * @param status its exit status, when {@code signal} is 0
   * @param signal the signal that killed it, or 0
   */
  public record Ending(int status, int signal) {
    /** Unpacks a status as the kernel packs it (wait(2)). */
    private static Ending of(int status) {
      int signal = status & 0x7f;
      return new Ending(signal == 0 ? status >> 8 & 0xff : 0, signal);
    }
  }

  /**
   * Reaps the child {@code pid} if it has exited (waitpid(2), for this child only: the JDK has
   * children of its own).
   *
   * @throws OsException ECHILD, if it is not an unreaped child of this process
   */
  public static Optional<Ending> reap(int pid) throws OsException {
    var status = new IntByReference();
    if (check("waitpid", Libc.waitpid(pid, status, Libc.WNOHANG)) == 0) {
      return Optional.empty();
    }
    return Optional.of(Ending.of(status.getValue()));
  }

  /**
   * How a process that is not a child of this one ended. Empty until its parent has reaped it, and
   * if the kernel does not tell (PIDFD_GET_INFO, since Linux 6.15).
   */
  public static Optional<Ending> ending(Fd pidfd) {
    try (var info = new Memory(Libc.SIZEOF_PIDFD_INFO)) {
      info.clear();
      info.setLong(0, Libc.PIDFD_INFO_EXIT);
      boolean told =
          Libc.ioctl(pidfd.number(), Libc.PIDFD_GET_INFO, info) == 0
              && (info.getLong(0) & Libc.PIDFD_INFO_EXIT) != 0;
      return told ? Optional.of(Ending.of(info.getInt(60))) : Optional.empty();
    }
  }

  /** Whether the kernel will tell how a process that is not a child of this one ended. */
  public static boolean tellsEndings(Fd pidfd) {
    try (var info = new Memory(Libc.SIZEOF_PIDFD_INFO)) {
      info.clear();
      return Libc.ioctl(pidfd.number(), Libc.PIDFD_GET_INFO, info) == 0;
    }
  }

  /**
   * Sends a signal to a process (pidfd_send_signal(2)), whether or not it is a child of this one.
   *
   * @return false if it has been reaped
   */
  public static boolean signal(Fd pidfd, int signal) throws OsException {
    int result = Libc.pidfd_send_signal(pidfd.number(), signal, null, 0);
    if (result < 0 && Native.getLastError() == Libc.ESRCH) {
      return false;
    }
    check("pidfd_send_signal", result);
    return true;
  }

  /**
   * A copy of another process's descriptor (pidfd_getfd(2)); requires permission to trace that
   * process.
   */
  public static Fd copy(Fd pidfd, int number) throws OsException {
    return new Fd(check("pidfd_getfd", Libc.pidfd_getfd(pidfd.number(), number, 0)));
  }

  /** Reaps the exited children that are not in {@code own}, up to the first that is. */
  public static void reapStrangers(Set<Integer> own) throws OsException {
    try (var info = new Memory(Libc.SIZEOF_SIGINFO_T)) {
      while (true) {
        info.clear();
        int options = Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT;
        int result = Libc.waitid(Libc.P_ALL, 0, info, options);
        int pid = info.getInt(16);
        if (result < 0 || pid == 0 || own.contains(pid)) {
          return; // ECHILD: there is none at all.
        }
        reap(pid);
      }
    }
  }

  /** Kills the child {@code pid} and its process group, waits for the child and reaps it. */
  public static void destroy(int pid) throws OsException {
    kill(-pid, SIGKILL);
    check("waitpid", Libc.waitpid(pid, new IntByReference(), 0));
  }

  /**
   * Sends a signal to a process, or with {@code -pid} to a process group (kill(2)).
   *
   * @return false if there is no such process or group
   * @throws IllegalArgumentException for -1 and 0, which mean every process and this process's own
   *     group
   */
  public static boolean kill(int pid, int signal) throws OsException {
    if (pid == -1 || pid == 0) {
      throw new IllegalArgumentException("kill " + pid);
    }
    int result = Libc.kill(pid, signal);
    if (result < 0 && Native.getLastError() == Libc.ESRCH) {
      return false;
    }
    check("kill", result);
    return true;
  }

  /** A copy of {@code fd} with a number of at least {@code from}. */
  static Fd duplicate(Fd fd, int from) throws OsException {
    return new Fd(check("fcntl", Libc.fcntl(fd.number(), Libc.F_DUPFD_CLOEXEC, from)));
  }

  static int check(String call, int result) throws OsException {
    return (int) check(call, (long) result);
  }

  private static long check(String call, long result) throws OsException {
    if (result < 0) {
      throw new OsException(call, Native.getLastError());
    }
    return result;
  }

  /** Whether a call would have had to wait, or was interrupted, and can be made again later. */
  private static boolean again(long result) {
    return result < 0
        && (Native.getLastError() == Libc.EAGAIN || Native.getLastError() == Libc.EINTR);
  }

  /** A NULL-terminated array of C strings; keep it reachable while it is in use. */
  static final class StringVector {
    private final List<Memory> strings = new ArrayList<>();
    private final Memory vector;

    StringVector(List<String> values) {
      vector = new Memory((values.size() + 1L) * Native.POINTER_SIZE);
      for (String value : values) {
        byte[] bytes = value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        var string = new Memory(bytes.length + 1L);
        string.write(0, Arrays.copyOf(bytes, bytes.length + 1), 0, bytes.length + 1);
        vector.setPointer((long) strings.size() * Native.POINTER_SIZE, string);
        strings.add(string);
      }
      vector.setPointer((long) strings.size() * Native.POINTER_SIZE, Pointer.NULL);
    }

    Pointer pointer() {
      return vector;
    }
  }
}
