package jcluster.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Numbers add up; the test is the clock. */
class TallyTest {
  private static final long MILLI = 1_000_000;

  private long now = -5;
  private final Tally tally = new Tally(() -> now);

  /** An answer that came so long after the last, and took so long, both in ms. */
  private void answer(Kind kind, long after, long took, String worker) {
    now += after * MILLI;
    tally.answered(kind, now - took * MILLI, worker);
  }

  @Test
  void eachRequestIsCountedInTotalAndInItsKindAndInItsPhase() {
    answer(Kind.NEW, 10, 1, "a");
    answer(Kind.KEEP_ALIVE, 10, 2, "b");
    tally.mark("roll");
    answer(Kind.NEW, 30, 3, "b");
    tally.retried(Kind.KEEP_ALIVE);
    tally.mark("steady");
    answer(Kind.NEW, 20, 4, null);
    tally.mark("roll");
    now += 10 * MILLI;
    tally.failed(Kind.KEEP_ALIVE, new Failure(Outcome.RESET, "so it is"));
    tally.mark("steady");
    now += 1000 * MILLI;

    Report report = tally.report();
    assertEquals(Map.of("answered", 4L, "retryable", 1L, "reset", 1L), report.outcomes());
    assertEquals(Map.of("answered", 3L), report.of(Kind.NEW).outcomes());
    assertEquals(5, report.requests());
    assertEquals(1, report.failed());
    assertEquals(80, report.get("millis"));
    assertEquals(63, report.get("rate"));
    assertEquals(30, report.get("gap"));
    assertEquals(4000, report.get("max"));
    assertEquals(Map.of("a", 1L, "b", 2L), report.workers());
    assertEquals(List.of("keep-alive reset after 80 ms: so it is"), report.examples());

    Report roll = report.phase("roll");
    assertEquals(Map.of("answered", 1L, "retryable", 1L, "reset", 1L), roll.outcomes());
    assertEquals(Map.of("retryable", 1L, "reset", 1L), roll.of(Kind.KEEP_ALIVE).outcomes());
    assertEquals(40, roll.get("millis"));
    assertEquals(30, roll.get("gap"));
    assertEquals(3000, roll.get("new.max"));
    assertEquals(Map.of("b", 1L), roll.workers());
    assertEquals(20, report.phase("steady").get("gap"));
    assertEquals(20, report.phase("steady").get("millis"));
    assertEquals(0, report.phase("never").requests());
  }

  @Test
  void theLineHasTheNumbersAndTheTableIsReadable() {
    answer(Kind.NEW, 10, 1, "a b=c");
    tally.mark("first roll");
    answer(Kind.NEW, 10, 2, null);
    Report report = tally.report();
    assertEquals(report.numbers(), Report.parse(List.of(report.line())).numbers());
    assertTrue(report.line().startsWith("requests=2 failed=0 answered=2 refused=0 "));
    assertEquals(1, report.get("worker.a_b_c"));
    assertEquals(2000, report.phase("first roll").get("new.p50"));
    assertEquals(
        """
        (times in µs)      requests   answered     failed  retryable        p50        p90        p99      p99.9        max
        all                       2          2          0          0       1007       2000       2000       2000       2000
        new                       2          2          0          0       1007       2000       2000       2000       2000
        first_roll                1          1          0          0       2000       2000       2000       2000       2000
        first_roll new            1          1          0          0       2000       2000       2000       2000       2000
        outcomes: {answered=2}
        answers per worker: {a_b_c=1}
        100 requests/s for 0.0 s; the longest time between two answers was 10 ms\
        """,
        report.toString());
  }

  @Test
  void percentilesAreAsOfASortedList() {
    var random = new Random(1);
    for (int n : new int[] {1, 2, 10, 1000, 12_345}) {
      var histogram = new Histogram();
      long[] values = new long[n];
      for (int i = 0; i < n; i++) {
        values[i] = random.nextLong() >>> (1 + random.nextInt(63));
        histogram.add(values[i]);
      }
      Arrays.sort(values);
      for (double percent : new double[] {0.1, 10, 50, 90, 99, 99.9}) {
        double exact = values[(int) Math.ceil(n * percent / 100) - 1];
        double found = histogram.percentile(percent);
        assertTrue(found >= exact && found <= exact * 65 / 64, n + ": " + found + ", " + exact);
      }
      assertEquals(values[n - 1], histogram.percentile(100));
    }
    assertEquals(0, new Histogram().percentile(99));
  }
}
