package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The inherited sockets, and which of the application's descriptors refer to one. For any thread.
 */
public final class JclusterAdoption {
  static JclusterInherited[] sockets;

  /** Pairs of a port that the application binds and the index of the socket it stands for. */
  static int[] ports;

  /** The supervisor's runtime directory. */
  static String directory;

  /** Whether {@code System.inheritedChannel()} is creating a channel for the first socket. */
  static volatile boolean inheriting;

  /** The inherited socket to which each of the application's descriptors refers, or null. */
  private static volatile JclusterInherited[] adopted = new JclusterInherited[64];

  private static boolean announced;

  private JclusterAdoption() {}

  /** The inherited socket to which a descriptor refers, or null. */
  static JclusterInherited socket(FileDescriptor fd) {
    int number = IOUtil.fdVal(fd);
    JclusterInherited[] all = adopted;
    return number >= 0 && number < all.length ? all[number] : null;
  }

  /**
   * Replaces a fresh socket with an inherited one.
   *
   * @param index the index of the inherited socket, or -1 for none
   * @return whether it was replaced. If the application holds the inherited socket already, that
   *     takes SO_REUSEPORT: without it, the kernel refuses a second bind
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

  /** Adopts the channel for the first socket that the application has got without binding it. */
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

  /** Notes that the application is ready on this socket, and reports when it is ready on all. */
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

  /** At the end of a worker that was never ready, reports what may have prevented it. */
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
      // Then the reason stays unknown.
    }
  }
}
