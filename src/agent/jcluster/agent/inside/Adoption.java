package jcluster.agent.inside;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jcluster.agent.jdk.DatagramDispatcher;
import jcluster.agent.jdk.IOUtil;
import jcluster.agent.jdk.Net;

/** The inherited sockets, and which of the application's descriptors are one. For any thread. */
final class Adoption {
  static Inherited[] sockets;

  /** Pairs of a port that the application binds and the index of the socket it stands for. */
  static int[] ports;

  /** The supervisor's runtime directory. */
  static String directory;

  /** This worker's place in the page of {@link Balance}, or -1. */
  static int seat;

  /** {@code System.inheritedChannel()} is making a channel of the first socket. */
  static volatile boolean inheriting;

  /** The inherited socket that a descriptor is. */
  private static volatile Inherited[] adopted = new Inherited[64];

  private static boolean announced;

  private Adoption() {}

  /** The inherited socket that a descriptor is, or null. */
  static Inherited socket(FileDescriptor fd) {
    int number = IOUtil.fdVal(fd);
    Inherited[] all = adopted;
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
    Inherited socket = sockets[index];
    synchronized (Adoption.class) {
      if (socket.adopted > 0 && !reusesPort(socket, fd)) {
        return false;
      }
      new DatagramDispatcher().dup(socket.fd, fd);
      IOUtil.configureBlocking(fd, false);
      hold(socket, IOUtil.fdVal(fd));
    }
    if (!socket.kind.equals(Inherited.UDP)) {
      Balance.open(directory + "/balance", seat);
    }
    return true;
  }

  private static boolean reusesPort(Inherited socket, FileDescriptor fd) throws IOException {
    return !socket.kind.equals(Inherited.UNIX)
        && Boolean.TRUE.equals(Net.getSocketOption(fd, StandardSocketOptions.SO_REUSEPORT));
  }

  private static void hold(Inherited socket, int number) {
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
    Inherited socket = sockets[0];
    synchronized (Adoption.class) {
      hold(socket, IOUtil.fdVal(fd));
    }
    Balance.open(directory + "/balance", seat);
    listening(socket);
  }

  static void closing(FileDescriptor fd) {
    if (socket(fd) != null) {
      synchronized (Adoption.class) {
        Inherited socket = socket(fd);
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
  static void listening(Inherited socket) {
    synchronized (Adoption.class) {
      socket.listening = true;
      String waiting = waiting();
      if (announced) {
        return;
      }
      if (!waiting.isEmpty()) {
        Reports.tell("WAITING", waiting);
        return;
      }
      announced = true;
      Balance.publish(Connections.open());
      Reports.tell("LISTENING", "1");
    }
  }

  static String waiting() {
    String waiting = "";
    for (Inherited socket : sockets) {
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
        Reports.tell(
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
