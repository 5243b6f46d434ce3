package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.load.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ReadyDelay=, ReadyCommand=, the gate and the resting of old workers: the built program with real
 * processes.
 */
class ReadinessTest {
  /** A gate that is shut in front of an application that listens. */
  private static final int LISTENS = 2;

  /** A request, after which the connection is closed. */
  private static final String LAST =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  /** A worker that needs no JVM. */
  private static final String SLEEPS = "Command=/bin/sh -c 'exec sleep 600'";

  /**
   * What is said, too, of a command that is asked again in the moment in which the time is over.
   */
  private static final String AGAIN = "(, and runs again)?";

  @TempDir Path folder;
  private Cluster cluster;
  private Program program;

  @BeforeEach
  void prepare() throws IOException {
    cluster = new Cluster(folder).defaults("MinUptime=50ms");
    cluster.listen(cluster.port);
  }

  @AfterEach
  void end() throws IOException {
    cluster.close();
  }

  private void start(int instances, String... lines) throws IOException {
    cluster.configure(lines);
    program = cluster.start(instances);
  }

  /** Starts a cluster whose workers are no JVMs, and ready as soon as they are started. */
  private void startPlain(String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("Adopt=no", "StopSignal=TERM"));
    all.addAll(List.of(lines));
    start(1, all.toArray(String[]::new));
  }

  private long pid(String pattern) throws InterruptedException {
    return Long.parseLong(program.await(pattern + " (\\d+)$").group(1));
  }

  private static void awaitEnd(long pid) throws Exception {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    if (process.isPresent()) {
      process.get().onExit().get(30, TimeUnit.SECONDS);
    }
  }

  private boolean hasLine(String pattern) {
    return program.output().stream().anyMatch(line -> line.matches(".*" + pattern + ".*"));
  }

  @Test
  void aWorkerIsReadyWhenItsCommandSaysSo() throws Exception {
    Path go = folder.resolve("go");
    Path work = Files.createDirectory(folder.resolve("work"));
    startPlain(
        SLEEPS,
        "WorkingDirectory=" + work,
        "Environment=COLOUR=red%i",
        "ReadyCommand=/bin/sh -c 'set -- $(cat /proc/self/stat); echo asked $APP_INSTANCE $COLOUR"
            + " $(pwd) $(readlink /proc/$$/fd/0) group $(($5 - $$)); ls -m /proc/$$/fd; test -e "
            + go
            + "'");
    program.await("asked 0 red0 " + work + " /dev/null group 0$", 2);
    assertFalse(hasLine("ready in"));
    assertTrue(hasLine("0, 1, 2"), () -> program.output().toString());
    assertFalse(hasLine("0, 1, 2, 3"), () -> program.output().toString());
    Files.createFile(go);
    program.await("started 1 worker");
    assertTrue(hasLine("ready in"));
    long asked = program.output().stream().filter(line -> line.startsWith("asked")).count();
    program.signal("TERM");
    assertEquals(0, program.await());
    long last = program.output().stream().filter(line -> line.startsWith("asked")).count();
    assertEquals(asked, last, "asked again when it was ready");
  }

  @Test
  void aCommandThatFailsIsExplainedToTheLogAndToWhoeverReloads() throws Exception {
    startPlain(SLEEPS);
    program.await("started 1 worker");
    cluster.configure(
        "Adopt=no",
        "StopSignal=TERM",
        SLEEPS,
        "ReadyTimeout=1s",
        "ReadyCommand=/bin/sh -c 'exit 7'",
        "[Reload]",
        "OnTimeout=abort");
    Program reload = cluster.ask("reload", "t");
    assertEquals(1, reload.await(), reload.output()::toString);
    String why = "worker 0 \\(pid \\d+\\): ReadyCommand= last exited with status 7" + AGAIN;
    assertTrue(reload.output().stream().anyMatch(l -> l.matches(why)), reload.output()::toString);
    assertTrue(hasLine(why));
  }

  @Test
  void aCommandThatCannotBeExecutedIsExplained() throws Exception {
    startPlain(SLEEPS, "ReadyTimeout=2500ms", "ReadyCommand=/bin/sh -c 'exec /nonexistent'");
    program.await("\\): ReadyCommand= last exited with status 127" + AGAIN + "$");
    assertEquals(1, program.await());
  }

  @Test
  void aCommandThatKillsItselfIsExplained() throws Exception {
    startPlain(SLEEPS, "ReadyTimeout=2500ms", "ReadyCommand=/bin/sh -c 'kill -KILL $$'");
    program.await("\\): ReadyCommand= was last killed by signal 9" + AGAIN + "$");
    assertEquals(1, program.await());
  }

  @Test
  void aCommandThatHangsEndsWithTheTimeout() throws Exception {
    startPlain(
        SLEEPS, "ReadyTimeout=2500ms", "ReadyCommand=/bin/sh -c 'echo hangs $$; exec sleep 600'");
    long pid = pid("hangs");
    program.await("\\): ReadyCommand= still runs$");
    assertEquals(1, program.await());
    awaitEnd(pid);
    assertEquals(1, program.output().stream().filter(l -> l.startsWith("hangs")).count());
  }

  @Test
  void aCommandThatHangsAfterItFailedIsExplainedByBoth() throws Exception {
    Path asked = folder.resolve("asked");
    startPlain(
        SLEEPS,
        "ReadyTimeout=8s", // Two runs have to begin in it.
        "ReadyCommand=/bin/sh -c 'test -e "
            + asked
            + " && exec sleep 600; touch "
            + asked
            + ";"
            + " exit 3'");
    program.await("\\): ReadyCommand= last exited with status 3, and runs again$");
    assertEquals(1, program.await());
  }

  @Test
  void aCommandEndsWithItsWorker() throws Exception {
    Path fifo = fifo();
    startPlain(
        "Command=/bin/sh -c 'read x <" + fifo + "; exit 3'",
        "ReadyCommand=/bin/sh -c 'echo hangs $$; exec sleep 600'");
    long pid = pid("hangs");
    Files.writeString(fifo, "now\n");
    program.await("exited with status 3 .*, before it was ready|exited with status 3 after");
    assertEquals(1, program.await());
    awaitEnd(pid);
  }

  @Test
  void aCommandEndsWhenItsWorkerSaysThatItStops() throws Exception {
    Path fifo = fifo();
    startPlain(
        "Command=/bin/sh -c 'read x <"
            + fifo
            + "; systemd-notify STOPPING=1; echo said; read x <"
            + fifo
            + "'",
        "ReadyCommand=/bin/sh -c 'echo hangs $$; exec sleep 600'");
    long pid = pid("hangs");
    Files.writeString(fifo, "now\n");
    program.await("stops of its own accord");
    awaitEnd(pid);
    program.await("said");
    assertFalse(hasLine("after it was asked to stop"), "the worker was to be there still");
    Files.writeString(fifo, "now\n");
    assertEquals(1, program.await());
  }

  @Test
  void aCommandEndsWithTheTimeoutThoughItsWorkerDrains() throws Exception {
    Path fifo = fifo();
    startPlain(
        "Command=/bin/sh -c 'trap \"\" TERM; read x <" + fifo + "'",
        "ReadyTimeout=1s",
        "ReadyCommand=/bin/sh -c 'echo hangs $$; exec sleep 600'");
    long pid = pid("hangs");
    program.await("was not ready within");
    awaitEnd(pid);
    assertFalse(hasLine("after it was asked to stop"), "the worker was to be there still");
    Files.writeString(fifo, "now\n");
    assertEquals(1, program.await());
  }

  @Test
  void processesThatACommandLeavesAreEnded() throws Exception {
    startPlain(SLEEPS, "ReadyCommand=/bin/sh -c 'sleep 600 & echo left $!'");
    long pid = pid("left");
    program.await("started 1 worker");
    awaitEnd(pid);
  }

  @Test
  void aDelayLongerThanTheTimeoutIsNamed() throws Exception {
    startPlain(SLEEPS, "ReadyTimeout=500ms", "ReadyDelay=10s");
    program.await("worker 0 \\(pid \\d+\\): ReadyDelay= is not over yet$");
    assertEquals(1, program.await());
  }

  @Test
  void aCommandGoesOnAfterAnUpgrade() throws Exception {
    Path go = folder.resolve("go");
    startPlain(
        SLEEPS,
        "ReadyCommand=/bin/sh -c 'test -e " + go + " && exit 0; echo hangs $$; exec sleep 600'");
    long pid = pid("hangs");
    Files.createFile(go);
    assertEquals(0, cluster.ask("upgrade", "t").await());
    program.await("started 1 worker");
    awaitEnd(pid);
  }

  @Test
  void nothingIsAcceptedBeforeTheWorkerIsReady() throws Exception {
    Path go = folder.resolve("go");
    start(
        1,
        "Command=java -XX:TieredStopAtLevel=1 -jar " + Program.demo(),
        "PortMap=8080:$PORT",
        "ReadyCommand=/bin/sh -c 'echo asked; test -e " + go + "'");
    program.await("^asked");
    try (var client = new RawClient(cluster.port)) {
      client.send(LAST);
      // The application listens, and has been asked twice since then.
      program.await("^asked", 3);
      assertTrue(client.isQuietFor(1));
      assertEquals(LISTENS, gate());
      Files.createFile(go);
      assertTrue(client.answer().startsWith("HTTP/1.1 200 "));
    }
    program.await("started 1 worker");
    assertEquals(1, gate());
    assertEquals(0, cluster.ask("upgrade", "t").await());
    assertEquals(1, gate(), "an upgrade has closed it");
    try (var client = new RawClient(cluster.port)) {
      client.send(LAST);
      assertTrue(client.answer().startsWith("HTTP/1.1 200 "));
    }
  }

  @Test
  void anIdleClientDelaysNoWorkerButTheEndOfAReload() throws Exception {
    start(
        2,
        "Command=java -XX:TieredStopAtLevel=1 -jar " + Program.demo(),
        "PortMap=8080:$PORT",
        "KeepAliveGrace=20s");
    program.await("started 2 workers");
    try (var client = new RawClient(cluster.port)) {
      client.ask("/");
      String served = client.answer();
      try (var reload = cluster.begin("reload", "t")) {
        var line = reload.await("worker \\d: pid (\\d+) → \\d+, ready in .*, idle in ");
        long old = Long.parseLong(line.group(1));
        assertTrue(served.contains("pid " + old), served);
        reload.await("worker \\d: .*, drained in ");
        assertTrue(ProcessHandle.of(old).isPresent());
        assertEquals(2, reload.output().size(), () -> reload.output().toString());
        // KeepAliveGrace= allows for one more request; after it the old worker ends.
        client.ask("/");
        String last = client.answer();
        assertTrue(last.contains("pid " + old), last);
        assertTrue(last.toLowerCase(Locale.ROOT).contains("connection: close"), last);
        reload.await("reloaded 2 workers in ");
        assertEquals(0, reload.await());
        assertTrue(ProcessHandle.of(old).isEmpty());
      }
    }
  }

  private Path fifo() throws Exception {
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    return fifo;
  }

  /** The state of the gate in the seat of the first worker. */
  private int gate() throws IOException {
    Path page = cluster.runtime().resolve("balance");
    return ByteBuffer.wrap(Files.readAllBytes(page)).order(ByteOrder.nativeOrder()).getInt(4);
  }
}
