package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import jcluster.load.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker accepts nothing before it is ready. */
class GateTest {
  @TempDir(factory = StartedCluster.Scratch.class)
  Path folder;

  private static String server() {
    return StartedCluster.command("", StartServer.class, "$PORT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ReadyDelay=1s"})
  void aConnectionWaitsUntilTheReadyCommandSucceeds(String more) throws Exception {
    Path ready = folder.resolve("ready");
    String asks = "ReadyCommand=sh -c 'echo asked; test -e " + ready + "'";
    try (var cluster = new StartedCluster(folder, 1, server(), asks, more)) {
      cluster.program().await("^asked", 2);
      try (var client = new RawClient(cluster.port)) {
        client.ask("/");
        assertTrue(client.isQuietFor(500));
        assertEquals(0, cluster.count("\\) ready in "));
        Files.createFile(ready);
        assertTrue(client.answer().startsWith("HTTP/1.1 200 OK"));
      }
      cluster.awaitStarted();
    }
  }

  @Test
  void untilAReplacementIsReadyTheOthersServe() throws Exception {
    Path ready = Files.createFile(folder.resolve("ready"));
    String asks = "ReadyCommand=sh -c 'echo asked; test -e " + ready + "'";
    try (var cluster = new StartedCluster(folder, 1, server(), asks)) {
      cluster.awaitStarted();
      Files.delete(ready);
      try (var reload = cluster.begin("reload", "t")) {
        cluster.program().await("^asked", 3);
        for (int i = 0; i < 20; i++) {
          String answer = RawClient.get(cluster.port, "/");
          assertTrue(answer.contains("variable JCLUSTER_GENERATION=1\n"), answer);
        }
        Files.createFile(ready);
        assertEquals(0, reload.await(), reload.output()::toString);
      }
      String answer = RawClient.get(cluster.port, "/");
      assertTrue(answer.contains("variable JCLUSTER_GENERATION=2\n"), answer);
    }
  }
}
