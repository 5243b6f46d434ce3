package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

  private StartedCluster start(int instances, DrainGate gate, String... lines) throws Exception {
    List<String> all = new ArrayList<>(List.of(lines));
    all.add(StartedCluster.command("", DrainServer.class, "$PORT", gate.port()));
    var cluster = new StartedCluster(folder, instances, all.toArray(new String[0]));
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

  /** Tries some times, for the same reason. */
  @Test
  void aNewWorkersShareGrowsForAsLongAsItStartsSlowly() throws Exception {
    try (var gate = new DrainGate();
        var cluster = start(1, gate, "SlowStart=3s")) {
      List<String> seen = new ArrayList<>();
      for (int attempt = 1; attempt <= 5; attempt++) {
        scale(cluster, "2");
        String pid = cluster.program().await("worker 1 \\(pid (\\d+)\\) ready", attempt).group(1);
        double first = share(cluster, pid, 1);
        share(cluster, pid, 2);
        double last = share(cluster, pid, 1);
        seen.add("a share of " + first + ", then of " + last);
        if (first > 0 && first < last / 2) {
          return;
        }
        scale(cluster, "1");
      }
      throw new AssertionError(seen.toString());
    }
  }

  /** How much of the requests of so many seconds a worker answers. */
  private static double share(StartedCluster cluster, String pid, int seconds) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    int all = 0;
    int own = 0;
    do {
      own += RawClient.get(cluster.port, "/pid").endsWith("pid " + pid) ? 1 : 0;
      all++;
    } while (System.nanoTime() < end);
    return own / (double) all;
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
