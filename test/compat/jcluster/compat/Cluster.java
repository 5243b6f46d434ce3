package jcluster.compat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import jcluster.load.Keys;
import jcluster.load.Load;
import jcluster.load.Plan;
import jcluster.load.Ports;

/** A supervisor with workers of a server, started as at a terminal. */
public final class Cluster implements AutoCloseable {
  /** How many workers there are, where it is not said. */
  public static final int WORKERS = 2;

  private static final String BUILD = System.getProperty("jcluster.build");
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration RELOAD = Duration.ofSeconds(150);
  private static final Duration STOP = Duration.ofSeconds(45);
  private static final String ENDED = " (?:exited|was killed).* (\\S+ \\S+) after it was asked to";
  private static final Map<String, Double> UNITS = Map.of("ms", 1e-3, "s", 1.0, "min", 60.0);

  private final Site site;
  private final Server server;
  private final Jdk jdk;
  private final int instances;
  private final Keys keys;
  private final List<String> settings;
  private final Path log;
  private final Path folder;
  private final SocketAddress address;
  private final Command supervisor;

  /** Starts one of {@link #WORKERS}. */
  public Cluster(Site site, Jdk jdk, Path log, String... settings)
      throws IOException, InterruptedException {
    this(site, jdk, WORKERS, log, settings);
  }

