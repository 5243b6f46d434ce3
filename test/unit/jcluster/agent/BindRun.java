package jcluster.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jcluster.cli.Program;
import jcluster.os.Processes;

/** The built program with workers of {@link Binder}, and what the kernel tells of them. */
final class BindRun implements AutoCloseable {
  private static final long DEADLINE = TimeUnit.SECONDS.toNanos(30);
  private static final String JAVA = System.getProperty("java.home") + "/bin/java";
  private static final int SIGSTOP = 19;
  private static final int SIGCONT = 18;
  private static final int O_NONBLOCK = 04000;

  final Path folder;
  private final Map<String, String> environment;
  private final List<String> words = new ArrayList<>(List.of("run", "--name=t"));
  private final List<String> datagrams = new ArrayList<>();
  private final Map<Integer, Integer> workers = new TreeMap<>();
  private Program program;

  BindRun() throws IOException {
    Path scratch = Files.createDirectories(Path.of(System.getProperty("jcluster.scratch")));
    folder = Files.createTempDirectory(scratch, "bind");
    Path run = Files.createDirectory(folder.resolve("t"));
    environment = new TreeMap<>();
    environment.put("RUNTIME_DIRECTORY", run.toString());
    environment.put("XDG_RUNTIME_DIR", folder.toString());
  }

  /** Gives it a stream socket. */
  BindRun listen(Object address) {
    words.add("--listen=" + address);
    return this;
  }

  /** Gives it a datagram socket, before those of streams, as a service manager does. */
  BindRun datagrams(Object address) {
    datagrams.add(String.valueOf(address));
    return this;
  }

  /** Gives it a configuration. */
  BindRun configure(String... lines) throws IOException {
    Path conf = Files.write(folder.resolve("t.conf"), List.of(lines));
    words.add("--config=" + conf);
    return this;
  }

  /** Starts it; what it runs is {@link Binder}. */
  Program begin(int instances, String... binds) throws IOException {
    List<String> command = new ArrayList<>(List.of("java"));
    command.addAll(binder(binds));
    return beginCommand(instances, command);
  }

