package sun.nio.ch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The end of a worker: it accepts nothing more, answers the requests it has, and lets its clients
 * go.
 *
 * <p>First the drain runs alone, before the application's shutdown hooks take away what requests
 * need. The hooks run when no connection is left, or when StopTimeout= less HookTimeout= is over.
 * While they run, the drain waits for the connections that are still open.
 */
final class JclusterDrain extends Thread {
  /** The shortest time for which a connection rests before it is let go, in ns. */
  private static final long SHORTEST_REST = 500_000_000L;

  /**
   * This long after it was told, in ns, an HTTP/2 client knows that it is to begin no more streams;
   * half of KeepAliveGrace= where that is more. A client on a busy machine may read late.
   */
  private static final long ROUND_TRIP = 1_000_000_000L;

  /** An application that has not closed a connection this long after its end, in ns, never will. */
  private static final long CLOSING = 2_000_000_000L;

  /**
   * A connection not known to be at rest counts as resting once it is quiet for this long, in ns.
   */
  private static final long QUIET = 1_000_000_000L;

  /** How long after the last datagram the application may still be handling others, in ns. */
  private static final long PACKETS = 100_000_000L;

  /** The time between two looks at the connections, in ns. */
  private static final long STEP = 5_000_000L;

  /**
   * Connections still open this long before the end of StopTimeout= are cut, in ms; half of
   * StopTimeout= where that is less. The supervisor asks for a thread dump a second before that
   * end, and a JVM on a busy machine needs more than another second to exit.
   */
  private static final long MARGIN_MILLIS = 3000;

  /** Whether the drain has begun: nothing more is accepted. */
  static volatile boolean draining;

  /** The thread that ends the JVM, and so answers no request any more. */
  private static Thread ending;

  private static long began;

  /** When the application's hooks began to run. */
  private static long hooksBegan;

  /** How long after {@link #began} the application's hooks run at the latest, in ns. */
  private static long hooksAfter;

  /** How long after {@link #began} all connections are cut, in ns. */
  private static long cutAfter;

  /** KeepAliveGrace=, in ns. */
  private static long grace;

  /** Whether the supervisor was told that nothing is in flight any more. */
  private static boolean resting;

  /** How much was in flight at the last look: connections, accepts and datagrams. */
  private static int busy;

  /** The application's shutdown hooks. */
  private static Runnable application;

  private JclusterDrain() {
    super("jcluster drain");
  }

  /**
   * Puts the drain before and beside the application's shutdown hooks.
   *
   * @param stopMillis StopTimeout=
   * @param hookMillis HookTimeout=
   * @param graceMillis KeepAliveGrace=
   * @param hooks the JVM's shutdown hooks, of which the second runs the application's
   */
  static void prepare(long stopMillis, long hookMillis, long graceMillis, Runnable[] hooks) {
    cutAfter = TimeUnit.MILLISECONDS.toNanos(stopMillis - Math.min(MARGIN_MILLIS, stopMillis / 2));
    hooksAfter = TimeUnit.MILLISECONDS.toNanos(stopMillis - hookMillis);
    grace = TimeUnit.MILLISECONDS.toNanos(graceMillis);
    Runtime.getRuntime().addShutdownHook(new JclusterDrain());
    application = hooks[1];
    if (application == null) {
      throw new IllegalStateException("java.lang.Shutdown of this JDK has other hooks");
    }
    hooks[1] = new First();
  }

