package jcluster.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcluster.model.Time;
import jcluster.runtime.ClusterStatus;
import jcluster.runtime.ClusterStatus.Row;
import org.junit.jupiter.api.Test;

class WatchViewTest {
  private static final LocalTime NOON = LocalTime.NOON;
  private static final Optional<String> NONE = Optional.empty();

  private final WatchView view = new WatchView("shop", Colours.NONE, true);

  private List<String> lines(int height, int columns) {
    List<String> lines = view.lines(height, columns, NOON);
    assertTrue(lines.size() <= height, lines::toString);
    lines.forEach(line -> assertTrue(line.length() < columns, line.length() + ": " + line));
    return lines;
  }

  /** A view that looks each second, until a load has come together. */
  private void look(int seconds) {
    for (int second = 0; second < seconds; second++) {
      view.take(Samples.quiet(2, 40L * second * second), second * Time.SECOND, NOON);
    }
  }

  @Test
  void on80ColumnsItHasStateLoadAndWorkers() {
    look(20);
    assertEquals(
        List.of(
            "shop: 2/2 ready, generation 3                                 12:00:00  q quits",
            "4440 requests/s, 43320 answered, 4 errors, 34 open",
            "",
            "",
            "",
            "SLOT     PID  GEN STATE       SINCE  LOST MEMORY  OPEN ERRORS REQ/S LOAD",
            "   0 4000000    3 ready         1 h     0 612.3M    17      2  1480 ▂▃▃▃▃▃▄▄▄▄▄",
            "   1 4000001    3 ready         1 h     1 612.3M    17      2  2960 ▄▅▅▅▆▆▇▇███"),
        lines(24, 80));
  }

  @Test
  void aWideTerminalHasRoomForTheAnswersAndALongerLoad() {
    look(20);
    List<String> lines = lines(24, 120);
    assertEquals(
        "SLOT     PID  GEN STATE       SINCE  LOST MEMORY  OPEN ANSWERS ERRORS REQ/S LOAD",
        lines.get(5));
    assertTrue(lines.get(7).matches(".* 28880      2  2960 .* ▁▁.*█"), lines.get(7));
    assertEquals(119, lines.get(7).length());
  }

  @Test
  void whatIsUnderWayAndWhatWasLostHasALineEach() {
    String rollout = "worker 0: replaced, the old one is draining";
    String loss = "worker 1 (pid 12) was killed by SIGKILL 3 s after it was ready";
    String status = "rolling 1/2; " + loss;
    var text = "the application has not bound http [::]:8080 yet; it bound no other port";
    List<Row> rows =
        List.of(
            Samples.row(0, 11, "draining", 500, ""),
            Samples.row(0, 13, "starting", 0, text),
            Samples.waiting(1));
    var summary =
        Samples.summary(status, Optional.of(rollout), Optional.of(loss), Optional.of("x"));
    view.take(new ClusterStatus(summary, rows), 0, LocalTime.of(11, 59, 58));
    List<String> lines = lines(24, 80);
    assertTrue(lines.get(0).matches("shop: rolling 1/2 +12:00:00  q quits"), lines.get(0));
    assertEquals(rollout, lines.get(2));
    assertEquals("11:59:58 " + loss, lines.get(3));
    assertEquals(
        "   0      13    3 starting      1 h     0 612.3M    17      2 the application h",
        lines.get(7));
    assertEquals("   1       -    3 waiting   in 15 s     7      -     -      -", lines.get(8));
    view.take(Samples.quiet(2, 1), Time.SECOND, NOON);
    assertTrue(lines(24, 80).get(3).startsWith("11:59:58 worker 1"), "it is forgotten");
    var failed = Samples.summary("2/2 ready, generation 3", NONE, NONE, Optional.of("why"));
    view.take(new ClusterStatus(failed, rows), 2 * Time.SECOND, NOON);
    assertEquals("last reload failed: why", lines(24, 80).get(2));
  }

  @Test
  void workersBeyondTheLastLineAreCounted() {
    for (int workers : new int[] {17, 18, 19, 500}) {
      view.take(Samples.quiet(workers, 1), workers, NOON);
      List<String> lines = lines(24, 80);
      String last = lines.get(lines.size() - 1);
      if (workers <= 18) {
        assertEquals(6 + workers, lines.size());
        assertTrue(last.startsWith(String.format("%4d ", workers - 1)), last);
      } else {
        assertEquals(24, lines.size());
        assertEquals("and " + (workers - 17) + " more, for which there are too few lines", last);
      }
    }
    assertEquals(8, lines(8, 80).size());
  }

  @Test
  void aTerminalThatIsTooSmallIsToldSo() {
    look(1);
    assertEquals(List.of("too small: 80 by 8 are needed"), lines(24, 79));
    assertEquals(List.of("too small: 80 by 8 are needed"), lines(7, 80));
    assertEquals(List.of("too sm"), lines(1, 7));
  }

  @Test
  void whileItIsGoneTheViewSaysSinceWhen() {
    look(3);
    view.miss("is not running", LocalTime.of(11, 0));
    view.miss("does not answer", LocalTime.of(11, 30));
    List<String> lines = lines(24, 80);
    assertTrue(lines.get(0).startsWith("shop does not answer since 11:00:00    "), lines.get(0));
    assertEquals(2, lines.size());
    view.take(Samples.quiet(2, 40 * 9), 3 * Time.SECOND, NOON);
    assertTrue(lines(24, 80).get(0).startsWith("shop: 2/2 ready"));
    assertTrue(lines(24, 80).get(7).endsWith("█"), "the load has begun anew");
  }

  @Test
  void withoutUnicodeThereIsOnlyAscii() {
    var ascii = new WatchView("shop", new Colours(true), false);
    for (int second = 0; second < 9; second++) {
      List<Row> rows = List.of(Samples.row(0, 11, "ready", 10L * second * second, "größer →"));
      var summary = Samples.summary("1/1 ready, generation 3", NONE, Optional.of("→"), NONE);
      ascii.take(new ClusterStatus(summary, rows), second * Time.SECOND, NOON);
    }
    List<String> lines = new ArrayList<>(ascii.lines(24, 140, NOON));
    assertTrue(lines.get(6).endsWith(".:-=+*#@ gr??er ?"), lines.get(6));
    assertEquals("12:00:00 ?", lines.get(3));
    assertTrue(lines.get(6).contains("\u001b[32mready    \u001b[m"), lines.get(6));
  }
}
