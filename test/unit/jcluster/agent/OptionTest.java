package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import jcluster.load.RawClient;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options that an application sets before it binds hold afterwards. */
class OptionTest {
  @TempDir(factory = StartedCluster.Scratch.class)
  Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"", "socket"})
  void theReceiveBufferSetBeforeTheBindHolds(String kind) throws Exception {
    String command = StartedCluster.command("", OptionServer.class, "$PORT", kind);
    try (var cluster = new StartedCluster(folder, 1, command)) {
      cluster.awaitStarted();
      String answer = RawClient.get(cluster.port, "/");
      assertTrue(answer.endsWith("it holds"), answer);
      assertEquals(0, cluster.count("does not hold"));
    }
  }
}
