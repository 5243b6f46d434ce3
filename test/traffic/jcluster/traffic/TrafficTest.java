package jcluster.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import jcluster.compat.Jdk;
import jcluster.compat.Site;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A reload loses nothing of a few kinds of traffic; {@link Traffic} has them all. Those of
 * different servers are tried beside each other: they wait most of the time.
 */
class TrafficTest {
  private static final int BESIDE = 3;

  @TestFactory
  Stream<DynamicTest> aReloadLosesNothing() throws Exception {
    Jdk jdk = Jdk.of(System.getProperty("jcluster.java.home"));
    Map<Site, List<Row>> bySite = new LinkedHashMap<>();
    Rows.SHORT.forEach(row -> bySite.computeIfAbsent(row.site(), s -> new ArrayList<>()).add(row));
    ExecutorService threads = Executors.newFixedThreadPool(BESIDE);
    Map<Row, CompletableFuture<Row.Result>> results = new LinkedHashMap<>();
    Rows.SHORT.forEach(row -> results.put(row, new CompletableFuture<>()));
    bySite.values().forEach(rows -> threads.execute(() -> run(jdk, rows, results)));
    threads.shutdown();
    return results.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey().kind().name() + ", " + entry.getKey().site().title(),
                    () -> assertEquals(List.of(), entry.getValue().join().faults())));
  }

  private static void run(
      Jdk jdk, List<Row> rows, Map<Row, CompletableFuture<Row.Result>> results) {
    try (var lane = new Lane(jdk)) {
      for (Row row : rows) {
        results.get(row).complete(lane.run(row, 1, 0));
      }
    } catch (Exception e) {
      rows.forEach(row -> results.get(row).completeExceptionally(new CompletionException(e)));
    }
  }
}