  /** What follows the program {@code java}. */
  static List<String> binder(String... binds) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-cp", System.getProperty("jcluster.build") + "/test/unit"));
    arguments.add(Binder.class.getName());
    arguments.addAll(List.of(binds));
    return arguments;
  }

  /** The same with another command. */
  Program beginCommand(int instances, List<String> command) throws IOException {
    words.addAll(List.of("--instances=" + instances, "--"));
    words.addAll(command);
    if (!datagrams.isEmpty()) {
      activate();
    }
    program = new Program(environment, words.toArray(String[]::new));
    return program;
  }

  /** Starts it and waits until all workers are ready. */
  void start(int instances, String... binds) throws IOException, InterruptedException {
    begin(instances, binds);
    awaitStarted(instances);
  }

  /** Waits until all workers are ready. */
  void awaitStarted(int instances) throws IOException, InterruptedException {
    trigger();
    for (int i = 1; i <= instances; i++) {
      var line = program.await("worker (\\d+) \\(pid (\\d+)\\) ready", i);
      workers.put(Integer.valueOf(line.group(1)), Integer.valueOf(line.group(2)));
    }
  }

  /** Sends the datagram that a program with such sockets is started by. */
  void trigger() throws IOException, InterruptedException {
    if (datagrams.isEmpty()) {
      return;
    }
    program.await("^Listening on .* as " + (2 + datagrams.size()), 1);
    var first = (InetSocketAddress) BindKind.address(datagrams.get(0));
    boolean any = first.getAddress().isAnyLocalAddress();
    try (var client = new DatagramSocket()) {
      client.send(new DatagramPacket(new byte[1], 1, any ? loopback(first.getPort()) : first));
    }
  }

  /** Runs a command of the program to its end. */
  Program command(String... command) throws IOException, InterruptedException {
    Map<String, String> own = new TreeMap<>(environment);
    own.remove("JAVA_HOME");
    return Program.run(own, command);
  }

  /** Lets the program's JVM be started by what makes datagram sockets, which it cannot itself. */
  private void activate() throws IOException {
    Path java = folder.resolve("bin/java");
    Files.createDirectory(java.getParent());
    String listen = String.join(" --listen=", datagrams);
    Files.writeString(
        java,
        "#!/bin/sh\nexec systemd-socket-activate --datagram --setenv=RUNTIME_DIRECTORY"
            + " --setenv=LC_ALL=C.UTF-8 --listen=" // the agent's path may have letters beyond ASCII
            + listen
            + " --fdname="
            + String.join(":", Collections.nCopies(datagrams.size(), "dns"))
            + " "
            + JAVA
            + " \"$@\"\n");
    if (!java.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + java + " a program");
    }
    environment.put("JAVA_HOME", folder.toString());
  }

  Program program() {
    return program;
  }

  /** The process of a slot. */
  int worker(int slot) {
    return workers.get(slot);
  }

  /**
   * How many descriptors of a slot's worker are the socket that it found as its {@code index}th.
   */
  int holds(int slot, int index) throws IOException {
    List<String> sockets = sockets(worker(slot));
    return Collections.frequency(sockets, inherited(slot, index));
  }

  /** The socket that a slot's worker found as its {@code index}th. */
  String inherited(int slot, int index) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/" + worker(slot) + "/fd/" + (3 + index)))
        .toString();
  }

  /** The sockets of a process from descriptor 3 on, as {@code socket:[INODE]}. */
  static List<String> sockets(int pid) throws IOException {
    List<String> sockets = new ArrayList<>();
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path fd : fds.toList()) {
        try {
          String target = Files.readSymbolicLink(fd).toString();
          if (target.startsWith("socket:") && Integer.parseInt(fd.getFileName().toString()) >= 3) {
            sockets.add(target);
          }
        } catch (NoSuchFileException e) {
          // Closed meanwhile.
        }
      }
    }
    return sockets;
  }

  /**
   * The sockets of this machine that have a local port and, unless it is 0, a remote one, as {@code
   * socket:[INODE]} (proc(5)).
   */
  static List<String> sockets(String protocol, int local, int remote) throws IOException {
    List<String> sockets = new ArrayList<>();
    for (String table : List.of(protocol, protocol + "6")) {
      for (String line : Files.readAllLines(Path.of("/proc/net/" + table))) {
        String[] words = line.strip().split("\\s+");
        if (words[1].endsWith(String.format(":%04X", local))
            && (remote == 0 || words[2].endsWith(String.format(":%04X", remote)))) {
          sockets.add("socket:[" + words[9] + "]");
        }
      }
    }
    return sockets;
  }

  /** Whether a shared socket blocks. */
  boolean blocking(int slot, int index) throws IOException {
    return blocking(worker(slot), String.valueOf(3 + index));
  }

  /** Whether a descriptor of a process blocks (proc(5), fdinfo). */
  static boolean blocking(int pid, String fd) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/fdinfo/" + fd))) {
      if (line.startsWith("flags:")) {
        return (Integer.parseInt(line.substring(6).strip(), 8) & O_NONBLOCK) == 0;
      }
    }
    throw new AssertionError("no flags");
  }

  /** The worker that answers at an address, behind the kind of bind that it has there. */
  static String ask(SocketAddress server) throws IOException {
    try (SocketChannel client = SocketChannel.open(server)) {
      return ask(client);
    }
  }

  /** The same on a connection, which stays open. */
  static String ask(SocketChannel client) throws IOException {
    client.write(ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
    var answer =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8));
    for (String line = answer.readLine(); line != null; line = answer.readLine()) {
      if (line.matches("\\w+ \\d+")) {
        return line;
      }
    }
    throw new IOException("no answer");
  }

  /** The same by datagrams; what comes from another address than this is not heard. */
  static String askDatagram(SocketAddress server) throws IOException {
    try (var client = new DatagramSocket()) {
      client.connect(server);
      client.setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(DEADLINE));
      client.send(new DatagramPacket(new byte[] {'?'}, 1));
      var answer = new DatagramPacket(new byte[1000], 1000);
      client.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8).strip();
    }
  }

  /** What is to be done with one worker. */
  @FunctionalInterface
  interface Alone {
    void run() throws Exception;
  }

  /** Holds up all workers but one meanwhile. */
  void alone(int slot, Alone what) throws Exception {
    for (int other : workers.keySet()) {
      if (other != slot) {
        Processes.kill(worker(other), SIGSTOP);
        await(() -> stopped(worker(other)));
      }
    }
    try {
      what.run();
    } finally {
      proceed();
    }
  }

  private void proceed() throws IOException {
    for (int pid : workers.values()) {
      Processes.kill(pid, SIGCONT);
    }
  }

  private static boolean stopped(int pid) throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return threads.allMatch(
          thread -> {
            try {
              String stat = Files.readString(thread.resolve("stat"));
              return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
            } catch (NoSuchFileException e) {
              return true;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  /** What may become true. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits for what nothing tells of. */
  static void await(Condition condition) throws IOException {
    long end = System.nanoTime() + DEADLINE;
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("it does not come about");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  static SocketAddress loopback6(int port) throws IOException {
    return BindKind.address("[::1]:" + port);
  }

  @Override
  public void close() throws IOException {
    try {
      if (program != null) {
        program.close();
      }
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
