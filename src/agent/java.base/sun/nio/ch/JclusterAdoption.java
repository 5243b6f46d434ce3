package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The inherited sockets, and which of the application's descriptors are one. For any thread. */
public final class JclusterAdoption {
  static JclusterInherited[] sockets;

  /** Pairs of a port that the application binds and the index of the socket it stands for. */
  static int[] ports;

  /** The supervisor's runtime directory. */
  static String directory;

  /** {@code System.inheritedChannel()} is making a channel of the first socket. */
  static volatile boolean inheriting;

  /** The inherited socket that a descriptor is. */
  private static volatile JclusterInherited[] adopted = new JclusterInherited[64];

  private static boolean announced;

  private JclusterAdoption() {}

  /** The inherited socket that a descriptor is, or null. */
  static JclusterInherited socket(FileDescriptor fd) {
    int number = IOUtil.fdVal(fd);
    JclusterInherited[] all = adopted;
    return number >= 0 && number < all.length ? all[number] : null;
  }

  /**
   * Puts an inherited socket in the place of a fresh one.
   *
   * @param index which, or -1
   * @return whether it was: of a socket that the application holds already the kernel refuses
   *     another bind, unless that asks for SO_REUSEPORT
   */
  static boolean adopt(int index, FileDescriptor fd) throws IOException {
    if (index < 0) {
      return false;
    }
    JclusterInherited socket = sockets[index];
    synchronized (JclusterAdoption.class) {
      if (socket.adopted > 0 && !reusesPort(socket, fd)) {
        return false;
      }
      JclusterOptions.carry(socket, fd);
      new DatagramDispatcher().dup(socket.fd, fd);
      IOUtil.configureBlocking(fd, false);
      hold(socket, IOUtil.fdVal(fd));
    }
    JclusterBalance.map();
    return true;
  }

  private static boolean reusesPort(JclusterInherited socket, FileDescriptor fd)
      throws IOException {
    return !socket.kind.equals(JclusterInherited.UNIX)
        && Boolean.TRUE.equals(Net.getSocketOption(fd, StandardSocketOptions.SO_REUSEPORT));
  }

  /**
   * Whether a path is that of an inherited Unix socket, which the application may not remove.
   *
   * @param path absolute
   */
  public static boolean keeps(String path) {
    return JclusterMatching.unix(sockets, path) >= 0;
  }

  private static void hold(JclusterInherited socket, int number) {
    if (number >= adopted.length) {
      adopted = Arrays.copyOf(adopted, 2 * number);
    }
    adopted[number] = socket;
    socket.adopted++;
  }

  /** A channel of the first socket that the application got without binding it. */
  static void inherited(FileDescriptor fd) throws IOException {
    if (!inheriting) {
      return;
    }
    inheriting = false;
    IOUtil.configureBlocking(fd, false);
    JclusterInherited socket = sockets[0];
    synchronized (JclusterAdoption.class) {
      hold(socket, IOUtil.fdVal(fd));
    }
    JclusterBalance.map();
    listening(socket);
  }

  static void closing(FileDescriptor fd) {
    if (socket(fd) != null) {
      synchronized (JclusterAdoption.class) {
        JclusterInherited socket = socket(fd);
        if (socket != null) {
          adopted[IOUtil.fdVal(fd)] = null;
          if (--socket.adopted == 0) {
            socket.listening = false;
          }
        }
      }
    }
  }

  /** The application is ready on this one; tells when it is on all. */
  static void listening(JclusterInherited socket) {
    synchronized (JclusterAdoption.class) {
      socket.listening = true;
      String waiting = waiting();
      if (announced) {
        return;
      }
      if (!waiting.isEmpty()) {
        JclusterReports.tell("WAITING", waiting);
        return;
      }
      announced = true;
      JclusterBalance.listening();
      JclusterReports.tell("LISTENING", "1");
    }
  }

  static String waiting() {
    String waiting = "";
    for (JclusterInherited socket : sockets) {
      if (!socket.listening) {
        waiting = waiting.isEmpty() ? socket.toString() : waiting + ", " + socket;
      }
    }
    return waiting;
  }

  /** At the end of a worker that was never ready: what may have kept it from that. */
  static void explain() {
    if (announced) {
      return;
    }
    try {
      String maps = Files.readString(Path.of("/proc/self/maps"));
      if (maps.contains("netty_transport_native") || maps.contains("netty_iouring")) {
        JclusterReports.tell(
            "WARNING",
            "its Netty binds "
                + waiting()
                + " with a native transport, past the JDK: let it use NIO"
                + " (-Dio.netty.transport.noNative=true)");
      }
    } catch (IOException e) {
      // Then it is not known.
    }
  }
}
