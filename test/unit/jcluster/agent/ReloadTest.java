package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import jcluster.cluster.Cluster;
import jcluster.load.Kind;
import jcluster.load.Load;
import jcluster.load.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
final class ReloadTest {
  private static final long REQUESTS = 100_000;

  @TempDir(factory = StartedCluster.Scratch.class)
  Path folder;

  @Test
  void aReloadLosesNoRequest() throws Exception {
    String command =
        StartedCluster.command("-Dsun.net.httpserver.nodelay=true", ReloadServer.class, "$PORT");
    try (var cluster = new StartedCluster(folder, 2, command)) {
      cluster.awaitStarted();
      var address = Cluster.loopback(cluster.port);
      try (Load load =
          Load.to(address)
              .newConnections(16)
              .keepAlive(16)
              .clients(Kind.POST, 2)
              .clients(Kind.DOWNLOAD, 1)
              .with("--download-path=/download", "--timeout=30000", "--think=2")
              .with("--expect=pid (?<worker>\\d+), 0 bytes\n")
              .with("--post-expect=pid \\d+, 1048576 bytes\n")
              .start()) {
        load.awaitGoing();
        int reloads = 0;
        while (reloads < 2 || load.report().requests() < REQUESTS) {
          load.mark("roll");
          cluster.reload();
          reloads++;
        }
        Report report = load.stop();
        System.out.println(reloads + " reloads\n" + report);
        assertEquals(0, report.failed(), report::toString);
        assertEquals(0, report.retryable(), report::toString);
        assertTrue(report.of(Kind.POST).answered() > 0, report::toString);
        assertTrue(report.of(Kind.DOWNLOAD).answered() > 0, report::toString);
      }
    }
  }

  @Test
  void withASurgeOfTwoItHasTwoSlotsInHand() throws Exception {
    String command = StartedCluster.command("", ReloadServer.class, "$PORT");
    try (var cluster = new StartedCluster(folder, 4, command, "[Reload]", "Surge=2")) {
      cluster.awaitStarted();
      try (Load load =
          Load.to(Cluster.loopback(cluster.port))
              .newConnections(4)
              .keepAlive(4)
              .with("--timeout=30000", "--think=10")
              .start()) {
        load.awaitGoing();
        cluster.reload();
        Report report = load.stop();
        assertEquals(0, report.failed(), report::toString);
        assertEquals(0, report.retryable(), report::toString);
      }
      int inHand = 0;
      int most = 0;
      List<String> lines = cluster.program().output();
      for (String line : lines) {
        inHand += line.endsWith(" started, generation 2") ? 1 : line.contains(" → ") ? -1 : 0;
        most = Math.max(most, inHand);
      }
      assertEquals(0, inHand, lines::toString);
      assertEquals(2, most, lines::toString);
    }
  }
}
