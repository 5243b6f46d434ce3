package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Called by the JDK's stream sockets instead of its own {@code Net} and {@code IOUtil}. Calls for
 * sockets that are not inherited pass through. For any thread.
 */
final class JclusterNet {
  /** IOStatus.UNAVAILABLE: nothing there yet. */
  static final int UNAVAILABLE = -2;

  /** How long a vain accept holds up its selector while this worker accepts nothing, in ns. */
  static final long CLOSED_PAUSE = 1_000_000;

  private static final AtomicInteger ACCEPTING = new AtomicInteger();

  /** The Unix socket that was last bound and is not inherited. */
  static volatile FileDescriptor unix;

  private JclusterNet() {}

  public static void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    if (!JclusterAdoption.adopt(
        JclusterMatching.inet(
            JclusterAdoption.sockets, JclusterAdoption.ports, JclusterInherited.TCP, address, port),
        fd)) {
      Net.bind(family, fd, address, port);
    }
  }

  public static void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
    int index =
        JclusterMatching.inet(
            JclusterAdoption.sockets, JclusterAdoption.ports, JclusterInherited.TCP, address, port);
    if (index < 0 || isClient() || !JclusterAdoption.adopt(index, fd)) {
      Net.bind(fd, address, port);
    }
  }

  /** Whether a Socket is being bound, which shares its implementation with ServerSocket. */
  private static boolean isClient() {
    for (StackTraceElement caller : new Throwable().getStackTrace()) {
      if (caller.getClassName().equals("java.net.Socket")) {
        return true;
      }
    }
    return false;
  }

  public static void listen(FileDescriptor fd, int backlog) throws IOException {
    JclusterInherited socket = JclusterAdoption.socket(fd);
    if (socket == null) {
      Net.listen(fd, backlog);
      if (fd == unix) {
        return; // localAddress would make a port of its path, which bind has reported.
      }
      InetSocketAddress local = Net.localAddress(fd);
      if (local.getPort() > 0) {
        JclusterReports.bound(
            JclusterInherited.text(local.getAddress().getHostAddress(), local.getPort()));
      }
    } else {
      // It listens already, with the unit's Backlog=, which another listen would change.
      JclusterAdoption.listening(socket);
    }
  }

  public static int accept(FileDescriptor fd, FileDescriptor accepted, InetSocketAddress[] peer)
      throws IOException {
    if (JclusterAdoption.socket(fd) == null) {
      return Net.accept(fd, accepted, peer);
    }
    if (refuses()) {
      return UNAVAILABLE;
    }
    try {
      return enter() ? accepted(Net.accept(fd, accepted, peer), accepted) : UNAVAILABLE;
    } finally {
      leave();
    }
  }

  public static InetSocketAddress localAddress(FileDescriptor fd) throws IOException {
    JclusterAdoption.inherited(fd);
    return Net.localAddress(fd);
  }

  public static void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    // O_NONBLOCK belongs to the socket, which all workers share; it stays set.
    if (JclusterAdoption.socket(fd) == null) {
      IOUtil.configureBlocking(fd, blocking);
    }
  }

  public static SelectorProvider provider() {
    JclusterAdoption.inheriting = true;
    return SelectorProvider.provider();
  }

  /**
   * Does nothing. When an inherited channel is closed, the JDK would replace descriptors 0 to 2
   * with /dev/null, and what the application logs from then on would be lost.
   */
  public static void dup2(int from, int to) {}

  /** How many threads are accepting right now. */
  static int accepting() {
    return ACCEPTING.get();
  }

  /** Whether to leave a waiting connection to another worker. */
  static boolean refuses() {
    if (JclusterDrain.draining || !JclusterBalance.isOpen()) {
      // The selector keeps reporting a waiting connection until another worker takes it.
      LockSupport.parkNanos(CLOSED_PAUSE);
      return true;
    }
    return JclusterBalance.stepBack();
  }

  /** Begins an accept, to be ended by {@link #leave}; returns false if the drain has begun. */
  static boolean enter() {
    ACCEPTING.incrementAndGet();
    return !JclusterDrain.draining;
  }

  static void leave() {
    ACCEPTING.decrementAndGet();
  }

  static int accepted(int n, FileDescriptor accepted) {
    if (n > 0) {
      JclusterConnections.opened(accepted);
      JclusterBalance.accepted();
    }
    return n;
  }
}
