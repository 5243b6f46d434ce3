package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jcluster.cluster.Program;
import jcluster.load.RawClient;
import jcluster.view.Emulator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code status} and {@code list} show on a terminal. */
@Tag("once")
class WatchTest extends SupervisorsTest {
  private int terminals;

  private Pty pty(Map<String, String> more, String... words) throws IOException {
    Map<String, String> environment = new HashMap<>(cluster.environment);
    environment.putAll(more);
    var own = Files.createDirectory(folder.resolve("terminal" + terminals++));
    return new Pty(environment, own, 24, 80, words);
  }

  private Pty watch() throws IOException {
    return pty(Map.of(), "status", "--watch", "t");
  }

  /** The terminal is as it was before. */
  private static void assertRestored(Pty pty, Pty.End end) {
    assertTrue(end.stty().matches(".* icanon .* echo .*"), end::stty);
    assertTrue(end.stty().contains("susp = ^Z;"), end::stty);
    assertEquals(Set.of("?25", "?7"), pty.look(Emulator::modes), "cursor, line wrap and no more");
  }

  @Test
  void itShowsWhatHappens() throws Exception {
    configure(DEMO, "MinUptime=2s"); // For so long at least, a loss is told.
    start(2).await("started 2 workers");
    try (Pty pty = watch()) {
      String row = "   1 +\\d+    1 ready .*     0 +[0-9.]+M     0      0     0";
      List<String> lines = pty.awaitLine(row);
      String first = "t: 2/2 ready, generation 1 +\\d\\d:\\d\\d:\\d\\d  q quits";
      assertTrue(lines.get(0).matches(first), lines.get(0));
      assertEquals(
          "SLOT     PID  GEN STATE       SINCE  LOST MEMORY  OPEN ERRORS REQ/S LOAD", lines.get(5));
      for (int i = 0; i < 9; i++) {
        RawClient.page(cluster.port, "/");
      }
      pty.awaitLine(".* 9 answered, 0 errors, .*");
      pty.awaitLine("   \\d .*█.*");
      pty.grow(30, 120);
      pty.awaitLine("SLOT .* OPEN ANSWERS ERRORS REQ/S LOAD");
      Program reload = cluster.begin("reload", "t");
      pty.awaitLine("t: 2/2 ready, generation 2 .*");
      assertEquals(0, reload.await());
      long pid = cluster.workers().get(1);
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      pty.awaitLine("\\d\\d:\\d\\d:\\d\\d worker 1 \\(pid " + pid + "\\) was killed by SIGKILL .*");
      pty.awaitLine("   1 .*     1 .*M .*");
      pty.type("xq");
      Pty.End end = pty.awaitEnd();
      assertEquals(0, end.status(), end::errors);
      assertRestored(pty, end);
    }
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
  void aSignalEndsItAndTheTerminalIsAsBefore(String signal, int status) throws Exception {
    configure(SLEEPS);
    start(1).await("started 1 worker");
    try (Pty pty = watch()) {
      pty.awaitLine("t: 1/1 ready, .*");
      assertEquals(Set.of("?1049"), pty.look(Emulator::modes));
      if (signal.equals("INT")) {
        pty.type("\u001a\u0003"); // Ctrl-Z does nothing.
      } else {
        pty.signal(signal);
      }
      Pty.End end = pty.awaitEnd();
      assertEquals(status, end.status(), end::errors);
      assertRestored(pty, end);
    }
  }

  @Test
  void itWaitsForAnApplicationThatIsGone() throws Exception {
    configure(SLEEPS);
    Program first = start(1);
    first.await("started 1 worker");
    try (Pty pty = watch()) {
      pty.awaitLine("t: 1/1 ready, .*");
      first.close();
      List<String> lines = pty.await("that it waits", s -> s.lines().size() == 2);
      String gone = "t (is not running|has lost its supervisor) since .* q quits";
      assertTrue(lines.get(0).matches(gone), lines.get(0));
      assertEquals("waiting for it", lines.get(1));
      start(2).await("started 2 workers");
      pty.awaitLine("t: 2/2 ready, .*");
      cluster.program().signal("STOP");
      pty.awaitLine("t does not answer since .*");
      pty.type("q");
      assertEquals(0, pty.awaitEnd().status());
      cluster.program().signal("CONT");
    }
  }

  @Test
  void withoutATerminalItSaysWhatItNeeds() throws Exception {
    Program piped = cluster.ask("status", "--watch", "t");
    assertEquals(2, piped.await());
    assertEquals(
        List.of(
            "jcluster: status: --watch needs a terminal as its input and its output (try jcluster"
                + " --help)"),
        piped.output());
    try (Pty pty = pty(Map.of("TERM", "dumb"), "status", "--watch", "t")) {
      Pty.End end = pty.awaitEnd();
      assertEquals(2, end.status());
      assertEquals(
          "jcluster: status: --watch needs a terminal that can move its cursor, and TERM is 'dumb'"
              + " (try jcluster --help)\n",
          end.errors());
    }
    try (Pty pty = watch()) {
      assertEquals(3, pty.awaitEnd().status());
    }
  }

  @Test
  void aReloadSaysHowFarItIsInALineThatGoes() throws Exception {
    var go = folder.resolve("go");
    Files.createFile(go);
    String waits =
        "until [ -e " + go + " ]; do sleep 0.05; done; systemd-notify --ready; exec sleep 600";
    cluster.configure("Command=sh -c '" + waits + "'", "Adopt=no", "Ready=notify", "MinUptime=0");
    start(2).await("started 2 workers");
    Files.delete(go);
    try (Pty pty = pty(Map.of(), "reload", "t")) {
      pty.awaitLine("t: rolling 0/2, worker 0: its replacement is starting beside it, [2-9] s");
      Files.createFile(go);
      Pty.End end = pty.awaitEnd();
      assertEquals(0, end.status(), end::errors);
      List<String> lines = pty.look(Emulator::lines);
      assertEquals(3, lines.size(), lines::toString);
      assertTrue(lines.get(0).startsWith("worker 0: pid "), lines::toString);
      assertTrue(lines.get(1).startsWith("worker 1: pid "), lines::toString);
      assertTrue(lines.get(2).startsWith("reloaded 2 workers in "), lines::toString);
    }
  }

  @Test
  void thereAreColoursOnATerminalAlone() throws Exception {
    configure(SLEEPS);
    start(1).await("started 1 worker");
    for (String command : List.of("status", "list")) {
      assertTrue(isColoured(Map.of(), command), command);
      assertEquals(false, isColoured(Map.of("NO_COLOR", "1"), command), command);
      assertEquals(false, isColoured(Map.of("TERM", "dumb"), command), command);
      Program piped = cluster.ask(command);
      assertTrue(piped.output().stream().noneMatch(line -> line.contains("\u001b")), command);
    }
  }

  private boolean isColoured(Map<String, String> environment, String command) throws Exception {
    try (Pty pty = pty(environment, command)) {
      assertEquals(0, pty.awaitEnd().status());
      assertTrue(
          pty.look(Emulator::lines).get(0).startsWith("t: 1/1 ready"),
          pty.look(Emulator::toString));
      return pty.look(Emulator::coloured);
    }
  }
}
