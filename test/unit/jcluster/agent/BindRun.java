package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.os.Processes;

/** A cluster of {@link Binder}, and what the kernel tells of its workers. */
final class BindRun extends Cluster {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int SIGSTOP = 19;
  private static final int SIGCONT = 18;
  private static final int O_NONBLOCK = 04000;

  BindRun() throws IOException {
    super("t");
  }

  @Override
  public BindRun listen(Object address) {
    super.listen(address);
    return this;
  }

  @Override
  public BindRun datagrams(Object address) {
    super.datagrams(address);
    return this;
  }

  /** Starts so many of {@link Binder}. */
  Program begin(int instances, String... binds) throws IOException {
    return begin(instances, List.of("java"), binds);
  }

  /** The same by another command than {@code java}. */
  Program begin(int instances, List<String> java, String... binds) throws IOException {
    List<String> command = new ArrayList<>(java);
    command.addAll(List.of("-cp", System.getProperty("jcluster.build") + "/test/unit"));
    command.add(Binder.class.getName());
    command.addAll(List.of(binds));
    return command(command).start(instances);
  }

  /** Starts them and waits until all are ready. */
  void start(int instances, String... binds) throws IOException, InterruptedException {
    begin(instances, binds);
    awaitStarted(LIMIT.multipliedBy(instances));
  }

  /** The process of a slot. */
  int worker(int slot) {
    return Math.toIntExact(workers().get(slot));
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

  /**
   * The first worker answers at each address by that kind of bind, as {@code KIND=ADDRESS}; a port
   * alone is asked at 127.0.0.1.
   */
  void assertServes(String... words) throws IOException {
    for (String word : words) {
      String[] parts = word.split("=", 2);
      BindKind kind = BindKind.valueOf(parts[0].toUpperCase(Locale.ROOT));
      boolean port = parts[1].matches("\\d+");
      SocketAddress server = BindKind.address((port ? "127.0.0.1:" : "") + parts[1]);
      assertEquals(parts[0] + " " + worker(0), ask(kind, server), word);
    }
  }

  /** What answers at an address that was bound in this way: its word, and its process. */
  static String ask(BindKind kind, SocketAddress server) throws IOException {
    return kind.family == BindKind.Family.DATAGRAM ? askDatagram(server) : ask(server);
  }

  /** The same, where that is no socket of datagrams. */
  static String ask(SocketAddress server) throws IOException {
    try (SocketChannel client = SocketChannel.open(server)) {
      return ask(client);
    }
  }

  /**
   * The same on a connection, which stays open. Only one of the kinds speaks HTTP; the others
   * answer any bytes with their line.
   */
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
      client.setSoTimeout((int) LIMIT.toMillis());
      client.send(new DatagramPacket(new byte[] {'?'}, 1));
      var answer = new DatagramPacket(new byte[1000], 1000);
      client.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8).strip();
    }
  }

  /** What a test does with one worker. */
  @FunctionalInterface
  interface Alone {
    void run() throws Exception;
  }

  /** Runs it while all workers but one are stopped by SIGSTOP. */
  void alone(int slot, Alone what) throws Exception {
    for (int other : workers().keySet()) {
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
    for (long pid : workers().values()) {
      Processes.kill(Math.toIntExact(pid), SIGCONT);
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

  /** Something that becomes true without a sign that could be waited for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  /** Asks again and again until it is true. */
  static void await(Condition condition) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("the condition has not become true");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  static SocketAddress loopback6(int port) throws IOException {
    return BindKind.address("[::1]:" + port);
  }
}
