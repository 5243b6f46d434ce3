package jcluster.agent.inside;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jcluster.agent.jdk.IOUtil;
import jcluster.agent.jdk.Net;

/**
 * What the JDK's stream sockets call instead of its own {@code Net} and {@code IOUtil}. What is no
 * inherited socket passes through. For any thread.
 */
final class Streams {
  /** IOStatus.UNAVAILABLE: nothing there yet. */
  static final int UNAVAILABLE = -2;

  /** How long a selector that asks in vain during the drain is held up, in ns. */
  static final long DRAINING_PAUSE = 1_000_000;

  private static final AtomicInteger ACCEPTING = new AtomicInteger();

  /** The last Unix socket that was bound and is none of the inherited. */
  static volatile FileDescriptor unix;

  private Streams() {}

  public static void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    if (!Adoption.adopt(
        Matching.inet(Adoption.sockets, Adoption.ports, Inherited.TCP, address, port), fd)) {
      Net.bind(family, fd, address, port);
    }
  }

  public static void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
    int index = Matching.inet(Adoption.sockets, Adoption.ports, Inherited.TCP, address, port);
    if (index < 0 || isClient() || !Adoption.adopt(index, fd)) {
      Net.bind(fd, address, port);
    }
  }

  /** Whether it is a Socket that is bound: it shares its implementation with ServerSocket. */
  private static boolean isClient() {
    for (StackTraceElement caller : new Throwable().getStackTrace()) {
      if (caller.getClassName().equals("java.net.Socket")) {
        return true;
      }
    }
    return false;
  }

  public static void listen(FileDescriptor fd, int backlog) throws IOException {
    Inherited socket = Adoption.socket(fd);
    if (socket == null) {
      Net.listen(fd, backlog);
      if (fd == unix) {
        return; // It has a path, of which localAddress would make a port; and that was told.
      }
      InetSocketAddress local = Net.localAddress(fd);
      if (local.getPort() > 0) {
        Reports.bound(Inherited.text(local.getAddress().getHostAddress(), local.getPort()));
      }
    } else {
      // It listens already, with the backlog that the unit gives it; again would change that.
      Adoption.listening(socket);
    }
  }

  public static int accept(FileDescriptor fd, FileDescriptor accepted, InetSocketAddress[] peer)
      throws IOException {
    if (Adoption.socket(fd) == null) {
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
    Adoption.inherited(fd);
    return Net.localAddress(fd);
  }

  public static void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    // O_NONBLOCK belongs to the socket, which all workers share; it stays set.
    if (Adoption.socket(fd) == null) {
      IOUtil.configureBlocking(fd, blocking);
    }
  }

  public static SelectorProvider provider() {
    Adoption.inheriting = true;
    return SelectorProvider.provider();
  }

  /**
   * When an inherited channel is closed, the JDK would put /dev/null in the place of descriptors 0
   * to 2: what the application logs from then on would be lost.
   */
  public static void dup2(int from, int to) {}

  /** How many threads are just accepting. */
  static int accepting() {
    return ACCEPTING.get();
  }

  /** Whether a connection that waits is left to another worker. */
  static boolean refuses() {
    if (Drain.draining) {
      // A connection that waits stays in sight of the selector until another worker takes it.
      LockSupport.parkNanos(DRAINING_PAUSE);
      return true;
    }
    return Balance.stepBack();
  }

  /** Begins an accept, unless it came too late. */
  static boolean enter() {
    ACCEPTING.incrementAndGet();
    return !Drain.draining;
  }

  static void leave() {
    ACCEPTING.decrementAndGet();
  }

  static int accepted(int n, FileDescriptor accepted) {
    if (n > 0) {
      Connections.opened(accepted);
      Balance.accepted();
    }
    return n;
  }
}
