package sun.nio.ch;

/**
 * The first connections of a worker. A JVM that has just started answers its first requests slowly,
 * since it loads classes for them, and many at a time are slower still, or break an application
 * that is not prepared for it. Therefore a worker begins with one connection, and may have one more
 * unanswered for each that was answered without a failure, while there are other workers to accept
 * the rest. For as long as SlowStart= says, it also accepts only for a growing part of the time.
 */
final class JclusterRamp {
  /** With this many connections answered, a worker is no longer held back. */
  private static final int ANSWERED = 32;

  /** The longest time for which a worker is held back, in ns. */
  private static final long LONGEST = 30_000_000_000L;

  /** How long a worker is held that fails its requests, in ns. */
  private static final long HOLD = 1_000_000_000L;

  /** How long to leave connections to the others while this one has all that it can take, in ns. */
  private static final long FOR_WARM = 1_000_000_000;

  /** The same while it only starts slowly, in ns. If they do not accept, they are too busy. */
  private static final long FOR_SLOW = 10_000_000;

  /** Of each such time, in ns, a worker that starts slowly accepts for a part. */
  private static final long PERIOD = 100_000_000;

  /** SlowStart= in ns, 0 for off. */
  static long slowStart;

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

  /**
   * How long to leave a waiting connection to the others, in ns; 0 for not at all.
   *
   * @param oldest when the oldest worker that accepts began, by {@link System#nanoTime}
   */
  static long leaves(long oldest) {
    if (over) {
      return 0;
    }
    long now = System.nanoTime();
    if (heldUntil != 0 && now - heldUntil < 0) {
      return FOR_WARM;
    }
    long age = now - began;
    int unanswered = unanswered();
    int failed = (int) JclusterBalance.own(JclusterBalance.FAILURES);
    int answered = Math.max(0, JclusterConnections.accepted() - unanswered - failed);
    boolean warm = answered >= ANSWERED || age > LONGEST;
    if (!warm && unanswered > answered) {
      return FOR_WARM;
    }
    boolean slow = age < slowStart;
    over = warm && !slow;
    // Workers that began together share as equals.
    return slow && age % PERIOD >= PERIOD * share(age) / share(now - oldest) ? FOR_SLOW : 0;
  }

  /** What part of its later share a worker of this age has, from 0 to 1. */
  private static double share(long age) {
    return Math.min(1, Math.max(1, age) / (double) slowStart);
  }

  private static int unanswered() {
    int unanswered = 0;
    for (JclusterConnection connection : JclusterConnections.all()) {
      if (connection != null && !connection.isAnswered()) {
        unanswered++;
      }
    }
    return unanswered;
  }
}
