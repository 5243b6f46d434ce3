package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcluster.cluster.Program;
import jcluster.load.Leftovers;
import jcluster.load.RawClient;
import jcluster.os.Fd;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sun.nio.ch.SelChImpl;

/**
 * What another user and a hostile worker can do to the built program: the former nothing, the
 * latter, by what it was given to speak with, no more than the manual says.
 */
@Tag("once")
class AttackTest extends SupervisorsTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Leftovers leftovers = new Leftovers();

  /** A process of the same user that has nothing to do with any of it. */
  private Optional<Process> bystander = Optional.empty();

  @AfterEach
  void endLeftovers() throws IOException {
    leftovers.end();
  }

  private Program started(int instances) throws Exception {
    Program program = start(instances);
    program.await("started " + instances + " worker");
    return program;
  }

  /** The output of a command that succeeds soon. */
  private List<String> ask(String... words) {
    return assertTimeoutPreemptively(
        SOON,
        () -> {
          Program program = cluster.ask(words);
          assertEquals(0, program.await(), program.output()::toString);
          return program.output();
        });
  }

  /** That the supervisor goes on as if nothing had been. */
  private void assertUnharmed(Program program, int instances) {
    String first = ask("status", "t").get(0);
    assertTrue(first.startsWith("t: " + instances + "/" + instances + " ready"), first);
    String all = String.join("\n", program.output());
    assertFalse(all.contains("this supervisor has failed"), all);
  }

  private void assertServes() throws Exception {
    String body = RawClient.page(cluster.port, "/");
    assertTrue(body.startsWith("Hello from pid "), body);
  }

  /** Starts a process that has nothing but these variables, the leader of its process group. */
  private Process forged(boolean stranger, String... variables) throws IOException {
    List<String> words = new ArrayList<>(List.of("setsid"));
    if (stranger) {
      words.addAll(asStranger());
    }
    words.addAll(List.of("env", "-i"));
    words.addAll(List.of(variables));
    words.addAll(List.of("sh", "-c", "LISTEN_PID=$$ exec sleep 600"));
    var builder = new ProcessBuilder(words);
    leftovers.mark(builder.environment());
    words.add(
        words.indexOf("-i") + 1, "JCLUSTER_TEST=" + builder.environment().get("JCLUSTER_TEST"));
    return builder.start();
  }

  private static List<String> asStranger() {
    return List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
  }

  private static void onlyAsRoot() {
    Assumptions.assumeTrue(Sys.getuid() == 0, "it takes root to be another user, too");
  }

  // Another user

  @Test
  void aStrangerReachesNoneOfTheFiles() throws Exception {
    onlyAsRoot();
    // As systemd makes the folder of a unit: all may look into it.
    for (Path path : List.of(folder, run.getParent(), run)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    configure(SLEEPS);
    Program program = started(1);
    Set<String> before = files();
    String tries =
        "cd "
            + run
            + " || echo cannot look; for f in *; do for may in r w x; do [ ! -$may $f ] || echo $f"
            + " $may; done; rm -f $f; mv -f $f $f.old; done; touch x; kill -TERM "
            + program.pid()
            + "; kill -TERM "
            + workers().iterator().next();
    List<String> words = new ArrayList<>(asStranger());
    words.addAll(List.of("sh", "-c", tries));
    Process stranger =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String could = new String(stranger.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("", could);
    assertEquals(before, files());
    assertUnharmed(program, 1);
  }

  private Set<String> files() throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      return files
          .map(f -> f.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** Root can read the environment of all, who can write into it what they like. */
  @Test
  void aStrangersProcessIsNoWorkerOfRoots() throws Exception {
    onlyAsRoot();
    String notify = "NOTIFY_SOCKET=" + run.resolve("notify.sock");
    Process known = forged(true, notify, "JCLUSTER_WORKER=0");
    Process unknown = forged(true, notify, "JCLUSTER_WORKER=77");
    configure(SLEEPS);
    Program first = started(1);
    int worker = Integer.parseInt(first.await("worker 0 \\(pid (\\d+)\\) started").group(1));
    first.kill();
    Program second = start(1);
    second.await("goes on with 1 of them");
    String row = ask("status", "t").get(2);
    assertTrue(row.startsWith("0     " + worker + " "), row);
    ask("reload", "t");
    assertFalse(ProcessHandle.of(worker).map(ProcessHandle::isAlive).orElse(false));
    second.signal("TERM");
    assertEquals(0, second.await());
    assertTrue(known.isAlive() && unknown.isAlive(), second.output()::toString);
    assertFalse(second.output().stream().anyMatch(l -> l.contains("cannot be taken over")));
  }

  /** A program that a command finds when it looks for those that run, and that never answers. */
  @Test
  void aSocketThatNobodyAcceptsFromHoldsNoCommandUp() throws Exception {
    configure(SLEEPS);
    started(1);
    Path deaf = Files.createDirectory(run.resolveSibling("deaf"));
    Files.createFile(deaf.resolve("notify.sock"));
    var address = UnixDomainSocketAddress.of(deaf.resolve("control.sock"));
    List<SocketChannel> queue = new ArrayList<>();
    try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(address, 1);
      for (boolean room = true; room; ) {
        assertTrue(queue.size() < 10, "there is always room");
        var next = SocketChannel.open(StandardProtocolFamily.UNIX);
        queue.add(next);
        next.configureBlocking(false);
        room = isConnected(next, address);
      }
      Program status = assertTimeoutPreemptively(SOON, () -> cluster.ask("status"));
      assertEquals(2, status.await());
      assertTrue(
          status.output().get(0).contains("several applications are running, name one: deaf, t"),
          status.output()::toString);
      Program list = assertTimeoutPreemptively(SOON, () -> cluster.ask("list"));
      assertEquals(1, list.await());
      // Others may run on this machine.
      List<String> expected =
          List.of("jcluster: deaf: its supervisor does not answer", "t: 1/1 ready, generation 1");
      assertTrue(list.output().containsAll(expected), list.output()::toString);
    } finally {
      for (SocketChannel channel : queue) {
        channel.close();
      }
    }
  }

  private static boolean isConnected(SocketChannel channel, UnixDomainSocketAddress address) {
    try {
      return channel.connect(address);
    } catch (IOException e) {
      return false; // EAGAIN
    }
  }

  // A worker that speaks

  private String hostile(String what) {
    String build = System.getProperty("jcluster.build");
    return "Command=java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djna.nounpack=true"
        + " -Djna.nosys=true -Djna.boot.library.path="
        + build
        + " -cp "
        + String.join(":", build + "/test/unit", build + "/jcluster.jar", build + "/jna.jar")
        + " jcluster.cli.Hostile "
        + what
        + " "
        + folder;
  }

  @Test
  void aFloodOfNoticesHoldsNoReloadUp() throws Exception {
    configure(hostile("notices"), "Ready=notify");
    Program program = started(2);
    Files.createFile(folder.resolve("go"));
    program.await("^flooding");
    ask("reload", "t");
    for (String line : ask("status", "t")) {
      assertTrue(line.length() < 400 && line.matches("[\\x20-\\x7e\\ufffd]*"), line);
    }
    assertUnharmed(program, 2);
  }

  /** The kernel says which process has sent a notice; what is in it cannot. */
  @Test
  void aNoticeCountsForItsSenderAlone() throws Exception {
    configure(hostile("another"), "Ready=notify");
    Program program = start(2);
    program.await("^said for both", 1);
    String status = String.join("\n", ask("status", "t"));
    assertTrue(status.contains("1/2 ready"), status);
    Files.createFile(folder.resolve("go"));
    program.await("started 2 workers", 1);
    assertUnharmed(program, 2);
  }

  /** A report in the FIFO says itself whose it is: a lie costs that worker, and no request. */
  @Test
  void aReportInAnothersNameCostsThatWorkerAlone() throws Exception {
    configure(DEMO, "StopTimeout=2s");
    Program program = started(2);
    String pid = program.await("worker 1 \\(pid (\\d+)\\) ready", 1).group(1);
    Files.writeString(run.resolve("agent"), pid + " STOPPING=1\n", StandardOpenOption.WRITE);
    program.await("worker 1 .*stops of its own accord", 1);
    program.await("worker 1 \\(pid (?!" + pid + "\\b)\\d+\\) ready", 1);
    program.await("worker 1 \\(pid " + pid + "\\) .* after it was asked to stop", 1);
    assertServes();
    assertUnharmed(program, 2);
  }

  @Test
  void descriptorsSentAlongAreClosed() throws Exception {
    configure(SLEEPS);
    Program program = started(1);
    ask("status", "t");
    long before = descriptors(program);
    try (Fd notify = Sockets.connectUnixDatagram(run.resolve("notify.sock").toString());
        Fd along = Sys.open("/dev/null")) {
      for (int i = 0; i < 300; ) {
        try {
          Sockets.sendNow(notify, "FDSTORE=1\nFDNAME=x".getBytes(StandardCharsets.UTF_8), along);
          i++;
        } catch (IOException e) {
          ask("status", "t"); // EAGAIN: when it has answered, it has heard, too.
        }
      }
    }
    ask("status", "t");
    assertEquals(before, descriptors(program));
    assertUnharmed(program, 1);
  }

  private static long descriptors(Program program) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/" + program.pid() + "/fd"))) {
      return all.count();
    }
  }

  /** To close a socket takes as long as its SO_LINGER says if there is something left to send. */
  @Test
  void aSocketThatLingersHoldsNothingUp() throws Exception {
    configure(SLEEPS);
    Program program = started(1);
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Fd notify = Sockets.connectUnixDatagram(run.resolve("notify.sock").toString())) {
      try (SocketChannel lingering = SocketChannel.open(listener.getLocalSocketAddress())) {
        lingering.setOption(StandardSocketOptions.SO_LINGER, 100);
        lingering.configureBlocking(false);
        while (lingering.write(ByteBuffer.allocate(1 << 20)) > 0) {
          // Until nothing more goes in.
        }
        program.signal("STOP"); // So that what it gets is the last that there is of it.
        Fd along = Sys.adopt(((SelChImpl) lingering).getFDVal());
        Sockets.sendNow(notify, "FDSTORE=1".getBytes(StandardCharsets.UTF_8), along);
      } finally {
        program.signal("CONT");
      }
      ask("status", "t");
    }
    assertUnharmed(program, 1);
  }

  @Test
  void aHalfReportIsNotTheEndOfAnothers() throws Exception {
    configure(DEMO);
    Program program = started(1);
    var noise =
        new Thread(
            () -> {
              try (OutputStream fifo = Files.newOutputStream(run.resolve("agent"))) {
                for (int i = 0; !Thread.interrupted(); i++) {
                  fifo.write(i % 50 == 0 ? new byte[9000] : new byte[] {'4', '2', ' '});
                  fifo.flush();
                  TimeUnit.MILLISECONDS.sleep(2);
                }
              } catch (IOException | InterruptedException e) {
                // It is over.
              }
            });
    noise.start();
    try {
      ask("reload", "t");
    } finally {
      noise.interrupt();
      noise.join();
    }
    assertServes();
    assertUnharmed(program, 1);
  }

  @Test
  void aFloodOfReportsHoldsNoReloadUp() throws Exception {
    configure(hostile("reports"), "Ready=notify");
    Program program = started(2);
    Files.createFile(folder.resolve("go"));
    program.await("^flooding");
    ask("reload", "t");
    String log = String.join("\n", program.output());
    assertFalse(log.contains("\u001b"), "the escape sequence of a warning came through");
    assertUnharmed(program, 2);
  }

  @Test
  void aBalancePageOfGarbageStopsNobodyFromServing() throws Exception {
    configure(DEMO);
    Program program = started(2);
    assertServes();
    try (var page = new RandomAccessFile(run.resolve("balance").toFile(), "rw")) {
      byte[] garbage = new byte[(int) page.length()];
      new Random(1).nextBytes(garbage);
      page.write(garbage);
    }
    Set<Integer> before = workers();
    for (int i = 0; i < 10; i++) {
      assertServes();
    }
    assertEquals(before, workers());
    ask("reload", "t");
    assertServes();
    assertUnharmed(program, 2);
  }

  @Test
  void manyIdleConnectionsKeepNoCommandAway() throws Exception {
    configure(SLEEPS);
    Program program = started(1);
    ask("status", "t");
    long before = descriptors(program);
    var address = UnixDomainSocketAddress.of(run.resolve("control.sock"));
    List<SocketChannel> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 150; i++) {
        idle.add(SocketChannel.open(address));
      }
      ask("status", "t");
    } finally {
      for (SocketChannel channel : idle) {
        channel.close();
      }
    }
    ask("status", "t");
    assertEquals(before, descriptors(program));
    assertUnharmed(program, 1);
  }

  // A worker as a process

  @Test
  void aWorkerOfAnyNameIsShownAndTakenOver() throws Exception {
    // No UTF-8, and what would end the name where a program looks for its end in proc(5).
    configure(
        "Command=/bin/sh -c 'printf \"\\\\377\\\\033[2J) Z 1\\\\nx\" >/proc/$$/comm; echo up;"
            + " sleep 600 & wait'");
    Program first = started(1);
    first.await("^up");
    List<String> status = ask("status", "t");
    assertEquals(3, status.size(), status::toString);
    assertTrue(status.get(2).matches("0 .* \\d+\\.\\dM .*"), status::toString);
    first.kill();
    Program second = start(1);
    second.await("goes on with 1 of them");
    assertUnharmed(second, 1);
  }

  @Test
  void whatAWorkerHasStartedIsNotTakenForIt() throws Exception {
    configure(
        "Command=/bin/sh -c 'env -u LISTEN_PID setsid sleep 600 & echo daemon $!; exec sleep 600'");
    Program first = started(1);
    int worker = Integer.parseInt(first.await("worker 0 \\(pid (\\d+)\\) started").group(1));
    int daemon = Integer.parseInt(first.await("^daemon (\\d+)").group(1));
    first.kill();
    ProcessHandle lost = ProcessHandle.of(worker).orElseThrow();
    lost.destroyForcibly();
    lost.onExit().get(8, TimeUnit.SECONDS);
    Program second = start(1);
    second.await("started, generation 1");
    String row = ask("status", "t").get(2);
    assertFalse(row.startsWith("0     " + daemon + " "), row);
    assertUnharmed(second, 1);
  }

  @Test
  void aWorkerThatIgnoresAllSignalsEndsAllTheSame() throws Exception {
    configure(
        "Command=/bin/sh -c 'trap \"\" HUP INT QUIT TERM CHLD USR1 USR2; echo up; while :; do sleep"
            + " 600; done'",
        "StopTimeout=1s");
    Program program = started(1);
    program.await("^up");
    ask("reload", "t");
    program.signal("TERM");
    assertEquals(0, program.await());
    assertEquals(Set.of(), workers());
  }

  @Test
  void aFloodOfOutputHoldsNothingUp() throws Exception {
    configure(
        "Command=/bin/sh -c 'yes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            + " | head -c 20000000; exec sleep 600'");
    Program program = started(1);
    ask("reload", "t");
    assertUnharmed(program, 1);
  }

  // A supervisor that was killed, and whose files a worker has changed

  /** What is in the place of a file: each of these kinds. */
  private void replace(Path file, String kind) throws Exception {
    Path others = Files.writeString(folder.resolve("others"), "a file of the user's\n".repeat(900));
    boolean made = kind.startsWith("text") || Files.deleteIfExists(file);
    switch (kind) {
      case "link" -> Files.createSymbolicLink(file, others);
      case "loop" -> Files.createSymbolicLink(file, file);
      case "file" -> Files.writeString(file, "nonsense");
      case "fifo" -> Sys.fifo(file.toString()).close();
      case "large" -> {
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
          sparse.setLength(3L << 30);
        }
      }
      case "deep" -> Files.writeString(file, "(x" + "[".repeat(1_000_000));
      case "text pid" -> {
        bystander = Optional.of(forged(false));
        edit(file, "(pid\\[?)\"\\d+\"", "$1\"" + bystander.get().pid() + "\"");
      }
      default -> throw new IllegalArgumentException(kind + made);
    }
  }

  private static void edit(Path file, String pattern, String by) throws IOException {
    String text = Files.readString(file);
    String edited = text.replaceAll(pattern, by);
    assertNotEquals(text, edited, text);
    Files.writeString(file, edited);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state link",
        "state fifo",
        "state large",
        "state deep",
        "state text pid",
        "balance link,agent file,alive loop,control.sock link,notify.sock link,state.new link"
      })
  void theNextSupervisorComesUpWhateverIsInTheFolder(String whats) throws Exception {
    configure(SLEEPS);
    Program first = started(1);
    first.kill();
    for (String what : whats.split(",")) {
      replace(run.resolve(what.split(" ")[0]), what.split(" ", 2)[1]);
    }
    Program second = start(1);
    second.await("(started 1 worker$|goes on with [01] of them)");
    assertUnharmed(second, 1);
    assertIdle(second);
    second.signal("TERM");
    assertEquals(0, second.await());
    assertTrue(bystander.map(Process::isAlive).orElse(true));
    String others = Files.readString(folder.resolve("others"));
    assertEquals("a file of the user's\n".repeat(900), others);
  }

  @Test
  void thePortIsWaitedForWhileWorkersThatCannotBeTakenOverEnd() throws Exception {
    String worker = "Command=sh -c 'trap \"sleep 1; exit\" TERM; while :; do sleep 0.05; done'";
    configure(worker);
    started(1).kill();
    Files.delete(run.resolve("state"));
    Program second = start(1);
    second.await("started 1 worker$");
    second.signal("TERM");
    assertEquals(0, second.await(), second.output()::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"slot", "slots", "numbers"})
  void aStateThatNobodyCanGoOnFromIsForgotten(String what) throws Exception {
    configure(SLEEPS);
    started(1).kill();
    Path state = run.resolve("state");
    switch (what) {
      case "slot" -> edit(state, "slot\"0\"", "slot\"-1\"");
      case "slots" -> edit(state, "slot\"0\"", "slot\"4000000\"");
      default -> edit(state, "(target|cpus|nextGeneration|nextWorker)\"\\d+\"", "$1\"-7\"");
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    // As a service manager does.
    while (!start(1).awaitOrEnd("(started 1 worker$|goes on with [01] of them)") || !isReady()) {
      assertTrue(System.nanoTime() < end, () -> last().output().toString());
    }
    // The very first has seen it, none has failed over it.
    assertTrue(
        cluster.programs().get(1).output().stream()
            .anyMatch(l -> l.contains("it cannot be taken over")),
        () -> cluster.programs().get(1).output().toString());
    for (Program program : cluster.programs()) {
      assertFalse(program.output().toString().contains("has failed"), program.output()::toString);
    }
    assertUnharmed(last(), 1);
    last().signal("TERM");
    assertEquals(0, last().await(), last().output()::toString);
  }

  private boolean isReady() throws Exception {
    Program status = cluster.ask("status", "t");
    return status.await() == 0 && status.output().get(0).startsWith("t: 1/1 ready");
  }

  private Program last() {
    return cluster.program();
  }

  /** That it does not turn round and round: a time comes in which its threads do nothing. */
  private static void assertIdle(Program program) throws Exception {
    Path stat = Path.of("/proc/" + program.pid() + "/stat");
    long end = System.nanoTime() + SOON.toNanos();
    for (long before = -1, now = ticks(stat); now != before; ) {
      assertTrue(System.nanoTime() < end, "it is busy with nothing");
      TimeUnit.MILLISECONDS.sleep(300);
      before = now;
      now = ticks(stat);
    }
  }

  private static long ticks(Path stat) throws IOException {
    String text = Files.readString(stat, StandardCharsets.ISO_8859_1);
    String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  @Test
  void whatIsPutThereWhileItRunsIsNotWrittenThrough() throws Exception {
    configure(SLEEPS);
    Program program = started(1);
    for (String name : List.of("state", "state.new", "handover")) {
      replace(run.resolve(name), "link");
    }
    ask("reload", "t");
    ask("upgrade", "t");
    assertUnharmed(program, 1);
    String others = Files.readString(folder.resolve("others"));
    assertEquals("a file of the user's\n".repeat(900), others);
  }
}
