package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.load.Load;
import jcluster.load.Report;
import jcluster.os.Sys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A supervisor whose program is replaced while it runs. */
@Tag("once")
class UpgradeTest {
  /** Runs what is really installed. */
  private static final String REAL = Program.LAUNCHER + " \"$@\"";

  @TempDir Path folder;
  private Cluster cluster;
  private Program program;

  @BeforeEach
  void prepare() throws IOException {
    Path launcher = Files.copy(Path.of(Program.LAUNCHER), folder.resolve("jcluster"));
    cluster = new Cluster(folder).launcher(launcher);
    cluster.listen(cluster.port);
    cluster.defaults(
        "MinUptime=100ms",
        "Command=java -XX:TieredStopAtLevel=1 -jar " + Program.demo(),
        "PortMap=8080:$PORT");
  }

  @AfterEach
  void end() throws IOException {
    cluster.close();
  }

  private void start(String... lines) throws IOException, InterruptedException {
    cluster.configure(lines);
    program = cluster.start(2);
    program.await("started 2 workers");
  }

  /** Puts another program where this one was started from. */
  private void install(String... script) throws IOException {
    Path next = folder.resolve("next");
    List<String> lines = new ArrayList<>(List.of("#!/bin/sh"));
    lines.addAll(List.of(script));
    Files.write(next, lines);
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(next, folder.resolve("jcluster"), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Has a line run between the old program and the new one, in their process. */
  private void installWithBetween(String line) throws IOException {
    Path between = Files.write(folder.resolve("between"), List.of(line, "exec \"$@\""));
    String words = "\"/bin/bash\"\"" + between + "\"";
    install(REAL + " || exit", "sed -i 's|(argv.|&" + words + "|' $RUNTIME_DIRECTORY/handover");
  }

  private Program ask(String request) throws IOException, InterruptedException {
    return cluster.ask(request, "t");
  }

  /** Upgrades, which must succeed. */
  private void upgrade() throws IOException, InterruptedException {
    Program upgrade = ask("upgrade");
    assertEquals(0, upgrade.await(), upgrade.output()::toString);
    String line = "version [0-9.]+ took over from [0-9.]+ in .*, with \\d workers?";
    assertTrue(upgrade.output().get(0).matches(line), upgrade.output()::toString);
  }

  private Set<Long> workers() {
    return ProcessHandle.of(program.pid())
        .orElseThrow()
        .children()
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  private List<String> descriptors() throws IOException {
    Path folder = Path.of("/proc/" + program.pid() + "/fd");
    List<String> open = new ArrayList<>();
    try (Stream<Path> fds = Files.list(folder)) {
      for (Path fd : fds.toList()) {
        // libffi may have a file under a random name.
        open.add(Files.readSymbolicLink(fd).toString().replaceAll("/ffi\\w+|\\d+", "N"));
      }
    }
    // A JVM looks up now and then how much memory it may have.
    open.removeIf(name -> name.startsWith("/sys/fs/cgroup/"));
    open.sort(null);
    return open;
  }

  private static void assertGone(Path path) {
    assertFalse(Files.exists(path), () -> path + " is left");
  }

  // What stays

  @Test
  void anUpgradeReplacesNoWorkerAndDelaysNoRequest() throws Exception {
    start();
    Set<Long> before = workers();
    List<String> open = descriptors();
    var address = Cluster.loopback(cluster.port);
    try (Load load =
        Load.to(address)
            .newConnections(4)
            .keepAlive(4)
            .with("--think=10", "--expect=Hello from pid (?<worker>\\d+)\n")
            .start()) {
      load.awaitGoing();
      for (int i = 0; i < 3; i++) {
        upgrade();
        assertEquals(before, workers());
        assertEquals(open, descriptors());
      }
      Report report = load.stop();
      assertEquals(0, report.failed(), report::toString);
      assertEquals(0, report.retryable(), report::toString);
      assertEquals(2, report.workers().size(), report::toString);
    }
    assertGone(folder.resolve("run/t/handover"));
    assertGone(folder.resolve("run/t/handover.log"));
    Program reload = ask("reload");
    assertEquals(0, reload.await(), reload.output()::toString);
    assertTrue(workers().stream().noneMatch(before::contains));
    assertTrue(ask("status").output().get(0).endsWith("2/2 ready, generation 2"));
  }

  @Test
  void theWorkersFindWhatTheyFoundBefore() throws Exception {
    cluster.environment.put("JDK_JAVA_OPTIONS", "-Dmark=1");
    cluster.environment.put("LC_ALL", "C");
    String found = folder + "/found.$APP_INSTANCE";
    start(
        "Ready=notify",
        "Command=sh -c 'env | grep -v -E \"^(_|LISTEN_PID|JCLUSTER_WORKER)=\" | sort >"
            + found
            + "; systemd-notify --ready; exec sleep 600'");
    String before = Files.readString(folder.resolve("found.0"));
    upgrade();
    upgrade();
    Program reload = ask("reload");
    assertEquals(0, reload.await(), reload.output()::toString);
    String after = Files.readString(folder.resolve("found.0"));
    // The surge worker has another seat.
    assertEquals(
        before.replaceAll("seat \\d", "seat").replace("GENERATION=1", "GENERATION=2"),
        after.replaceAll("seat \\d", "seat"));
    assertTrue(after.contains("JDK_JAVA_OPTIONS=-Dmark=1\n"), after);
  }

  @Test
  void aReloadUnderWayGoesOnAndItsCallerGetsTheResult() throws Exception {
    start();
    Set<Long> before = workers();
    // The first replacement waits for the upgrade, or the reload would be over too soon.
    Path gate = folder.resolve("gate");
    String wait = "sh -c 'while [ ! -e " + gate + " ]; do sleep 0.05; done; exec java -jar ";
    List<String> conf = new ArrayList<>(Files.readAllLines(folder.resolve("t.conf")));
    conf.replaceAll(l -> l.startsWith("Command=") ? "Command=" + wait + Program.demo() + "'" : l);
    Files.write(folder.resolve("t.conf"), conf);
    try (var reload = cluster.begin("reload", "t")) {
      program.await("worker 0 .* started, generation 2");
      upgrade();
      Files.createFile(gate);
      assertEquals(0, reload.await(), reload.output()::toString);
      assertTrue(reload.output().get(0).startsWith("worker 0: pid "), reload.output()::toString);
      assertTrue(reload.output().get(1).startsWith("worker 1: pid "), reload.output()::toString);
      assertTrue(reload.output().get(2).startsWith("reloaded 2 "), reload.output()::toString);
    }
    assertTrue(workers().stream().noneMatch(before::contains));
  }

  @Test
  void emptyArgumentsStay() throws Exception {
    Path found = folder.resolve("found");
    cluster.defaults().configure("Adopt=no", "MinUptime=0");
    String script = "echo $# >>" + found + "; exec sleep 600";
    cluster.command(List.of("/bin/sh", "-c", script, "sh", "", "x", "", ""));
    program = cluster.start(1);
    program.await("started 1 worker");
    upgrade();
    Program reload = ask("reload");
    assertEquals(0, reload.await(), reload.output()::toString);
    assertEquals(List.of("4", "4"), Files.readAllLines(found));
  }

  /** A request has 5 s to come, also over an upgrade, which may take longer on a busy machine. */
  @Test
  void aRequestThatHasNotComeYetIsAnsweredAfterwards() throws Exception {
    start();
    while (true) {
      long begun = System.nanoTime();
      try {
        assertRequestOverUpgrade();
        return;
      } catch (IOException e) {
        assertTrue(System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(5), e::toString);
      }
    }
  }

  private void assertRequestOverUpgrade() throws Exception {
    Path socket = cluster.runtime().resolve("control.sock");
    try (var early = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      early.write(ByteBuffer.wrap("sta".getBytes(StandardCharsets.UTF_8)));
      assertEquals(0, ask("status").await(), "what came before it was heard");
      upgrade();
      early.write(ByteBuffer.wrap("tus\n".getBytes(StandardCharsets.UTF_8)));
      String heard =
          new String(Channels.newInputStream(early).readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(heard.startsWith("- t: 2/2 ready"), heard);
    }
  }

  // What happens in between

  @Test
  void aStopInBetweenIsObeyed() throws Exception {
    start();
    installWithBetween("kill -TERM $$");
    upgrade();
    assertEquals(0, program.await());
    program.await("t: stopped");
    assertEquals(
        2,
        program.output().stream().filter(l -> l.contains("after it was asked to stop")).count(),
        program.output()::toString);
  }

  @Test
  void aWorkerLostInBetweenIsReplaced() throws Exception {
    start();
    long victim = workers().iterator().next();
    installWithBetween("kill -KILL " + victim);
    upgrade();
    program.await("\\(pid " + victim + "\\) (was killed by SIGKILL|ended, it is not known how,) ");
    program.await("worker . \\(pid \\d+\\) ready in", 3);
    assertEquals(2, workers().size());
    assertFalse(workers().contains(victim));
  }

  @Test
  void aWorkerThatTheProgramInBetweenHasReapedIsReplaced() throws Exception {
    start();
    Set<Long> before = workers();
    long victim = before.iterator().next();
    // A shell reaps every child of its process while it waits for one of its own.
    String gone = "while [ -d /proc/" + victim + " ]; do /bin/sleep 0.01; done";
    installWithBetween("kill -KILL " + victim + "; " + gone);
    upgrade();
    program.await("\\(pid " + victim + "\\) (was killed by SIGKILL|ended, it is not known how,) ");
    program.await("worker . \\(pid \\d+\\) ready in", 3);
    assertEquals(2, workers().size());
    Set<Long> kept = workers();
    kept.retainAll(before);
    assertEquals(1, kept.size(), "the other worker stays");
  }

  // What cannot take over

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "echo no java here; exit 78|no java here \\(it ended with status 78\\)",
        "kill -KILL $$|it ended with signal 9",
        "exit 3|it ended with status 3",
        "printf %060000000d 0; exit 3|0{4096} \\(it ended with status 3\\)",
        "sed -i s/fleet/float/ $RUNTIME_DIRECTORY/handover; exec REAL"
            + "|.*/handover is of a version that is too different: Handover is without 'fleet'.*",
        "REAL; sed -i 's#.argv.#&\"/no/program\"#' $RUNTIME_DIRECTORY/handover"
            + "|execve /no/program: No such file or directory.*",
      })
  void whatCannotTakeOverLeavesEverythingAsItIs(String script, String why) throws Exception {
    start();
    Set<Long> before = workers();
    List<String> open = descriptors();
    install(script.replace("REAL", REAL));
    refused(why);
    assertEquals(before, workers());
    assertEquals(open, descriptors());
    install("exec " + REAL);
    upgrade();
    assertEquals(before, workers());
  }

  private void refused(String why) throws Exception {
    Program upgrade = ask("upgrade");
    assertEquals(1, upgrade.await());
    String sentence =
        "the version that is installed cannot take over, and this one \\(.*\\) goes on: " + why;
    String said = upgrade.output().get(0);
    assertTrue(said.matches("jcluster: t: " + sentence), said);
    program.await("t: " + sentence);
    assertGone(folder.resolve("run/t/handover"));
    assertGone(folder.resolve("run/t/handover.log"));
  }

  @Test
  void aStopCutsTheUpgradeShort() throws Exception {
    start();
    Path checks = folder.resolve("checks");
    Sys.fifo(checks.toString()).close();
    install("echo >" + checks + "; exec sleep 600");
    try (var upgrade = cluster.begin("upgrade", "t")) {
      assertEquals("\n", Files.readString(checks)); // Waits for it.
      program.signal("TERM");
      assertEquals(1, upgrade.await());
      assertEquals(List.of("jcluster: t: the upgrade was cut short by a stop"), upgrade.output());
    }
    assertEquals(0, program.await());
  }

  @Test
  void whatIsNotThereCannotTakeOver() throws Exception {
    start();
    Files.delete(folder.resolve("jcluster"));
    refused("posix_spawn .*/jcluster: No such file or directory.*");
  }

  @Test
  void aStopAfterAFailedUpgradeIsObeyed() throws Exception {
    start();
    install(REAL, "sed -i 's|(argv.|&\"/no/program\"|' $RUNTIME_DIRECTORY/handover");
    refused("execve /no/program: .*");
    program.signal("TERM");
    assertEquals(0, program.await());
    program.await("t: stopped");
  }

  @Test
  void aSecondUpgradeIsRefusedWhileOneIsUnderWay() throws Exception {
    start();
    Path gate = folder.resolve("gate");
    install(
        "touch " + gate + ".at; while [ ! -e " + gate + " ]; do sleep 0.05; done", "exec " + REAL);
    try (var first = cluster.begin("upgrade", "t")) {
      while (!Files.exists(folder.resolve("gate.at"))) {
        Thread.onSpinWait();
      }
      Program second = ask("upgrade");
      assertEquals(4, second.await());
      assertEquals(List.of("jcluster: t: an upgrade is under way"), second.output());
      Files.createFile(gate);
      assertEquals(0, first.await(), first.output()::toString);
    }
  }
}
