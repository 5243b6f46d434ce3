package jcluster.compat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import jcluster.load.Kind;
import jcluster.load.Report;

/** A server on a JDK: started, replaced under load, stopped. */
final class Trial {
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));
  private static final long ANSWERS = TimeUnit.SECONDS.toNanos(20);

  private final Site site;
  private final Jdk jdk;
  private final Path log;
  private long ready;
  private Report report = new Report(Map.of(), List.of());
  private boolean everyWorker;

  Trial(Site site, Jdk jdk) {
    this.site = site;
    this.jdk = jdk;
    log = BUILD.resolve("compat/" + site + "-" + jdk.version() + ".log");
  }

  /**
   * Does it all.
   *
   * @param reloads how often all workers are replaced; with one there are no long answers
   * @throws IllegalStateException if the server or jcluster did not do as it should
   */
  void run(int reloads) throws IOException, InterruptedException {
    Files.writeString(log, "");
    try (var cluster = new ServerCluster(site, jdk, log)) {
      ready = cluster.awaitReady();
      cluster.check();
      try (Clients clients = cluster.clients(reloads == 1)) {
        load(cluster, clients, reloads);
      }
      cluster.stop();
      cluster.check();
    } finally {
      Files.writeString(log, report + "\n", StandardOpenOption.APPEND);
    }
    if (report.failed() > 0) {
      throw new IllegalStateException(report.failed() + " lost, such as " + report.examples());
    }
    if (!everyWorker) {
      throw new IllegalStateException("not every worker got requests");
    }
  }

  private void load(ServerCluster cluster, Clients clients, int reloads)
      throws IOException, InterruptedException {
    try {
      clients.awaitGoing();
      clients.mark("rolls");
      for (int i = 0; i < reloads; i++) {
        cluster.reload();
        cluster.check();
      }
      clients.mark("after");
      awaitAnswers(clients, new TreeSet<>(cluster.workers()));
    } finally {
      report = clients.stop();
    }
  }

  private void awaitAnswers(Clients clients, Set<Long> silent)
      throws IOException, InterruptedException {
    for (long end = System.nanoTime() + ANSWERS; !everyWorker && System.nanoTime() < end; ) {
      TimeUnit.MILLISECONDS.sleep(50);
      silent.removeAll(clients.workers("after"));
      everyWorker = silent.isEmpty();
    }
  }

  // Results

  long ready() {
    return ready;
  }

  /** How many requests were made. */
  long requests() {
    return report.requests();
  }

  /** How many requests of a kind were made during the rolls. */
  long requests(Kind kind) {
    return report.phase("rolls").of(kind).requests();
  }

  /** The longest time without an answer during the rolls, in ms. */
  long gap() {
    return report.phase("rolls").get("gap");
  }

  long lost() {
    return report.failed();
  }

  long retryable() {
    return report.retryable();
  }

  /** Whether every worker of the last generation answered. */
  boolean everyWorker() {
    return everyWorker;
  }
}
