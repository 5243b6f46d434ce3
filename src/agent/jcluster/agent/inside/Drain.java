package jcluster.agent.inside;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The end of a worker: nothing is accepted any more, what was asked is answered, and who has
 * nothing more to ask is let go.
 *
 * <p>First alone, before the application's shutdown hooks take away what requests need; then beside
 * them, for what only the application can end or what takes longer.
 */
final class Drain extends Thread implements Runnable {
  /** A connection that rests for so long after an answer is let go, in ns. */
  private static final long IDLE = 500_000_000L;

  /** The same for one on which nothing was ever asked. */
  private static final long FRESH = 1_000_000_000L;

  /** What cannot be looked into may be a request at work for so long after a read. */
  private static final long OPAQUE = 2_000_000_000L;

  /** For so long after the last datagram others may be on their way through the application. */
  private static final long PACKETS = 100_000_000L;

  /** How often is looked. */
  private static final long STEP = 5_000_000L;

  /**
   * How long before StopTimeout= is over what is still open is cut, in ms; half of it where that is
   * less. The JVM needs some time to end, and half-way the supervisor asks for a thread dump.
   */
  private static final long MARGIN_MILLIS = 2000;

  /** From here on nothing is accepted. */
  static volatile boolean draining;

  /** Who ends the JVM, and so answers nothing any more. */
  private static Thread ending;

  private static long began;
  private static long stop;

  /** The application's shutdown hooks. */
  private static Runnable application;

  private Drain() {
    super("jcluster drain");
  }

  /**
   * Prepares for the end.
   *
   * @param stopMillis StopTimeout=
   * @param hooks the JVM's shutdown hooks, of which the second runs the application's
   */
  static void prepare(long stopMillis, Runnable[] hooks) {
    stop = TimeUnit.MILLISECONDS.toNanos(stopMillis - Math.min(MARGIN_MILLIS, stopMillis / 2));
    Drain second = new Drain();
    Runtime.getRuntime().addShutdownHook(second);
    application = hooks[1];
    if (application == null) {
      throw new IllegalStateException("java.lang.Shutdown of this JDK has other hooks");
    }
    hooks[1] = new First();
  }

  /** What runs in place of the application's hooks, and then runs them. */
  private static final class First implements Runnable {
    @Override
    public void run() {
      try {
        begin();
      } finally {
        application.run();
      }
    }
  }

  private static void begin() {
    ending = Thread.currentThread();
    began = System.nanoTime();
    draining = true;
    Balance.publish(0);
    Reports.tell("STOPPING", "1");
    Adoption.explain();
    while (System.nanoTime() - began < stop / 2 && look(false) > 0) {
      LockSupport.parkNanos(STEP);
    }
  }

  /** Beside the application's own hooks: until all connections are closed, or time is up. */
  @Override
  public void run() {
    while (true) {
      int left = look(true);
      if (left == 0) {
        return;
      }
      if (System.nanoTime() - began > stop && !isAnyUnanswered()) {
        Reports.tell(
            "WARNING",
            left == 1
                ? "cut 1 connection that was still open"
                : "cut " + left + " connections that were still open");
        return;
      }
      // With a request that has no answer yet there is no return: the supervisor has the JVM's
      // threads listed.
      LockSupport.parkNanos(STEP);
    }
  }

  private static boolean isAnyUnanswered() {
    for (Connection connection : Connections.all()) {
      if (connection != null && connection.isUnanswered() && !connection.isOf(ending)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Looks at all connections and lets go of those at rest.
   *
   * @param all whether those count, too, that only the application or the client can end
   * @return how many there are to wait for
   */
  private static int look(boolean all) {
    long now = System.nanoTime();
    int left = Streams.accepting();
    Connection[] connections = Connections.all();
    for (int i = 0; i < connections.length; i++) {
      Connection connection = connections[i];
      if (connection == null) {
        continue;
      }
      if (connection.operations != connection.seen) {
        connection.seen = connection.operations;
        connection.quietSince = now;
      }
      if (waitsFor(connection, now - connection.quietSince, all)) {
        left++;
      }
    }
    return left + (Packets.quiet(now) < PACKETS ? 1 : 0);
  }

  private static boolean waitsFor(Connection connection, long quiet, boolean all) {
    int state = connection.state();
    if (state == Connection.BUSY) {
      return !connection.isOf(ending);
    }
    if (state == Connection.OPAQUE) {
      return all || (connection.read && quiet < OPAQUE);
    }
    if (!connection.released && quiet > (state == Connection.IDLE ? IDLE : FRESH)) {
      connection.release();
    }
    // The application has read its end and closes it; if it does not, it is none we can help.
    return !connection.released || (all && quiet < 2 * FRESH);
  }
}
