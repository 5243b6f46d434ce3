package jcluster.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jcluster.load.RawClient;
import org.junit.jupiter.api.Test;

class OrphanTest {
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));

  @Test
  void aWorkerWithoutSupervisorServesForAMinuteAndThenDrains() throws Exception {
    var jdk = Jdk.of(System.getProperty("jcluster.java.home"));
    Path log = Files.writeString(BUILD.resolve("compat/orphan-" + jdk.version() + ".log"), "");
    ProcessHandle worker = null;
    try (var cluster = new ServerCluster(Server.HTTPSERVER.with(), jdk, 1, log)) {
      cluster.awaitReady();
      worker = ProcessHandle.of(cluster.workers().iterator().next()).orElseThrow();
      long killed = System.nanoTime();
      cluster.kill();
      // A request that is under way when the minute is over is answered.
      try (var late = new RawClient(port(cluster)).patience(90_000)) {
        late.ask("/wait?ms=63000");
        assertEquals("hello\n", RawClient.page(port(cluster), "/"));
        String answer = late.answer();
        assertTrue(answer.endsWith("\r\n\r\nhello\n"), answer);
      }
      worker.onExit().get(20, TimeUnit.SECONDS);
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - killed);
      assertTrue(seconds >= 60, "it ended after " + seconds + " s");
      String said = Files.readString(log);
      assertTrue(
          said.contains("this worker ends: its supervisor has been gone for a minute"), said);
    } finally {
      if (worker != null) {
        worker.destroyForcibly();
      }
    }
  }

  private static int port(ServerCluster cluster) {
    return ((InetSocketAddress) cluster.address()).getPort();
  }
}
