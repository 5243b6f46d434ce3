package sun.nio.ch;

/**
 * How the application answers. Each worker counts its answers, and those that are failures, on the
 * shared page: a status of 500 or more, or a connection that it closes on a client that waits. A
 * worker that has just begun compares itself with the others, and reports to the supervisor if it
 * fails more often than chance would have it. For any thread.
 */
public final class JclusterAnswers {
  private static final int FAILURE = 500;

  /** The number in place of a status for a client that was left without an answer. */
  private static final int NONE = 0;

  /** After this many answers, a worker no longer compares itself. */
  private static final int ENOUGH = 100;

  /** The longest time for which it does, in ns. */
  private static final long LONGEST = 30_000_000_000L;

  /** With fewer answers of the others since it began, all that they ever gave count, too. */
  private static final int FEW = 20;

  /** As many failures may happen to any worker, and as many standard deviations more. */
  private static final int ALLOWED = 2;

  private static final int DEVIATIONS = 4;

  /** Whether this worker does not compare itself, or no more. */
  private static volatile boolean over = true;

  private static long began;

  /** The answers and failures of the others when this worker began. */
  private static long othersAnswers;

  private static long othersFailures;

  private JclusterAnswers() {}

  /** The worker accepts connections from now on. */
  static void begin() {
    began = System.nanoTime();
    othersAnswers = JclusterBalance.others(JclusterBalance.ANSWERS);
    othersFailures = JclusterBalance.others(JclusterBalance.FAILURES);
    over = false;
  }

  /** Notes the final status of an answer that begins (RFC 9110, 15). */
  static void answered(int status) {
    count(status, status >= FAILURE);
  }

  /** Notes that the application closes a connection whose client waits for an answer. */
  static void unanswered() {
    count(NONE, true);
  }

  private static void count(int status, boolean failed) {
    long answers = JclusterBalance.add(JclusterBalance.ANSWERS);
    if (failed) {
      long failures = JclusterBalance.add(JclusterBalance.FAILURES);
      if (!over) {
        compare(answers, failures, status);
      }
    } else if (answers >= ENOUGH) {
      over = true;
    }
  }

  private static synchronized void compare(long answers, long failures, int status) {
    if (over) {
      return;
    }
    if (answers >= ENOUGH || System.nanoTime() - began > LONGEST) {
      over = true;
      return;
    }
    double rate = othersRate();
    double expected = rate * answers;
    double deviation = Math.sqrt(expected * (1 - rate));
    if (failures > ALLOWED + expected + DEVIATIONS * deviation) {
      over = true;
      JclusterRamp.hold();
      String how = status == NONE ? "without an answer" : "with status ".concat("" + status);
      JclusterReports.tell(
          "FAILING",
          "failed " + failures + " of its first " + answers + " requests, the last one " + how);
    }
  }

  /** How often the others fail, from 0 to 1. */
  private static double othersRate() {
    long allAnswers = JclusterBalance.others(JclusterBalance.ANSWERS);
    long allFailures = JclusterBalance.others(JclusterBalance.FAILURES);
    long answers = allAnswers - othersAnswers;
    long failures = allFailures - othersFailures;
    if (answers < FEW) { // Also if a worker has ended meanwhile, which takes its share along.
      answers = allAnswers;
      failures = allFailures;
    }
    return answers <= 0 ? 0 : Math.min(1, Math.max(0, (double) failures / answers));
  }
}
