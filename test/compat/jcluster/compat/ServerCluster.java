package jcluster.compat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.load.Keys;
import jcluster.load.Load;
import jcluster.load.Plan;

/** A cluster of a server that knows nothing of jcluster. */
public final class ServerCluster implements AutoCloseable {
  /** How many workers there are, unless a number is given. */
  public static final int WORKERS = 2;

  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration RELOAD = Duration.ofSeconds(150);
  private static final Duration STOP = Duration.ofSeconds(45);
  private static final String ENDED = " (?:exited|was killed).* (\\S+ \\S+) after it was asked to";
  private static final Map<String, Double> UNITS = Map.of("ms", 1e-3, "s", 1.0, "min", 60.0);

  private final Site site;
  private final Jdk jdk;
  private final Keys keys;
  private final SocketAddress address;
  private final Cluster cluster;
  private final Program supervisor;

  /** Starts one of {@link #WORKERS}. */
  public ServerCluster(Site site, Jdk jdk, Path log, String... settings)
      throws IOException, InterruptedException {
    this(site, jdk, WORKERS, log, settings);
  }

  /**
   * Starts it, with these lines of [Worker]; its output and that of commands goes to {@code log}.
   */
  public ServerCluster(Site site, Jdk jdk, int instances, Path log, String... settings)
      throws IOException, InterruptedException {
    this.site = site;
    this.jdk = jdk;
    keys = Keys.in(BUILD.resolve("keys"));
    cluster = new Cluster(site.server().toString()).directory(BUILD.resolve("compat")).log(log);
    cluster.environment.put("JAVA_HOME", jdk.home().toString());
    cluster.environment.put("PATH", jdk.home().resolve("bin") + ":" + System.getenv("PATH"));
    cluster.defaults("MinUptime=200ms").configure(settings);
    boolean unix = site.server().traffic == Traffic.UNIX;
    String listen =
        unix ? cluster.folder.resolve("socket").toString() : String.valueOf(cluster.port);
    address = unix ? UnixDomainSocketAddress.of(listen) : Cluster.loopback(cluster.port);
    if (site.server().traffic == Traffic.DATAGRAMS) {
      cluster.datagrams(listen);
    } else {
      cluster.listen(listen);
    }
    supervisor = cluster.command(site.words(listen, keys)).start(instances);
  }

  /** Waits until all workers serve; returns how long the slowest took to listen, in ms. */
  public long awaitReady() throws IOException, InterruptedException {
    cluster.awaitStarted(START);
    return supervisor.all("\\) ready in ([\\d.]+) (ms|s)").stream()
        .mapToLong(m -> Math.round(1000 * seconds(m.group(1) + " " + m.group(2))))
        .max()
        .orElseThrow();
  }

  /** The server, and its options. */
  public Site site() {
    return site;
  }

  /** Where it listens. */
  public SocketAddress address() {
    return address;
  }

  /** A plan of a load on it, with TLS if it speaks TLS. */
  public Plan plan() throws IOException {
    Plan plan = Load.to(address);
    return site.has(Option.TLS) ? plan.tls(keys.context(), "") : plan;
  }

  /** Its certificate, for programs that are to trust it. */
  public Path certificate() {
    return keys.certificate();
  }

  /** Starts a program beside the servers, with their environment. */
  public Program program(List<String> words) throws IOException {
    return cluster.beside(words);
  }

  /** Starts the clients. */
  Clients clients(boolean brief) throws IOException {
    if (site.server().traffic == Traffic.CALLS) {
      return calls();
    }
    return site.server().traffic.start(this, brief);
  }

  /** Starts clients of gRPC; with the word {@code stream}, each answer is a stream of messages. */
  public Clients calls(String... more) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(jdk.home() + "/bin/java");
    if (site.has(Option.TLS)) {
      words.add("-Dcertificate=" + certificate());
    }
    words.addAll(List.of("-cp", "grpc.jar", "Client"));
    words.add(String.valueOf(((InetSocketAddress) address).getPort()));
    words.addAll(List.of(more));
    return new GrpcClients(program(words));
  }

  /** Replaces all workers. */
  public void reload() throws IOException, InterruptedException {
    cluster.reload(RELOAD);
  }

  /** How many lines were printed so far; those that come later are later than now. */
  public int now() {
    return supervisor.output().size();
  }

  /** Waits until each worker that was replaced has ended. */
  public void awaitDrained() throws InterruptedException {
    var serving = workers();
    for (Matcher worker : supervisor.all("worker \\d+ \\(pid (\\d+)\\) ready")) {
      if (!serving.contains(Long.valueOf(worker.group(1)))) {
        supervisor.await("\\(pid " + worker.group(1) + "\\)" + ENDED, 1, STOP);
      }
    }
  }

  /** How long workers took from the signal to stop until they ended, in seconds. */
  public List<Double> drains(int since) {
    return supervisor.all(ENDED, since).stream().map(m -> seconds(m.group(1))).toList();
  }

  private static double seconds(String text) {
    String[] parts = text.split(" ");
    return Double.parseDouble(parts[0]) * UNITS.get(parts[1]);
  }

  /** The warnings of workers and of the supervisor. */
  public List<String> complaints(int since) {
    return supervisor.all("worker \\d+ \\(pid \\d+\\): (.*)|.*\\bkilled\\b.*", since).stream()
        .map(Matcher::group)
        .toList();
  }

  /** The processes of the workers, those of the last generation. */
  public Collection<Long> workers() {
    return cluster.workers().values();
  }

  /** Ends it as a service manager does. */
  public void stop() throws IOException, InterruptedException {
    supervisor.signal("TERM");
    int status = supervisor.await(STOP);
    if (status != 0) {
      throw new IllegalStateException("it ended with status " + status);
    }
  }

  /** Kills the supervisor alone. */
  void kill() throws IOException, InterruptedException {
    supervisor.kill();
  }

  /** Fails if the log has a complaint of a worker. */
  void check() {
    List<String> complaints = complaints(0);
    if (!complaints.isEmpty()) {
      throw new IllegalStateException(complaints.get(0));
    }
  }

  /** Kills it with its workers: a server that hangs would delay the next one. */
  @Override
  public void close() throws IOException {
    supervisor.end();
    cluster.close();
  }
}
