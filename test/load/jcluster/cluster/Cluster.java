package jcluster.cluster;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import jcluster.load.Ports;

/**
 * A cluster as a test starts it: the built {@code jcluster run} as a process, without systemd, with
 * its files in a folder of the test.
 *
 * <pre>{@code
 * try (var cluster = new Cluster(folder)) {
 *   cluster.configure("Command=java -jar app.jar", "PortMap=8080:$PORT");
 *   cluster.listen(cluster.port).start(2);
 *   cluster.awaitStarted();
 *   cluster.reload();
 * }
 * }</pre>
 */
public class Cluster implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Where its files are. */
  public final Path folder;

  /** A port that nothing else uses. */
  public final int port = Ports.free();

  /** Variables of the supervisor and of commands, beside those of this JVM. */
  public final Map<String, String> environment = new TreeMap<>();

  private final String name;
  private final boolean ownFolder;
  private final List<String> sockets = new ArrayList<>();
  private final List<String> datagrams = new ArrayList<>();
  private final List<Program> programs = new ArrayList<>();
  private List<String> defaults = List.of();
  private List<String> command = List.of();
  private String launcher = Program.LAUNCHER;
  private Path directory = Path.of("").toAbsolutePath();
  private Optional<Path> log = Optional.empty();
  private int instances;

  /** Prepares a cluster named {@code t}; the caller removes the folder. */
  public Cluster(Path folder) throws IOException {
    this(folder, "t", false);
  }

  /** Prepares a cluster with a folder of its own, which {@link #close} removes. */
  public Cluster(String name) throws IOException {
    this(scratch(name), name, true);
  }

  private Cluster(Path folder, String name, boolean ownFolder) throws IOException {
    this.folder = folder;
    this.name = name;
    this.ownFolder = ownFolder;
    Path run = Files.createDirectories(folder.resolve("run").resolve(name));
    environment.put("RUNTIME_DIRECTORY", run.toString());
    environment.put("XDG_RUNTIME_DIR", run.getParent().toString());
  }

  /** A new folder where the build may write, and where programs can be run from. */
  public static Path scratch(String name) throws IOException {
    Path scratch = Path.of(System.getProperty("jcluster.scratch"));
    return Files.createTempDirectory(Files.createDirectories(scratch), name);
  }

  // How it is to be started

  /** Gives lines of [Worker] that each configuration begins with; later lines win over them. */
  public final Cluster defaults(String... lines) {
    defaults = List.of(lines);
    return this;
  }

  /**
   * Writes its configuration: {@code [Worker]}, the defaults, and these lines, in all of which
   * $PORT is the port.
   */
  public final Path configure(String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("[Worker]"));
    all.addAll(defaults);
    all.addAll(List.of(lines));
    all.replaceAll(line -> line.replace("$PORT", String.valueOf(port)));
    return Files.write(configuration(), all);
  }

  private Path configuration() {
    return folder.resolve(name + ".conf");
  }

  /** Adds a stream socket, which the supervisor opens: a port, ADDRESS:PORT, or a path. */
  public Cluster listen(Object address) {
    sockets.add("--listen=" + address);
    return this;
  }

  /**
   * Adds a datagram socket named {@code dns}, a port or ADDRESS:PORT. The supervisor opens none; it
   * is started by systemd-socket-activate, which hands it down.
   */
  public Cluster datagrams(Object address) {
    datagrams.add(String.valueOf(address));
    return this;
  }

  /** Gives the command of a worker in the command line. */
  public final Cluster command(List<String> words) {
    command = words;
    return this;
  }

  /** Starts it from another file than the built one. */
  public final Cluster launcher(Path file) {
    launcher = file.toString();
    return this;
  }

  /** Runs all processes in this folder. */
  public final Cluster directory(Path path) {
    directory = path;
    return this;
  }

  /** Appends all output to a file. */
  public final Cluster log(Path file) {
    log = Optional.of(file);
    return this;
  }

  // Starting it, and asking it

  /** Starts a supervisor for this many workers; {@link #close} ends it, and those before it. */
  public final Program start(int instances) throws IOException {
    return start(instances, Map.of());
  }

  /** The same with more in the environment of the supervisor alone. */
  public final Program start(int instances, Map<String, String> more) throws IOException {
    this.instances = instances;
    List<String> words = new ArrayList<>(List.of("--instances=" + instances));
    words.addAll(sockets);
    if (!command.isEmpty()) {
      words.add("--");
      words.addAll(command);
    }
    return run(more, words);
  }

  /**
   * Starts {@code jcluster run} with its name, its configuration if it has one, and these words.
   */
  public final Program run(String... words) throws IOException {
    return run(Map.of(), Arrays.asList(words));
  }

  private Program run(Map<String, String> more, List<String> words) throws IOException {
    List<String> all = new ArrayList<>(List.of("run", "--name=" + name));
    if (Files.exists(configuration())) {
      all.add("--config=" + configuration());
    }
    all.addAll(words);
    ProcessBuilder builder = builder(launcher, all);
    builder.environment().putAll(more);
    if (!datagrams.isEmpty()) {
      builder.command().addAll(0, activator(more));
    }
    return add(new Program(builder, log));
  }

  private List<String> activator(Map<String, String> more) {
    List<String> words = new ArrayList<>(List.of("systemd-socket-activate", "--datagram"));
    datagrams.forEach(address -> words.add("--listen=" + address));
    words.add("--fdname=" + String.join(":", Collections.nCopies(datagrams.size(), "dns")));
    Stream.of(environment.keySet(), more.keySet(), List.of("JAVA_HOME", "JCLUSTER_TEST"))
        .flatMap(names -> names.stream())
        .forEach(variable -> words.add("--setenv=" + variable));
    words.add("--setenv=LC_ALL=C.UTF-8"); // The agent's path may have letters beyond ASCII.
    return words;
  }

  private ProcessBuilder builder(String program, List<String> words) {
    return Program.builder(program, environment, words).directory(directory.toFile());
  }

  private Program add(Program program) {
    programs.add(program);
    return program;
  }

  /** The supervisor that was started last. */
  public final Program program() {
    return programs.get(programs.size() - 1);
  }

  /** All supervisors that were started, in order. */
  public final List<Program> programs() {
    return List.copyOf(programs);
  }

  /** Waits until all workers of the supervisor that was started last are ready, for 30 seconds. */
  public final void awaitStarted() throws IOException, InterruptedException {
    awaitStarted(LIMIT);
  }

  /** The same with another limit. */
  public final void awaitStarted(Duration limit) throws IOException, InterruptedException {
    trigger();
    program().await(": started " + instances + " worker", 1, limit);
  }

  /** Sends the datagram that starts a supervisor with such sockets; does nothing for another. */
  public final void trigger() throws IOException, InterruptedException {
    if (datagrams.isEmpty()) {
      return;
    }
    program().await("^Listening on .* as " + (2 + datagrams.size()));
    String first = datagrams.get(0);
    int port = Integer.parseInt(first.substring(first.lastIndexOf(':') + 1));
    try (var client = new DatagramSocket()) {
      client.send(new DatagramPacket(new byte[1], 1, loopback(port)));
    }
  }

  /** Runs {@code jcluster} with these words to its end, for 30 seconds at most. */
  public final Program ask(String... words) throws IOException, InterruptedException {
    Program command = begin(words);
    command.await();
    return command;
  }

  /** Starts {@code jcluster} with these words. */
  public final Program begin(String... words) throws IOException {
    return new Program(builder(Program.LAUNCHER, Arrays.asList(words)), log);
  }

  /** Starts another program, with the same environment. */
  public final Program beside(List<String> words) throws IOException {
    return new Program(builder(words.get(0), words.subList(1, words.size())), log);
  }

  /** Replaces all workers, which must succeed within 30 seconds. */
  public final void reload() throws IOException, InterruptedException {
    reload(LIMIT);
  }

  /** The same with another limit. */
  public final void reload(Duration limit) throws IOException, InterruptedException {
    Program reload = begin("reload", name);
    int status = reload.await(limit);
    if (status != 0) {
      throw new IllegalStateException(
          "a reload failed with status " + status + ": " + reload.said());
    }
  }

  // What is known of it

  /** The pid of each slot's last worker that became ready. */
  public final Map<Integer, Long> workers() {
    Map<Integer, Long> workers = new TreeMap<>();
    program()
        .all("worker (\\d+) \\(pid (\\d+)\\) ready")
        .forEach(m -> workers.put(Integer.valueOf(m.group(1)), Long.valueOf(m.group(2))));
    return workers;
  }

  /** The runtime directory. */
  public final Path runtime() {
    return Path.of(environment.get("RUNTIME_DIRECTORY"));
  }

  public static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Stops all supervisors, the last one first, and removes its own folder. */
  @Override
  public void close() throws IOException {
    try {
      while (!programs.isEmpty()) {
        programs.remove(programs.size() - 1).close();
      }
    } finally {
      if (ownFolder) {
        remove();
      }
    }
  }

  private void remove() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
