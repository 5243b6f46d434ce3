package jcluster.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OrphanTest {
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));

  @Test
  void aWorkerWithoutSupervisorServesForAMinuteAndThenDrains() throws Exception {
    var jdk = Jdk.of(System.getProperty("jcluster.java.home"));
    Path log = Files.writeString(BUILD.resolve("compat/orphan-" + jdk.version() + ".log"), "");
    ProcessHandle worker = null;
    try (var cluster = new Cluster(Server.HTTPSERVER.with(), jdk, 1, log)) {
      cluster.awaitReady();
      worker = ProcessHandle.of(cluster.workers().iterator().next()).orElseThrow();
      long killed = System.nanoTime();
      cluster.kill();
      // What is under way when the minute is over is answered.
      CompletableFuture<HttpResponse<String>> late = ask(cluster, "/wait?ms=63000");
      assertEquals("hello\n", ask(cluster, "/").get().body());
      assertEquals("hello\n", late.get().body());
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

  private static CompletableFuture<HttpResponse<String>> ask(Cluster cluster, String path) {
    int port = ((InetSocketAddress) cluster.address()).getPort();
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(90))
            .build();
    return HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
  }
}
