package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import jcluster.cluster.Program;
import jcluster.load.Load;
import jcluster.load.Report;
import jcluster.model.Outcome;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A build that comes up and fails the requests it is given does not replace one that serves. */
@Tag("once")
class ErrorsTest {
  private static final int WORKERS = 2;

  /** A bad worker is seen after three failures; some more requests may be on their way to it. */
  private static final int FEW = 6;

  @TempDir(factory = StartedCluster.Scratch.class)
  Path folder;

  private static String build(String which) {
    return StartedCluster.command("", ErrorServer.class, "$PORT", which);
  }

  private StartedCluster start(String which, String... more) throws Exception {
    var cluster = new StartedCluster(folder, WORKERS, lines(which, more));
    cluster.awaitStarted();
    return cluster;
  }

  /** A worker has time to show what it does before it replaces another. */
  private static String[] lines(String which, String... more) {
    String[] lines = new String[more.length + 2];
    lines[0] = build(which);
    lines[1] = "MinUptime=5s";
    System.arraycopy(more, 0, lines, 2, more.length);
    return lines;
  }

  private static Load load(StartedCluster cluster) throws Exception {
    Load load =
        Load.to(StartedCluster.loopback(cluster.port))
            .newConnections(4)
            .with("--think=20", "--expect=good")
            .start();
    load.awaitGoing();
    return load;
  }

  private static void awaitRequests(Load load, long count) {
    while (load.report().requests() < count) { // For as long as a test may take.
      LockSupport.parkNanos(10_000_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fails", "closes", "tenth"})
  void aBuildThatFailsItsRequestsNeverReplacesAWorkingOne(String which) throws Exception {
    try (var cluster = start("good")) {
      Report report;
      try (Load load = load(cluster)) {
        cluster.configure(lines(which));
        Program reload = cluster.ask("reload", "t");
        assertEquals(Outcome.FAILED.status(), reload.await(), reload.output()::toString);
        String last = reload.output().get(reload.output().size() - 1);
        assertTrue(
            last.matches(
                ".*reload failed: worker 0 \\(pid \\d+\\) failed \\d+ of its first \\d+ requests,"
                    + " the last one (with status 500|without an answer); 0 of 2 workers replaced,"
                    + " .*"),
            last);
        awaitRequests(load, load.report().requests() + 100);
        report = load.stop();
      }
      long spent = report.failed() + report.retryable();
      System.out.println(
          which + ": " + spent + " of " + report.requests() + " requests were spent");
      assertTrue(spent >= 3 && spent <= FEW, report::toString);
      for (Matcher old : cluster.program().all("pid (\\d+)\\) started, generation 1$")) {
        assertEquals(0, cluster.count("pid " + old.group(1) + "\\).* asked to stop"));
      }
      String status = cluster.ask("status", "t").output().get(0);
      assertTrue(status.startsWith("t: 2/2 ready, generation 1; last reload failed: "), status);
    }
  }

  @Test
  void withOnErrorsOffItDoes() throws Exception {
    try (var cluster = start("good")) {
      try (Load load = load(cluster)) {
        cluster.configure(lines("fails", "[Reload]", "OnErrors=off"));
        cluster.reload();
        load.stop();
      }
      cluster.await("failed \\d+ of its first \\d+ requests, the last one with status 500");
      List<String> table = cluster.ask("status", "t").output();
      assertEquals(4, table.size(), table::toString);
      for (String worker : table.subList(2, 4)) {
        // Behind OPEN are ANSWERS and ERRORS: all that it has answered are failures.
        assertTrue(worker.matches(".* \\d+ +([1-9]\\d*) +\\1\\s*"), table::toString);
      }
    }
  }

  /** What the old workers answer, too, is not the new build's fault. */
  @ParameterizedTest
  @ValueSource(strings = {"fails", "tenth"})
  void aBuildThatFailsNoMoreThanTheOldOneReplacesIt(String which) throws Exception {
    try (var cluster = start(which)) {
      try (Load load =
          Load.to(StartedCluster.loopback(cluster.port))
              .newConnections(4)
              .with("--think=5")
              .start()) {
        awaitRequests(load, 200);
        cluster.reload();
        load.stop();
      }
    }
  }
}
