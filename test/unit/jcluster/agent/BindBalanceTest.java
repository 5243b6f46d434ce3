package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import jcluster.load.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which worker accepts. */
@Timeout(120)
class BindBalanceTest {
  private static final int WORKERS = 4;

  /** How many of these connections each worker answers. */
  private static Map<String, Integer> counts(int port, int count, boolean kept) throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    List<SocketChannel> clients = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        var client = SocketChannel.open(BindRun.loopback(port));
        clients.add(client);
        counts.merge(BindRun.ask(client), 1, Integer::sum);
        if (!kept) {
          client.close();
        }
      }
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
    }
    return counts;
  }

  private static boolean even(Map<String, Integer> counts, int least, int most) {
    return counts.size() == WORKERS
        && counts.values().stream().allMatch(count -> count >= least && count <= most);
  }

  /** Counts some times: a worker that gets no CPU for a while gets no connection, either. */
  @Test
  void connectionsAreSpreadEvenly() throws Exception {
    int selector = Ports.free();
    int socket = Ports.free();
    try (BindRun run = new BindRun().listen(selector).listen(socket)) {
      run.start(WORKERS, "selector=" + selector, "socket=" + socket);
      List<Map<String, Integer>> uneven = new ArrayList<>();
      Set<Integer> sequences = new TreeSet<>(Set.of(selector, socket));
      Set<Integer> bundles = new TreeSet<>(sequences);
      for (int i = 0; i < 6; i++) {
        for (int port : List.copyOf(sequences)) {
          Map<String, Integer> counts = counts(port, 1000, false);
          if (even(counts, 150, 350)) {
            sequences.remove(port);
          } else {
            uneven.add(counts);
          }
        }
        for (int port : List.copyOf(bundles)) {
          Map<String, Integer> counts = counts(port, 10 * WORKERS, true);
          if (even(counts, 8, 12)) {
            bundles.remove(port);
          } else {
            uneven.add(counts);
          }
        }
      }
      assertEquals(Set.of(), sequences, uneven::toString);
      assertEquals(Set.of(), bundles, uneven::toString);
    }
  }
}
