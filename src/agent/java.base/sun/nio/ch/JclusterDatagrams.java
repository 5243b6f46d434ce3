package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.util.concurrent.locks.LockSupport;
import jdk.internal.misc.Unsafe;

/** The same as {@link JclusterNet} for the JDK's datagram sockets. For any thread. */
final class JclusterDatagrams {
  /** struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)). */
  private static final int AF_INET = 2;

  private static final int AF_INET6 = 10;

  private static final int SIZEOF_IN = 16;
  private static final int SIZEOF_IN6 = 28;
  private static final int V4_IN_IN6 = 20;

  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  /** When a datagram was last received or sent through an inherited socket; 0 if none was. */
  private static volatile long last;

  private JclusterDatagrams() {}

  /** The JDK's private methods that do the work; looked up when they are first needed. */
  private static final class Natives {
    static final MethodHandle RECEIVE = find("receive0", long.class, boolean.class);
    static final MethodHandle SEND = find("send0", long.class, int.class);

    private static MethodHandle find(String name, Class<?> fourth, Class<?> fifth) {
      try {
        Class<?> owner = Class.forName("sun.nio.ch.DatagramChannelImpl");
        MethodType type =
            MethodType.methodType(
                int.class, FileDescriptor.class, long.class, int.class, fourth, fifth);
        return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
            .findStatic(owner, name, type);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.toString(), e);
      }
    }
  }

  public static void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    int index =
        JclusterMatching.inet(
            JclusterAdoption.sockets, JclusterAdoption.ports, JclusterInherited.UDP, address, port);
    if (JclusterAdoption.adopt(index, fd)) {
      JclusterAdoption.sockets[index].ipv4 = family == StandardProtocolFamily.INET;
      JclusterAdoption.listening(JclusterAdoption.sockets[index]);
    } else {
      Net.bind(family, fd, address, port);
      if (port > 0) {
        JclusterReports.bound(
            JclusterInherited.text(address.getHostAddress(), port).concat(" (UDP)"));
      }
    }
  }

  public static InetSocketAddress localAddress(FileDescriptor fd) throws IOException {
    JclusterAdoption.inherited(fd);
    return Net.localAddress(fd);
  }

  public static void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    JclusterNet.configureBlocking(fd, blocking);
  }

  public static int receive0(
      FileDescriptor fd, long address, int length, long sender, boolean connected)
      throws IOException {
    JclusterInherited socket = JclusterAdoption.socket(fd);
    if (socket == null) {
      return receive(fd, address, length, sender, connected);
    }
    if (JclusterDrain.draining || !JclusterBalance.isOpen()) {
      LockSupport.parkNanos(JclusterNet.CLOSED_PAUSE);
      return JclusterNet.UNAVAILABLE;
    }
    JclusterNet.enter();
    try {
      int n;
      do {
        n =
            !JclusterDrain.draining
                ? receive(fd, address, length, sender, connected)
                : JclusterNet.UNAVAILABLE;
      } while (n >= 0 && socket.ipv4 && !isIpv4(sender));
      if (n >= 0) {
        last = System.nanoTime();
      }
      return n;
    } finally {
      JclusterNet.leave();
    }
  }

  private static int receive(
      FileDescriptor fd, long address, int length, long sender, boolean connected)
      throws IOException {
    try {
      return (int) Natives.RECEIVE.invokeExact(fd, address, length, sender, connected);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  public static int send0(
      FileDescriptor fd, long address, int length, long receiver, int receiverLength)
      throws IOException {
    JclusterInherited socket = JclusterAdoption.socket(fd);
    long converted = 0;
    try {
      if (socket != null) {
        last = System.nanoTime();
        // What the JDK takes for an IPv6 socket may be an IPv4 one, and the other way round.
        boolean v4 = socket.address().getAddress().length == 4;
        if (receiverLength == SIZEOF_IN6 && v4) {
          converted = v4(receiver);
          receiver = converted;
          receiverLength = SIZEOF_IN;
        } else if (receiverLength == SIZEOF_IN && !v4) {
          converted = v6(receiver);
          receiver = converted;
          receiverLength = SIZEOF_IN6;
        }
      }
      return (int) Natives.SEND.invokeExact(fd, address, length, receiver, receiverLength);
    } catch (Throwable e) {
      throw thrown(e);
    } finally {
      if (converted != 0) {
        MEMORY.freeMemory(converted);
      }
    }
  }

  /**
   * How long no datagram has passed through an inherited socket, in ns; very long if none ever has.
   */
  static long quiet(long now) {
    return last == 0 ? Long.MAX_VALUE : now - last;
  }

  static void closing(FileDescriptor fd) {
    JclusterAdoption.closing(fd);
  }

  /** Whether a sender can be answered through a channel that knows only IPv4. */
  private static boolean isIpv4(long sender) {
    return MEMORY.getShort(sender) == AF_INET
        || (MEMORY.getLong(sender + 8) == 0 && MEMORY.getInt(sender + 16) == 0xffff0000);
  }

  /** Allocates the IPv4 address that is mapped in an IPv6 one (RFC 4291, 2.5.5.2). */
  private static long v4(long in6) {
    long in = MEMORY.allocateMemory(SIZEOF_IN);
    MEMORY.putShort(in, (short) AF_INET);
    MEMORY.putShort(in + 2, MEMORY.getShort(in6 + 2));
    MEMORY.putInt(in + 4, MEMORY.getInt(in6 + V4_IN_IN6));
    MEMORY.putLong(in + 8, 0);
    return in;
  }

  /** Allocates the IPv6 address in which an IPv4 one is mapped. */
  private static long v6(long in) {
    long in6 = MEMORY.allocateMemory(SIZEOF_IN6);
    MEMORY.putShort(in6, (short) AF_INET6);
    MEMORY.putShort(in6 + 2, MEMORY.getShort(in + 2));
    MEMORY.putInt(in6 + 4, 0);
    MEMORY.putLong(in6 + 8, 0);
    MEMORY.putShort(in6 + 16, (short) 0);
    MEMORY.putShort(in6 + 18, (short) -1);
    MEMORY.putInt(in6 + V4_IN_IN6, MEMORY.getInt(in + 4));
    MEMORY.putInt(in6 + 24, 0);
    return in6;
  }

  static IOException thrown(Throwable e) {
    if (e instanceof IOException io) {
      return io;
    }
    if (e instanceof RuntimeException runtime) {
      throw runtime;
    }
    throw (Error) e;
  }
}
