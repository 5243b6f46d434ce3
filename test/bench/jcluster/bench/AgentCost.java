package jcluster.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.cluster.Program;
import jcluster.compat.Jdk;
import jcluster.compat.Option;
import jcluster.compat.Server;
import jcluster.compat.Site;
import jcluster.load.Keys;
import jcluster.load.RawClient;

/** What the agent costs a server: the only worker of a cluster beside the same server by itself. */
final class AgentCost {
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));

  /** How often each figure is taken, from new processes each time: no two JITs do the same. */
  private static final int PAIRS = 5;

  private static final int STARTS = 15;

  /** Memory is nearly the same each time. */
  private static final int FILLS = 2;

  private static final int SLICES = 6;
  private static final int WARM_SECONDS = 6;
  private static final int SLICE_SECONDS = 2;
  private static final int CONNECTIONS = 1000;
  private static final int CLIENTS = 16;

  private static final Site HTTP = Server.JETTY.with();
  private static final Site TLS = Server.JETTY.with(Option.TLS);
  private static final Site HTTP2 = Server.JETTY.with(Option.TLS, Option.HTTP2);

  private final Report report;
  private final Jdk jdk;
  private final String chosen;
  private final Path log;

  /**
   * Takes them on a JDK.
   *
   * @param chosen words in the names of the figures to be taken; empty for all
   */
  AgentCost(Report report, Jdk jdk, String chosen) {
    this.report = report;
    this.chosen = chosen;
    this.jdk = jdk;
    log = BUILD.resolve("bench.log");
  }

  /** Takes all figures. */
  void run() throws Exception {
    start("start of JDK HttpServer, CPU", Server.HTTPSERVER.with());
    memory("a kept connection, HTTP/1.1, heap", HTTP);
    memory("a kept connection, HTTP/1.1, TLS, heap", TLS);
    requests("a request, HTTP/1.1, CPU", HTTP, "--h1");
    requests("a request, HTTP/1.1, TLS, CPU", TLS, "--h1");
    requests("a request, HTTP/2, TLS, 10 streams, CPU", HTTP2, "--max-concurrent-streams=10");
  }

  private interface Work {
    void with(Contender bare, Contender worker) throws Exception;
  }

  private void together(Site site, Work work) throws Exception {
    try (Contender bare = Contender.bare(site, jdk, log);
        Contender worker = Contender.worker(site, jdk, log)) {
      work.with(bare, worker);
    }
  }

  private void start(String what, Site site) throws Exception {
    if (!what.contains(chosen)) {
      return;
    }
    var seconds = new Ratios();
    for (int i = 0; i < STARTS; i++) {
      double bare = cpuOfStart(false, site);
      seconds.add(bare, cpuOfStart(true, site));
    }
    report.row(
        what,
        jdk,
        "%.0f ms".formatted(1000 * seconds.first()),
        "%.0f ms".formatted(1000 * seconds.second()),
        String.format(Locale.ROOT, "+%.0f ms", 1000 * seconds.difference()),
        seconds);
  }

  private double cpuOfStart(boolean agent, Site site) throws Exception {
    try (Contender one =
        agent ? Contender.worker(site, jdk, log) : Contender.bare(site, jdk, log)) {
      return one.start();
    }
  }

  /** CPU time for each request, of slices that take turns. */
  private void requests(String what, Site site, String option) throws Exception {
    if (!what.contains(chosen)) {
      return;
    }
    var micros = new Ratios();
    for (int pair = 0; pair < PAIRS; pair++) {
      boolean bareFirst = pair % 2 == 0;
      together(
          site,
          (bare, worker) -> {
            load(bare, site, option, WARM_SECONDS);
            load(worker, site, option, WARM_SECONDS);
            var cost = new double[2];
            for (int slice = 0; slice < SLICES; slice++) {
              boolean turn = (slice % 2 == 0) == bareFirst;
              cost[turn ? 0 : 1] += load(turn ? bare : worker, site, option, SLICE_SECONDS);
              cost[turn ? 1 : 0] += load(turn ? worker : bare, site, option, SLICE_SECONDS);
            }
            micros.add(1e6 * cost[0] / SLICES, 1e6 * cost[1] / SLICES);
          });
    }
    report.row(
        what,
        jdk,
        String.format(Locale.ROOT, "%.1f µs", micros.first()),
        String.format(Locale.ROOT, "%.1f µs", micros.second()),
        String.format(Locale.ROOT, "× %.2f", micros.ratio()),
        micros);
  }

  /** Keeps it busy for so long; returns the CPU time for each request, in seconds. */
  private double load(Contender contender, Site site, String option, int seconds) throws Exception {
    double before = contender.cpu();
    var words =
        List.of(
            "h2load",
            "--clients=" + CLIENTS,
            "--duration=" + seconds,
            option,
            (site.has(Option.TLS) ? "https" : "http")
                + "://127.0.0.1:"
                + contender.address().getPort()
                + "/");
    try (var command = new Program(new ProcessBuilder(words), log)) {
      command.await(Duration.ofSeconds(60));
      double after = contender.cpu();
      String said = String.join("\n", command.output());
      Matcher numbers =
          Pattern.compile("(\\d+) succeeded, (\\d+) failed, (\\d+) errored").matcher(said);
      if (!numbers.find() || !numbers.group(2).equals("0") || !numbers.group(3).equals("0")) {
        throw new IOException("h2load: " + said);
      }
      return (after - before) / Long.parseLong(numbers.group(1));
    }
  }

  /** Live heap for each kept connection that had one request. */
  private void memory(String what, Site site) throws Exception {
    if (!what.contains(chosen)) {
      return;
    }
    var bytes = new Ratios();
    for (int i = 0; i < FILLS; i++) {
      together(
          site,
          (bare, worker) -> bytes.add(perConnection(bare, site), perConnection(worker, site)));
    }
    report.row(
        what,
        jdk,
        "%.0f B".formatted(bytes.first()),
        "%.0f B".formatted(bytes.second()),
        "+%.0f B".formatted(bytes.difference()),
        bytes);
  }

  private double perConnection(Contender contender, Site site) throws Exception {
    List<Socket> connections = new ArrayList<>();
    try {
      open(contender.address(), site, 200, connections);
      long before = live(contender);
      open(contender.address(), site, CONNECTIONS, connections);
      return (live(contender) - before) / (double) CONNECTIONS;
    } finally {
      for (Socket connection : connections) {
        connection.close();
      }
    }
  }

  private static void open(
      InetSocketAddress address, Site site, int number, List<Socket> connections) throws Exception {
    var factory = Keys.in(BUILD.resolve("keys")).context().getSocketFactory();
    for (int i = 0; i < number; i++) {
      Socket connection =
          site.has(Option.TLS)
              ? factory.createSocket(address.getAddress(), address.getPort())
              : new Socket(address.getAddress(), address.getPort());
      connections.add(connection);
      String answer = new RawClient(connection).ask("/").answer();
      if (!answer.endsWith("hello\n")) {
        throw new IOException("no page: " + answer);
      }
    }
  }

  /** How much of the heap is in use after a full collection, in bytes. */
  private long live(Contender contender) throws IOException, InterruptedException {
    var words =
        List.of(jdk.home() + "/bin/jcmd", String.valueOf(contender.pid()), "GC.class_histogram");
    try (var command = new Program(new ProcessBuilder(words), log)) {
      command.await(Duration.ofSeconds(60));
      List<String> output = new ArrayList<>(command.output());
      Collections.reverse(output);
      Pattern total = Pattern.compile("Total\\s+\\d+\\s+(\\d+)");
      return output.stream()
          .map(total::matcher)
          .filter(Matcher::find)
          .mapToLong(m -> Long.parseLong(m.group(1)))
          .findFirst()
          .orElseThrow();
    }
  }
}
