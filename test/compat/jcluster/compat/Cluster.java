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
import java.util.stream.Stream;
import jcluster.load.Ports;

/** A supervisor with workers of a server, started as at a terminal. */
final class Cluster implements AutoCloseable {
  static final int WORKERS = 2;

  private static final String BUILD = System.getProperty("jcluster.build");
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration RELOAD = Duration.ofSeconds(150);
  private static final Duration STOP = Duration.ofSeconds(45);

  private final Server server;
  private final Jdk jdk;
  private final Path log;
  private final Path folder;
  private final SocketAddress address;
  private final Command supervisor;

  /** Starts it; whatever is said goes to {@code log}. */
  Cluster(Server server, Jdk jdk, Path log) throws IOException {
    this.server = server;
    this.jdk = jdk;
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
    Path settings = Files.writeString(folder.resolve("conf"), "[Worker]\nMinUptime=200ms\n");
    List<String> words = new ArrayList<>();
    if (server.traffic == Traffic.DATAGRAMS) { // which only a service manager hands over
      words.addAll(List.of("systemd-socket-activate", "--datagram", "--listen=" + listen));
      environment().forEach((name, value) -> words.add("--setenv=" + name + "=" + value));
    }
    words.addAll(List.of(BUILD + "/bin/jcluster", "run", "--name=" + server));
    words.addAll(List.of("--config=" + settings, "--instances=" + WORKERS));
    if (server.traffic != Traffic.DATAGRAMS) {
      words.add("--listen=" + listen);
    }
    words.add("--");
    words.addAll(server.words(listen));
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
  long awaitReady() throws IOException, InterruptedException {
    if (server.traffic == Traffic.DATAGRAMS) {
      supervisor.await("^Listening on ", START);
      try (var socket = new DatagramSocket()) {
        socket.send(new DatagramPacket(new byte[0], 0, address));
      }
    }
    supervisor.await(": started " + WORKERS + " workers", START);
    check();
    return supervisor.all("\\) ready in ([\\d.]+) (ms|s)").stream()
        .mapToLong(
            m -> Math.round(Double.parseDouble(m.group(1)) * (m.group(2).equals("s") ? 1000 : 1)))
        .max()
        .orElseThrow();
  }

  /** Starts the clients. */
  Clients clients(boolean brief) throws IOException {
    if (server.traffic == Traffic.CALLS) {
      String port = String.valueOf(((InetSocketAddress) address).getPort());
      var words = List.of(jdk.home() + "/bin/java", "-cp", "grpc.jar", "Client", port);
      return new GrpcClients(new Command(builder(words), log));
    }
    return server.traffic.start(address, brief);
  }

  /** Replaces all workers. */
  void reload() throws IOException, InterruptedException {
    var words = List.of(BUILD + "/bin/jcluster", "reload", server.toString());
    try (var reload = new Command(builder(words), log)) {
      int status = reload.awaitEnd(RELOAD);
      if (status != 0) {
        throw new IllegalStateException(
            "a reload failed with status " + status + ": " + reload.last());
      }
    }
    check();
  }

  /** The processes of the workers, those of the last generation. */
  Collection<Long> workers() {
    Map<String, Long> workers = new TreeMap<>();
    supervisor
        .all("worker (\\d+) \\(pid (\\d+)\\) ready")
        .forEach(m -> workers.put(m.group(1), Long.valueOf(m.group(2))));
    return workers.values();
  }

  /** Ends it as a service manager does. */
  void stop() throws InterruptedException {
    supervisor.terminate();
    int status = supervisor.awaitEnd(STOP);
    if (status != 0) {
      throw new IllegalStateException("it ended with status " + status);
    }
    check();
  }

  /** Fails if the log has a complaint of a worker. */
  private void check() {
    var complaints = supervisor.all("worker \\d+ \\(pid \\d+\\): (.*)|.*\\bkilled\\b.*");
    if (!complaints.isEmpty()) {
      throw new IllegalStateException(complaints.get(0).group());
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
