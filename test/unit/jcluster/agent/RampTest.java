package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcluster.cluster.Program;
import jcluster.load.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A new worker begins with one connection, and gets more as it answers. */
class RampTest {
  /** How many clients ask at once. */
  private static final int CLIENTS = 8;

  /** After this many answers, a worker has all that is its own. */
  private static final int WARM = 40;

  @TempDir(factory = StartedCluster.Scratch.class)
  Path folder;

  private StartedCluster start(int instances, DrainGate gate) throws Exception {
    var cluster =
        new StartedCluster(
            folder, instances, StartedCluster.command("", DrainServer.class, "$PORT", gate.port()));
    cluster.awaitStarted();
    return cluster;
  }

  /** Has that many requests unanswered at once; returns what they are answered in the end. */
  private static List<String> held(StartedCluster cluster, DrainGate gate) throws IOException {
    List<RawClient> clients = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    try {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new RawClient(cluster.port).ask("/held/" + i));
        gate.await("/held/" + i);
      }
      for (int i = 0; i < CLIENTS; i++) {
        gate.open("/held/" + i);
        answers.add(clients.get(i).answer());
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
    return answers;
  }

  private static void scale(StartedCluster cluster, String to) throws Exception {
    Program scale = cluster.ask("scale", "t", to);
    assertEquals(0, scale.await(), scale.output()::toString);
  }

  /** Tries some times: a worker whose neighbour gets no CPU for a second takes what there is. */
  @Test
  void aNewWorkerGetsMoreAsItAnswers() throws Exception {
    try (var gate = new DrainGate();
        var cluster = start(1, gate)) {
      for (int i = 0; i < WARM; i++) {
        RawClient.get(cluster.port, "/quick");
      }
      List<String> seen = new ArrayList<>();
      for (int attempt = 1; attempt <= 5; attempt++) {
        scale(cluster, "2");
        String pid = cluster.program().await("worker 1 \\(pid (\\d+)\\) ready", attempt).group(1);
        if (grows(cluster, gate, pid, seen)) {
          return;
        }
        scale(cluster, "1");
      }
      throw new AssertionError(seen.toString());
    }
  }

  /** Whether a worker never has more than one unanswered for which it has not answered another. */
  private static boolean grows(
      StartedCluster cluster, DrainGate gate, String pid, List<String> seen) throws IOException {
    int answered = 0;
    for (int round = 0; round < 20; round++) {
      int count = (int) held(cluster, gate).stream().filter(a -> a.endsWith("pid " + pid)).count();
      seen.add(pid + " has " + count + " after " + answered);
      if (count > answered + 1) {
        return false;
      }
      answered += count;
      if (count >= CLIENTS / 2) {
        return true;
      }
    }
    return false;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void newWorkersWithNobodyElseToServeTakeAll(int instances) throws Exception {
    try (var gate = new DrainGate();
        var cluster = start(instances, gate)) {
      List<String> answers = held(cluster, gate);
      assertTrue(answers.stream().allMatch(a -> a.startsWith("HTTP/1.1 200 ")), answers::toString);
    }
  }
}
