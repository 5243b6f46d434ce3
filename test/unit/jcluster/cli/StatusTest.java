package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import jcluster.cluster.Program;
import jcluster.load.RawClient;
import org.junit.jupiter.api.Test;

/** What {@code status} tells programs. */
class StatusTest extends SupervisorsTest {
  private int ready() throws Exception {
    Program status = cluster.ask("status", "--ready", "t");
    assertEquals(List.of(), status.output());
    return status.await();
  }

  @Test
  void itsExitStatusSaysWhetherAWorkerIsReady() throws Exception {
    Program none = cluster.ask("status", "--ready", "t");
    assertEquals(3, none.await());
    assertEquals(
        List.of("jcluster: t is not running; to start it: systemctl start t@max.service"),
        none.output());
    var go = folder.resolve("go");
    String waits =
        "until [ -e " + go + " ]; do sleep 0.05; done; systemd-notify --ready; exec sleep 600";
    cluster.configure("Command=sh -c '" + waits + "'", "Adopt=no", "Ready=notify", "MinUptime=0");
    Program program = start(2);
    program.await("worker 1 .* started");
    assertEquals(1, ready());
    Files.createFile(go);
    program.await("started 2 workers");
    assertEquals(0, ready());
  }

  /** Waits until so many requests are counted: an agent counts when the client has its answer. */
  private void awaitRequests(int count) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    long sum = sum("jcluster_worker_requests_total");
    while (sum != count && System.nanoTime() < end) {
      sum = sum("jcluster_worker_requests_total");
    }
    assertEquals(count, sum);
  }

  /** The sum of a metric over all slots. */
  private long sum(String metric) throws Exception {
    Program status = cluster.ask("status", "--metrics");
    assertEquals(0, status.await(), status.output()::toString);
    assertEquals("# EOF", status.output().get(status.output().size() - 1));
    return status
        .all("^" + Pattern.quote(metric) + "\\{application=\"t\",slot=\"\\d+\"} (\\d+)$")
        .stream()
        .mapToLong(m -> Long.parseLong(m.group(1)))
        .sum();
  }

  @Test
  void itsCountersOutliveWorkersAndSupervisors() throws Exception {
    configure(DEMO);
    start(2).await("started 2 workers");
    for (int i = 0; i < 5; i++) {
      RawClient.page(cluster.port, "/");
    }
    awaitRequests(5);
    cluster.reload();
    assertEquals(5, sum("jcluster_worker_requests_total"));
    RawClient.page(cluster.port, "/");
    awaitRequests(6);
    assertEquals(0, cluster.ask("upgrade", "t").await());
    assertEquals(6, sum("jcluster_worker_requests_total"));
    cluster.program().kill();
    start(2).await("this one goes on with 2 of them$");
    assertEquals(6, sum("jcluster_worker_requests_total"));
    assertEquals(0, sum("jcluster_worker_restarts_total"));
    assertEquals(2, sum("jcluster_worker_ready"));
  }

  @Test
  void withNothingRunningThereAreNoMetrics() throws Exception {
    Program status = cluster.ask("status", "--metrics");
    assertEquals(0, status.await());
    assertTrue(status.all("^[^#]").isEmpty(), status.output()::toString);
    assertEquals(3, cluster.ask("status", "--metrics", "t").await());
  }

  @Test
  void aSupervisorThatDoesNotAnswerIsDown() throws Exception {
    configure(SLEEPS);
    Program program = start(1);
    program.await("started 1 worker");
    program.signal("STOP");
    try {
      Program status = cluster.ask("status", "--metrics");
      assertEquals(0, status.await());
      assertEquals(1, status.all("^jcluster_up\\{application=\"t\"} 0$").size());
      assertEquals(1, status.all("^jcluster: t: its supervisor does not answer$").size());
      assertTrue(status.all("^jcluster_instances").isEmpty());
    } finally {
      program.signal("CONT");
    }
  }
}
