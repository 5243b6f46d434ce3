package jcluster.traffic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jcluster.compat.Jdk;
import jcluster.compat.Option;
import jcluster.compat.ServerCluster;
import jcluster.compat.Site;

/**
 * A row of the table: a kind of traffic to a server.
 *
 * @param most how long its workers may drain, in seconds
 */
record Row(Site site, Kind kind, int most) {
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));

  private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

  Row(Site site, Kind kind) {
    this(site, kind, kind.most());
  }

  /**
   * The result.
   *
   * @param drained how long the slowest worker drained, in seconds
   * @param faults all that is wrong; empty if the row passed
   */
  record Result(Count count, double drained, List<String> faults) {
    static final Result NONE = new Result(Count.NONE, 0, List.of());

    boolean ok() {
      return faults.isEmpty();
    }

    static Result failed(RuntimeException e) {
      return new Result(Count.NONE, 0, List.of(why(e)));
    }
  }

  private static String why(RuntimeException e) {
    return "FAILED: " + e.getMessage().lines().findFirst().orElse("");
  }

  /**
   * Whether what this row and this JDK are called has all words of {@code filter}, or of one of its
   * parts between bars.
   */
  boolean matches(String filter, Jdk jdk) {
    String name =
        String.join(" ", kind.name(), site.title(), site.toString(), protocol(), jdk.version())
            .toLowerCase(Locale.ROOT);
    return Stream.of(filter.toLowerCase(Locale.ROOT).split("\\|"))
        .anyMatch(words -> Stream.of(words.trim().split(" ")).allMatch(name::contains));
  }

  private String protocol() {
    return site.has(Option.TLS) ? "https" : "plain";
  }

  static Path log(Site site, Jdk jdk) throws IOException {
    Path folder = Files.createDirectories(BUILD.resolve("traffic"));
    return folder.resolve(site + "-" + jdk.version() + ".log");
  }

  /** Replaces all workers under this traffic. */
  Result run(ServerCluster cluster, int reloads, int requests)
      throws IOException, InterruptedException {
    int begin = cluster.now();
    Count count = Count.NONE;
    List<String> faults = new ArrayList<>();
    try (Crowd crowd = kind.start().on(cluster)) {
      crowd.awaitGoing();
      for (int i = 0; i < reloads; i++) {
        cluster.reload();
      }
      cluster.awaitDrained();
      await(crowd, requests);
      count = crowd.stop();
    } catch (IllegalStateException e) {
      faults.add(why(e));
    }
    double drained =
        cluster.drains(begin).stream().mapToDouble(Double::doubleValue).max().orElse(0);
    judge(count, drained, faults);
    cluster.complaints(begin).stream().limit(1).forEach(faults::add);
    return new Result(count, drained, faults);
  }

  /** Waits until this many requests were made. */
  private void await(Crowd crowd, int requests) throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT;
    while (crowd.requests() < requests) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("only " + crowd.requests() + " requests");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private void judge(Count count, double drained, List<String> faults) {
    if (count.lost() > 0) {
      faults.add("LOST " + count.lost() + ", such as " + count.examples().get(0));
    }
    if (count.requests() == 0) {
      faults.add("no request was made");
    }
    if (drained > most) {
      faults.add("drained longer than it may");
    }
  }
}