  /** Starts it, with these settings of workers; whatever is said goes to {@code log}. */
  public Cluster(Site site, Jdk jdk, int instances, Path log, String... settings)
      throws IOException, InterruptedException {
    this.site = site;
    server = site.server();
    this.jdk = jdk;
    this.instances = instances;
    this.settings = List.of(settings);
    keys = Keys.in(Path.of(BUILD, "keys"));
    this.log = log;
    folder = Files.createTempDirectory("jcluster");
    Files.createDirectory(runtime());
    boolean unix = server.traffic == Traffic.UNIX;
    String listen = unix ? folder.resolve("socket").toString() : String.valueOf(Ports.free());
    address =
        unix
            ? UnixDomainSocketAddress.of(listen)
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(listen));
    supervisor = new Command(builder(words(listen)), log);
  }

  private Path runtime() {
    return folder.resolve(server.toString());
  }

  private List<String> words(String listen) throws IOException {
    String text = "[Worker]\nMinUptime=200ms\n" + String.join("\n", settings) + "\n";
    Path file = Files.writeString(folder.resolve("conf"), text);
    List<String> words = new ArrayList<>();
    if (server.traffic == Traffic.DATAGRAMS) { // which only a service manager hands over
      words.addAll(List.of("systemd-socket-activate", "--datagram", "--listen=" + listen));
      environment().forEach((name, value) -> words.add("--setenv=" + name + "=" + value));
      words.add("--setenv=LC_ALL=C.UTF-8"); // the agent's path may have letters beyond ASCII
    }
    words.addAll(List.of(BUILD + "/bin/jcluster", "run", "--name=" + server));
    words.addAll(List.of("--config=" + file, "--instances=" + instances));
    if (server.traffic != Traffic.DATAGRAMS) {
      words.add("--listen=" + listen);
    }
    words.add("--");
    words.addAll(site.words(listen, keys));
    return words;
  }

  private Map<String, String> environment() {
    return Map.of(
        "JAVA_HOME", jdk.home().toString(),
        "PATH", jdk.home().resolve("bin") + ":" + System.getenv("PATH"),
        "RUNTIME_DIRECTORY", runtime().toString(),
        "XDG_RUNTIME_DIR", folder.toString());
  }

  private ProcessBuilder builder(List<String> words) {
    var builder = new ProcessBuilder(words).directory(Path.of(BUILD, "compat").toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JOURNAL_STREAM"));
    builder.environment().putAll(environment());
    return builder;
  }

  /** Waits until all workers serve; returns how long the slowest took to listen, in ms. */
  public long awaitReady() throws IOException, InterruptedException {
    if (server.traffic == Traffic.DATAGRAMS) {
      supervisor.await("^Listening on ", START);
      try (var socket = new DatagramSocket()) {
        socket.send(new DatagramPacket(new byte[0], 0, address));
      }
    }
    supervisor.await(": started " + instances + " worker", START);
    return supervisor.all("\\) ready in ([\\d.]+) (ms|s)").stream()
        .mapToLong(
            m -> Math.round(Double.parseDouble(m.group(1)) * (m.group(2).equals("s") ? 1000 : 1)))
        .max()
        .orElseThrow();
  }

  /** What it is a cluster of. */
  public Site site() {
    return site;
  }

  public Jdk jdk() {
    return jdk;
  }

  /** Where it listens. */
  public SocketAddress address() {
    return address;
  }

  /** What a load is to do with it, with TLS if it speaks TLS. */
  public Plan plan() throws IOException {
    Plan plan = Load.to(address);
    return site.has(Option.TLS) ? plan.tls(keys.context(), "") : plan;
  }

  /** Its certificate, for programs that are to trust it. */
  public Path certificate() {
    return keys.certificate();
  }

  /** A program beside the servers, with their environment. */
  public ProcessBuilder program(List<String> words) {
    return builder(words);
  }

  /** Starts the clients. */
  Clients clients(boolean brief) throws IOException {
    if (server.traffic == Traffic.CALLS) {
      return calls();
    }
    return server.traffic.start(this, brief);
  }

  /** Starts clients of gRPC; with the word {@code stream}, each answer is a stream of messages. */
  public Clients calls(String... more) throws IOException {
    String port = String.valueOf(((InetSocketAddress) address).getPort());
    List<String> words = new ArrayList<>();
    words.add(jdk.home() + "/bin/java");
    if (site.has(Option.TLS)) {
      words.add("-Dcertificate=" + certificate());
    }
    words.addAll(List.of("-cp", "grpc.jar", "Client", port));
    words.addAll(List.of(more));
    return new GrpcClients(new Command(builder(words), log));
  }

  /** Replaces all workers. */
  public void reload() throws IOException, InterruptedException {
    var words = List.of(BUILD + "/bin/jcluster", "reload", server.toString());
    try (var reload = new Command(builder(words), log)) {
      int status = reload.awaitEnd(RELOAD);
      if (status != 0) {
        throw new IllegalStateException(
            "a reload failed with status " + status + ": " + reload.last());
      }
    }
  }

  /** How much was said so far: what comes later is later than now. */
  public int now() {
    return supervisor.written();
  }

  /** Waits until each worker that is of no use any more has ended. */
  public void awaitDrained() throws InterruptedException {
    var serving = workers();
    for (Matcher worker : supervisor.all("worker \\d+ \\(pid (\\d+)\\) ready")) {
      if (!serving.contains(Long.valueOf(worker.group(1)))) {
        supervisor.await("\\(pid " + worker.group(1) + "\\)" + ENDED, STOP);
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

  /** What workers and the supervisor have complained about. */
  public List<String> complaints(int since) {
    return supervisor.all("worker \\d+ \\(pid \\d+\\): (.*)|.*\\bkilled\\b.*", since).stream()
        .map(Matcher::group)
        .toList();
  }

  /** The processes of the workers, those of the last generation. */
  public Collection<Long> workers() {
    Map<String, Long> workers = new TreeMap<>();
    supervisor
        .all("worker (\\d+) \\(pid (\\d+)\\) ready")
        .forEach(m -> workers.put(m.group(1), Long.valueOf(m.group(2))));
    return workers.values();
  }

  /** Ends it as a service manager does. */
  public void stop() throws InterruptedException {
    supervisor.terminate();
    int status = supervisor.awaitEnd(STOP);
    if (status != 0) {
      throw new IllegalStateException("it ended with status " + status);
    }
  }

  /** Kills the supervisor alone. */
  void kill() throws InterruptedException {
    supervisor.kill();
  }

  /** Fails if the log has a complaint of a worker. */
  void check() {
    List<String> complaints = complaints(0);
    if (!complaints.isEmpty()) {
      throw new IllegalStateException(complaints.get(0));
    }
  }

  @Override
  public void close() throws IOException {
    supervisor.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
