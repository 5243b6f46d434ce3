package sun.nio.ch;

/**
 * The first connections of a worker. A JVM that has just started answers its first requests slowly,
 * since it loads classes for them, and many at a time are slower still, or break an application
 * that is not prepared for it. Therefore a worker begins with one connection, and may have one more
 * unanswered for each that was answered without a failure, while there are other workers to accept
 * the rest.
 */
final class JclusterRamp {
  /** With this many connections answered, a worker is no longer held back. */
  private static final int ANSWERED = 32;

  /** The longest time for which a worker is held back, in ns. */
  private static final long LONGEST = 30_000_000_000L;

  /** How long a worker is held that fails its requests, in ns. */
  private static final long HOLD = 1_000_000_000L;

  private static volatile boolean over;
  private static volatile long began;

  /** Until when this worker accepts nothing; 0 if it was never held. */
  private static volatile long heldUntil;

  private JclusterRamp() {}

  /** The worker may accept from now on. */
  static void begin() {
    began = System.nanoTime();
  }

  /** Leaves connections to the others while the supervisor decides what becomes of this worker. */
  static void hold() {
    heldUntil = System.nanoTime() + HOLD;
    over = false;
  }

  /** Whether this worker has as many unanswered connections as it may have for now. */
  static boolean isFull() {
    if (over) {
      return false;
    }
    if (heldUntil != 0 && System.nanoTime() - heldUntil < 0) {
      return true;
    }
    int unanswered = 0;
    for (JclusterConnection connection : JclusterConnections.all()) {
      if (connection != null && !connection.isAnswered()) {
        unanswered++;
      }
    }
    int failed = (int) JclusterBalance.own(JclusterBalance.FAILURES);
    int answered = Math.max(0, JclusterConnections.accepted() - unanswered - failed);
    over = answered >= ANSWERED || System.nanoTime() - began > LONGEST;
    return !over && unanswered > answered;
  }
}