  /** Runs in place of the application's hooks: begins the drain, and then runs them. */
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
    JclusterBalance.publish(JclusterConnections.open());
    JclusterReports.tell("STOPPING", "1");
    JclusterAdoption.explain();
    while (System.nanoTime() - began < hooksAfter && look(false) > 0) {
      if (busy == 0 && !resting) {
        resting = true;
        JclusterReports.tell("RESTING", "1");
      }
      LockSupport.parkNanos(STEP);
    }
  }

  /** Drains beside the application's hooks, until all connections are closed or time is up. */
  @Override
  public void run() {
    hooksBegan = System.nanoTime();
    while (true) {
      int left = look(true);
      if (left == 0) {
        return;
      }
      if (System.nanoTime() - began > cutAfter && !isAnyUnanswered()) {
        JclusterReports.tell(
            "WARNING",
            left == 1
                ? "cut 1 connection that was still open"
                : "cut " + left + " connections that were still open");
        return;
      }
      // While a request is unanswered, this does not return, so that the supervisor can still ask
      // the JVM for a thread dump.
      LockSupport.parkNanos(STEP);
    }
  }

  private static boolean isAnyUnanswered() {
    for (JclusterConnection connection : JclusterConnections.all()) {
      if (connection != null
          && connection.conversation.isUnanswered()
          && !connection.isOf(ending)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Looks at all connections and lets go of those at rest.
   *
   * @param hooksRun whether the application's hooks run, which end connections that only the
   *     application can end
   * @return how many to wait for
   */
  private static int look(boolean hooksRun) {
    long now = System.nanoTime();
    int inFlight = JclusterNet.accepting() + (JclusterDatagrams.quiet(now) < PACKETS ? 1 : 0);
    int left = inFlight;
    JclusterConnection[] connections = JclusterConnections.all();
    for (int i = 0; i < connections.length; i++) {
      JclusterConnection connection = connections[i];
      if (connection == null) {
        continue;
      }
      connection.conversation.end();
      int state = connection.state();
      // More bytes give an incomplete head no more time.
      boolean partial = state == JclusterConversation.PARTIAL;
      if (connection.operations != connection.seen && !(partial && connection.partial)) {
        connection.quietSince = now;
      }
      connection.seen = connection.operations;
      connection.partial = partial;
      long quiet = now - Math.max(connection.quietSince, began);
      if (state == JclusterConversation.UPLOADING) {
        // It counts as a request while its client goes on with it, or the application has more to
        // read.
        boolean goesOn = quiet < Math.max(grace, SHORTEST_REST) || connection.isMoreThere();
        state = goesOn ? JclusterConversation.BUSY : JclusterConversation.PARTIAL;
      }
      if (state == JclusterConversation.BUSY) {
        if (!connection.isOf(ending)) {
          inFlight++;
          left++;
        }
        sayGoaway(connection, quiet, now);
      } else if (waitsFor(connection, state, quiet, now, hooksRun)) {
        left++;
        if (state == JclusterConversation.UNKNOWN && quiet < QUIET) {
          inFlight++;
        }
      }
    }
    busy = inFlight;
    return left;
  }

  /** Whether to wait for a connection that is not busy; lets go of it when its time has come. */
  private static boolean waitsFor(
      JclusterConnection connection, int state, long quiet, long now, boolean hooksRun) {
    if (state == JclusterConversation.TUNNEL) {
      // Only the application knows how to end it.
      if (!hooksRun) {
        return now - began < grace;
      }
      if (connection.conversation.close()) {
        connection.say();
        connection.toldAt = now;
      }
      if (connection.conversation.isCloseSaid()) {
        // The client sends Close, too, at which the application closes the connection.
        return now - connection.toldAt < CLOSING;
      }
      return now - Math.max(connection.quietSince, hooksBegan) < QUIET;
    }
    sayGoaway(connection, quiet, now);
    boolean over = quiet > Math.max(grace, SHORTEST_REST);
    if (!connection.released && (state == JclusterConversation.TOLD || over)) {
      connection.release();
    }
    // The application reads end of file and closes it; if it does not in time, we cannot help it.
    return !connection.released || now - connection.releasedAt < CLOSING;
  }

  private static void sayGoaway(JclusterConnection connection, long quiet, long now) {
    JclusterConversation conversation = connection.conversation;
    if (!conversation.isHttp2()) {
      return;
    }
    if (connection.toldAt == 0 && conversation.isFirstSaid()) {
      connection.toldAt = now;
    }
    long known = Math.max(ROUND_TRIP, grace / 2);
    boolean later = connection.toldAt != 0 && now - connection.toldAt > known;
    if (conversation.goaway(quiet > SHORTEST_REST, later)) {
      connection.say();
    }
  }
}
