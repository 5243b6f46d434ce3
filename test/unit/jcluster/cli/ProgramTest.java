package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.load.Ports;
import jcluster.load.RawClient;
import jcluster.os.Fd;
import jcluster.os.Output;
import jcluster.os.Poll;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The built program from outside, with real workers and no systemd. */
class ProgramTest {
  @TempDir Path folder;
  private Cluster cluster;
  private Map<String, String> environment;

  @BeforeEach
  void prepare() throws IOException {
    cluster = new Cluster(folder);
    cluster.listen("127.0.0.1:" + cluster.port);
    environment = cluster.environment;
  }

  /** Asks the demo, and requires that a worker of this generation answers. */
  private void assertAnswers(Program program, int generation) throws Exception {
    String body = RawClient.page(cluster.port, "/");
    assertTrue(body.matches("Hello from pid \\d+\n"), body);
    String line = "(pid " + body.replaceAll("\\D", "") + ") started, generation " + generation;
    assertTrue(program.output().stream().anyMatch(l -> l.endsWith(line)), body);
  }

  @Test
  void aWorkerFindsWhatTheManualSaysAndNothingElse() throws Exception {
    Path found = folder.resolve("found");
    cluster.configure(
        "Command=/bin/sh -c 'P=/proc/$$; exec >"
            + found
            + ".new; ls $P/fd; readlink $P/fd/0"
            + " $P/fd/3 $P/fd/4; echo pid $$; grep -E \"^Sig(Blk|Ign)\" /proc/self/status;"
            + " env -0 | tr \"\\\\n\\\\0\" \"|\\\\n\"; mv "
            + found
            + ".new "
            + found
            + "; systemd-notify --ready; exec sleep 600'",
        "Ready=notify",
        "PortMap=81:$PORT",
        "Environment=COLOUR=red SLOT_IS=%i");
    Path unix = folder.resolve("unix.sock");
    environment.putAll(
        Map.of("WATCHDOG_USEC", "60000000", "LISTEN_FDNAMES", "x", "SYSTEMD_EXEC_PID", "1"));
    try (Program program =
        cluster.run("--instances=1", "--listen=" + cluster.port, "--listen=" + unix)) {
      long pid = Long.parseLong(program.await("worker 0 \\(pid (\\d+)\\) started").group(1));
      program.await("started 1 worker");
      List<String> lines = Files.readAllLines(found);
      assertEquals(List.of("0", "1", "2", "3", "4"), lines.subList(0, 5));
      assertTrue(lines.get(5).matches("socket:\\[\\d+\\]"), lines::toString);
      assertEquals(lines.get(5), lines.get(6), "descriptor 0 is not the first socket");
      assertNotEquals(lines.get(5), lines.get(7), "descriptor 4 is not the second socket");
      assertEquals("pid " + pid, lines.get(8));
      assertTrue(lines.get(9).matches("SigBlk:\\s+0+"), lines.get(9));
      assertTrue(lines.get(10).matches("SigIgn:\\s+0+"), lines.get(10));
      Map<String, String> variables = new TreeMap<>();
      lines
          .subList(11, lines.size())
          .forEach(l -> variables.put(l.split("=", 2)[0], l.split("=", 2)[1]));
      assertEquals(String.valueOf(pid), variables.get("LISTEN_PID"));
      assertEquals("2", variables.get("LISTEN_FDS"));
      assertTrue(variables.get("LISTEN_FDNAMES").matches("\\d+:" + unix), variables::toString);
      assertEquals(
          environment.get("RUNTIME_DIRECTORY") + "/notify.sock", variables.get("NOTIFY_SOCKET"));
      assertEquals("0", variables.get("APP_INSTANCE"));
      assertEquals("1", variables.get("JCLUSTER_GENERATION"));
      String run = environment.get("RUNTIME_DIRECTORY");
      assertEquals(
          List.of(
              "seat 0",
              "gate supervisor",
              "stop 30000",
              "hooks 5000",
              "grace 5000",
              "inspect yes",
              "socket tcp " + inode(lines.get(6)) + " " + cluster.port + " 0:0:0:0:0:0:0:0",
              "socket unix " + inode(lines.get(7)) + " 0 " + unix,
              "name 0 " + cluster.port,
              "name 1 " + unix,
              "port 81 0",
              "directory " + run),
          List.of(variables.get("JCLUSTER_AGENT").split("\\|")));
      String agent =
          "-javaagent:" + Path.of(System.getProperty("jcluster.build"), "agent.jar").toRealPath();
      assertEquals(
          agent.contains(" ") ? '"' + agent + '"' : agent, variables.get("JAVA_TOOL_OPTIONS"));
      assertEquals(
          Set.of("agent", "alive", "balance", "control.sock", "notify.sock", "state"), files(run));
      assertEquals("red", variables.get("COLOUR"));
      assertEquals("0", variables.get("SLOT_IS"));
      for (String name :
          List.of("WATCHDOG_USEC", "WATCHDOG_PID", "SYSTEMD_EXEC_PID", "JOURNAL_STREAM")) {
        assertFalse(variables.containsKey(name), name);
      }
      assertTrue(
          variables.keySet().stream().noneMatch(v -> v.startsWith("JCLUSTER_WORKER_")),
          variables::toString);
      program.signal("TERM");
      assertEquals(0, program.await());
      assertEquals(Set.of(), files(run));
    }
  }

  private static String inode(String link) {
    return link.replaceAll("socket:\\[(\\d+)]", "$1");
  }

  private static Set<String> files(String folder) throws IOException {
    try (var files = Files.list(Path.of(folder))) {
      return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void systemdIsToldEverything() throws Exception {
    cluster.configure(
        "Command=/bin/sh -c 'exec sleep 600'", "Adopt=no", "MinUptime=50ms", "StopSignal=TERM");
    String address = folder.resolve("notify").toString();
    environment.putAll(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "2000000"));
    try (Fd receiver = Sockets.receiverUnix(address);
        Program program = cluster.start(1)) {
      heard(receiver, "STATUS=starting, 0/1 ready\nEXTEND_TIMEOUT_USEC=65050000");
      heard(receiver, "READY=1\nSTATUS=1/1 ready, generation 1");
      heard(receiver, "WATCHDOG=1");
      heard(receiver, "WATCHDOG=1");
      long before = System.nanoTime() / 1000;
      cluster.reload();
      String reloading = heard(receiver, "RELOADING=1\nMONOTONIC_USEC=.*");
      Matcher usec = java.util.regex.Pattern.compile("MONOTONIC_USEC=(\\d+)").matcher(reloading);
      assertTrue(usec.find() && Long.parseLong(usec.group(1)) >= before, reloading);
      heard(receiver, "READY=1\nSTATUS=1/1 ready, generation 2");
      program.signal("TERM");
      heard(receiver, "STOPPING=1\nSTATUS=stopping, 1 left\nEXTEND_TIMEOUT_USEC=35000000");
      assertEquals(0, program.await());
    }
  }

  /** Waits for the next message that is so; what else is said on the way is passed over. */
  private static String heard(Fd receiver, String pattern) throws IOException {
    List<String> others = new ArrayList<>();
    var poll = new Poll();
    poll.onReadable(receiver, () -> {});
    for (long end = System.nanoTime() + 30_000_000_000L; System.nanoTime() < end; ) {
      Optional<Sockets.Datagram> datagram = Sockets.receive(receiver, 4096);
      if (datagram.isEmpty()) {
        poll.await(100_000_000L);
        continue;
      }
      String text = new String(datagram.get().bytes(), StandardCharsets.UTF_8);
      if (java.util.regex.Pattern.compile(pattern, java.util.regex.Pattern.DOTALL)
          .matcher(text)
          .matches()) {
        return text;
      }
      others.add(text);
    }
    throw new AssertionError("never heard '" + pattern + "', but " + others);
  }

  @Test
  void aLogThatNobodyReadsHoldsNothingUp() throws Exception {
    Path pipe = folder.resolve("log");
    Path launcher = folder.resolve("launcher");
    String line = "exec '" + Program.LAUNCHER + "' \"$@\" 2> '" + pipe + "' > /dev/null";
    Files.write(launcher, List.of("#!/bin/sh", line));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
    String quiet = "Command=/bin/sh -c 'exec sleep 600 2> /dev/null'";
    cluster.configure(quiet, "Adopt=no", "MinUptime=0", "StopSignal=TERM");
    try (Fd reader = Sys.fifo(pipe.toString());
        Program program = cluster.launcher(launcher).start(1)) {
      var poll = new Poll();
      poll.onReadable(reader, () -> {});
      byte[] buffer = new byte[1 << 16];
      for (String log = ""; !log.contains("started 1 worker"); ) {
        poll.await(30_000_000_000L);
        log +=
            new String(buffer, 0, Sys.read(reader, buffer).orElseThrow(), StandardCharsets.UTF_8);
      }
      Output filler = Output.of(reader);
      while (filler.write(new byte[4096]) > 0) {
        // Until not a byte more goes in.
      }
      filler.fd().close();
      cluster.reload();
      program.signal("TERM");
      assertEquals(0, program.awaitEnd());
    }
  }

  @Test
  void readyIsForAWorkerOrItsChildToSay() throws Exception {
    Path go = folder.resolve("go");
    cluster.configure(
        "Command=/bin/sh -c 'echo up; until [ -e "
            + go
            + " ]; do sleep 0.05; done;"
            + " systemd-notify --ready --status=\"warm\"; exec sleep 600'",
        "Ready=notify",
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("^up");
      Path socket = Path.of(environment.get("RUNTIME_DIRECTORY"), "notify.sock");
      try (Fd stranger = Sockets.connectUnixDatagram(socket.toString())) {
        Sockets.send(stranger, "READY=1".getBytes(StandardCharsets.UTF_8));
        Sockets.send(stranger, new byte[9000]);
      }
      Program status = cluster.ask("status", "t");
      assertTrue(
          status.output().get(0).equals("t: starting, 0/1 ready"), status.output()::toString);
      Files.createFile(go);
      program.await("started 1 worker");
      status = cluster.ask("status");
      assertTrue(status.output().get(2).endsWith("warm"), status.output()::toString);
    }
  }

  @Test
  void theDemoIsServedReloadedScaledAndStopped() throws Exception {
    cluster.configure(
        "Command=java -jar " + Program.demo(), "PortMap=8080:$PORT", "MinUptime=200ms");
    try (Program program = cluster.start(2)) {
      program.await("started 2 workers");
      assertAnswers(program, 1);
      Program reload = cluster.ask("reload", "t");
      assertEquals(0, reload.await());
      List<String> lines = reload.output();
      for (int i = 0; i < 2; i++) {
        String line =
            "worker " + i + ": pid \\d+ → \\d+, ready in [\\d.]+ m?s, (drained|idle) in .*";
        assertTrue(lines.get(i).matches(line), lines::toString);
      }
      assertTrue(lines.get(2).matches("reloaded 2 workers in .*s, generation 2"), lines::toString);
      assertAnswers(program, 2);
      assertEquals(0, cluster.ask("scale", "t", "+1").await());
      Program status = cluster.ask("status", "t");
      assertEquals("t: 3/3 ready, generation 2", status.output().get(0));
      assertEquals(5, status.output().size());
      assertEquals(2, cluster.ask("scale", "t", "many").await());
      assertEquals(1, cluster.ask("scale", "t", "-3").await());
      program.signal("INT");
      assertEquals(0, program.await());
      assertTrue(program.output().contains("t: stopped"), program.output()::toString);
    }
    assertEquals(3, cluster.ask("status", "t").await());
  }

  @Test
  void theFolderOfTheUnitIsWhereItsCommandsLook() throws Exception {
    cluster.configure("Command=/bin/sleep 600", "Adopt=no", "MinUptime=0");
    Files.createDirectory(folder.resolve("run/else"));
    environment.put("RUNTIME_DIRECTORY", folder + "/run/else");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      cluster.reload();
      Program other = cluster.ask("reload", "u");
      assertEquals(3, other.await(), other.output()::toString);
      assertTrue(other.output().get(0).startsWith("jcluster: u is not running"));
      environment.put("RUNTIME_DIRECTORY", folder + "/run/none");
      assertEquals(3, cluster.ask("reload", "t").await());
      Files.createSymbolicLink(folder.resolve("run/none"), folder.resolve("run/else"));
      assertEquals(0, cluster.ask("status", "t").await());
    }
  }

  @Test
  void whatAWorkerSaysIsOneHarmlessLine() throws Exception {
    cluster.configure(
        "Command=/bin/sh -c 'systemd-notify --ready --status=\"$(printf"
            + " \"a\\342\\200\\250b\\302\\205c\\302\\233d\\342\\200\\256e\")\"; exec sleep"
            + " 600'",
        "Ready=notify",
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      Program status = cluster.ask("status", "t");
      assertEquals(0, status.await(), status.output()::toString);
      assertEquals(3, status.output().size(), status.output()::toString);
      assertTrue(status.output().get(2).endsWith("  a b c d e"), status.output()::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "start", "id", "id t", "start t u", "raise t", "with_job t u", "start -t"})
  void theHandleTakesNothingButWhatItsUnitsSay(String words) throws Exception {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path systemctl = Files.write(bin.resolve("systemctl"), List.of("#!/bin/sh", "touch $0.called"));
    Files.setPosixFilePermissions(
        systemctl, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
    String[] all = ("handle " + words).trim().split(" ");
    Program handle = cluster.ask(all);
    assertEquals(2, handle.await());
    String usage =
        "usage: jcluster handle start|reload|stopped NAME, or jcluster handle raise|lower|ended"
            + " NAME UNIT";
    assertEquals(List.of(usage), handle.output());
    assertFalse(Files.exists(bin.resolve("systemctl.called")));
    assertEquals(0, cluster.ask("handle", "raise", "t", "t@1.service").await());
    assertTrue(Files.exists(bin.resolve("systemctl.called")));
  }

  @Test
  void hangupReloadsAService() throws Exception {
    cluster.configure("Command=/bin/sleep 600", "Adopt=no", "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      program.signal("HUP");
      program.await("reloaded 1 worker in");
    }
  }

  @Test
  void aMistakeAtReloadChangesNothing() throws Exception {
    Path conf = cluster.configure("Command=/bin/sleep 600", "Adopt=no", "MinUptime=0");
    try (Program program = cluster.start(1)) {
      String pid = program.await("worker 0 \\(pid (\\d+)\\) started").group(1);
      program.await("started 1 worker");
      Map<String, String> mistakes =
          Map.of(
              "[Worker]\nCommand=/bin/sleep 600\nReadyTimeuot=1s\n", ":3: ",
              "[Worker]\nCommand=/bin/sleep 600\nStopTimeout=soon\n", ":3: ",
              "[Worker]\n\nCommand=/no/such/program\n", ":3: ",
              "[Worker]\nMinUptime=0\n", ":1: ");
      for (var mistake : mistakes.entrySet()) {
        Files.writeString(conf, mistake.getKey());
        Program reload = cluster.ask("reload", "t");
        assertEquals(78, reload.await(), reload.output()::toString);
        assertTrue(
            reload.output().get(0).startsWith("jcluster: t: " + conf + mistake.getValue()),
            reload.output()::toString);
        Program status = cluster.ask("status", "t");
        assertTrue(
            status
                .output()
                .get(0)
                .startsWith("t: 1/1 ready, generation 1; last reload failed: " + conf));
        assertTrue(status.output().get(2).matches("0 +" + pid + " .*"), status.output()::toString);
      }
      cluster.configure("Command=/bin/sleep 601", "Adopt=no", "MinUptime=0");
      cluster.reload();
      assertEquals("t: 1/1 ready, generation 2", cluster.ask("status", "t").output().get(0));
    }
  }

  @Test
  void aFileThatIsNoConfigurationIsRefusedLikeAnyMistake() throws Exception {
    Path conf = cluster.configure("Command=/bin/sleep 600", "Adopt=no", "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      Files.writeString(conf, "nonsense\n".repeat(100_000));
      Program reload = cluster.ask("reload", "t");
      assertEquals(78, reload.await(), reload.output()::toString);
      assertEquals(51, reload.output().size());
      assertTrue(reload.output().get(50).endsWith(" more mistakes from here on"));
      assertTrue(cluster.ask("status", "t").output().get(0).startsWith("t: 1/1 ready"));
    }
  }

  @Test
  void aNumberSetByHandOutlivesReloads() throws Exception {
    String[] one = {"Command=/bin/sleep 600", "Adopt=no", "Instances=1", "MinUptime=100ms"};
    cluster.configure(one);
    try (Program program = cluster.run("--listen=" + cluster.port)) {
      program.await("started 1 worker");
      Program same = cluster.ask("scale", "t", "1");
      assertEquals(List.of("there is already 1 worker"), same.output());
      one[2] = "Instances=3";
      cluster.configure(one);
      cluster.reload();
      String status = cluster.ask("status", "t").output().get(0);
      assertEquals("t: 1/1 ready, generation 2", status);
    }
  }

  @Test
  void manyWorkersStartWhileTheSupervisorListens() throws Exception {
    cluster.configure("Command=/bin/sleep 600", "Adopt=no", "MinUptime=0");
    try (Program program = cluster.start(300)) {
      program.await("worker 0 \\(pid \\d+\\) started");
      Program status = cluster.ask("status", "t");
      assertTrue(status.output().get(0).startsWith("t: starting, "), status.output().get(0));
      program.await("started 300 workers");
    }
  }

  @Test
  void aSecondReloadIsRefusedAndAStopCutsTheFirstShort() throws Exception {
    String up = "Command=/bin/sh -c 'echo up; exec sleep 600'";
    cluster.configure(up, "Adopt=no", "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      cluster.configure(up, "Ready=notify");
      try (var first = cluster.begin("reload", "t")) {
        program.await("^up", 2);
        Program second = cluster.ask("reload", "t");
        assertEquals(4, second.await());
        assertEquals(
            List.of("jcluster: t: a reload is under way: 0 of 1 worker replaced"), second.output());
        program.signal("TERM");
        assertEquals(1, first.await());
        assertEquals(List.of("jcluster: t: the reload was cut short by a stop"), first.output());
        assertEquals(0, program.await());
      }
    }
  }

  @Test
  void aBrokenStartFailsAndSaysWhy() throws Exception {
    cluster.configure("Command=/bin/sh -c 'exit 7'", "Adopt=no");
    try (Program program = cluster.start(2)) {
      assertEquals(1, program.await());
      program.await("^t: start failed: worker \\d \\(pid \\d+\\) exited with status 7 after");
    }
  }

  @Test
  void twoSupervisorsOfOneNameAreOneTooMany() throws Exception {
    cluster.configure("Command=/bin/sleep 600", "Adopt=no", "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      try (Program second = cluster.run("--listen=" + Ports.free())) {
        assertEquals(1, second.await());
        second.await("another supervisor already serves .*/control.sock");
      }
      assertEquals(0, cluster.ask("status", "t").await());
    }
  }

  @Test
  void whatAKilledWorkerLeavesBehindIsEnded() throws Exception {
    cluster.configure(
        "Command=/bin/sh -c 'sleep 600 & echo child $!; exec sleep 600'",
        "Adopt=no",
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      String pid = program.await("worker 0 \\(pid (\\d+)\\) started").group(1);
      String child = program.await("^child (\\d+)").group(1);
      var left = ProcessHandle.of(Long.parseLong(child)).orElseThrow().onExit();
      new ProcessBuilder("kill", "-KILL", pid).start().waitFor();
      program.await("was killed by SIGKILL");
      left.get(30, TimeUnit.SECONDS);
      program.await("worker 0 \\(pid \\d+\\) started", 2);
    }
  }

  /** A worker that reports as an agent would: {@code say KEY=TEXT}, {@code wait FILE}. */
  private String reporting(String script) {
    return "Command=/bin/sh -c 'say() { echo \"$$ $1\" >\"${JCLUSTER_AGENT##*directory }/agent\";"
        + " }; wait() { until [ -e "
        + folder
        + "/$1 ]; do sleep 0.05; done; }; "
        + script
        + "'";
  }

  @Test
  void readyIsForTheAgentToSayOfItsOwnProcess() throws Exception {
    cluster.configure(
        reporting(
            "systemd-notify --ready; echo \"1 LISTENING=1\" >$RUNTIME_DIRECTORY/agent;"
                + " sh -c \"echo \\\\$\\\\$ LISTENING=1\" >$RUNTIME_DIRECTORY/agent;"
                + " head -c 9000 /dev/zero >$RUNTIME_DIRECTORY/agent;"
                + " echo >$RUNTIME_DIRECTORY/agent; say AGENT=17; say WAITING=this;"
                + " say WARNING=up; wait go; say LISTENING=1; exec sleep 600"),
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("^t: worker 0 \\(pid \\d+\\): up$");
      Program status = cluster.ask("status", "t");
      assertEquals("t: starting, 0/1 ready", status.output().get(0));
      assertTrue(status.output().get(2).endsWith("has not bound this"), status.output()::toString);
      Files.createFile(folder.resolve("go"));
      program.await("started 1 worker");
      status = cluster.ask("status", "t");
      assertFalse(status.output().get(2).endsWith("bound this"), status.output()::toString);
    }
  }

  @Test
  void listeningIsNotReadyWhereAnotherWayIsAskedFor() throws Exception {
    cluster.configure(
        reporting(
            "say LISTENING=1; say WARNING=up; wait go; systemd-notify --ready; exec sleep 600"),
        "Ready=notify",
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await(": up$");
      Program status = cluster.ask("status", "t");
      assertEquals("t: starting, 0/1 ready", status.output().get(0));
      Files.createFile(folder.resolve("go"));
      program.await("started 1 worker");
    }
  }

  @Test
  void aWorkerThatBindsAnotherPortIsExplained() throws Exception {
    String good = reporting("say LISTENING=1; exec sleep 600");
    cluster.configure(good, "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      cluster.configure(
          reporting("say AGENT=17; say BOUND=0.0.0.0:1; exec sleep 600"),
          "ReadyTimeout=500ms",
          "[Reload]",
          "OnTimeout=abort");
      Program reload = cluster.ask("reload", "t");
      assertEquals(1, reload.await());
      String why =
          "worker 0 \\(pid \\d+\\): the application bound 0.0.0.0:1, but the unit listens on "
              + cluster.port
              + " 127.0.0.1:"
              + cluster.port
              + ": bind that port, or set PortMap=1:"
              + cluster.port
              + " \\(jcluster.conf\\(5\\)\\)";
      assertTrue(reload.output().get(0).matches(why), reload.output()::toString);
      assertTrue(
          reload
              .output()
              .get(1)
              .matches("jcluster: t: reload failed: .* not ready within 500 ms.*"),
          reload.output()::toString);
      program.await("^t: " + why + "$");
    }
  }

  @Test
  void aWorkerWithoutAnAgentIsExplained() throws Exception {
    cluster.configure("Command=/bin/sleep 600", "ReadyTimeout=100ms");
    try (Program program = cluster.start(1)) {
      assertEquals(1, program.await());
      program.await("^t: worker 0 \\(pid \\d+\\) was not ready within 100 ms");
      program.await("^t: worker 0 \\(pid \\d+\\): no agent in this process: a script must");
    }
  }

  @Test
  void aWorkerThatServesMaySayThatItStopsAndIsReplacedAtOnce() throws Exception {
    cluster.configure(
        reporting(
            "[ ! -e "
                + folder
                + "/broken ] || { say STOPPING=1; exit 7; };"
                + " say LISTENING=1; wait go; rm "
                + folder
                + "/go; say STOPPING=1; wait gone"),
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      Files.createFile(folder.resolve("go"));
      program.await("worker 0 \\(pid \\d+\\) stops of its own accord");
      program.await("worker 0 \\(pid \\d+\\) ready in ", 2);
      Files.createFile(folder.resolve("gone"));
      program.await("exited with status 0 .* after it was asked to stop");
      Files.createFile(folder.resolve("broken"));
      Program reload = cluster.ask("reload", "t");
      assertTrue(
          reload.output().get(0).contains("exited with status 7"), reload.output()::toString);
    }
  }

  @Test
  void aWorkerThatStandsStillIsReplaced() throws Exception {
    cluster.configure(
        "Command=java -jar " + Program.demo(), "PortMap=8080:$PORT", "Watchdog=2s", "MinUptime=0");
    try (Program program = cluster.start(1)) {
      String pid = program.await("worker 0 \\(pid (\\d+)\\) started").group(1);
      program.await("started 1 worker");
      new ProcessBuilder("kill", "-STOP", pid).start().waitFor();
      String worker = "^t: worker 0 \\(pid " + pid + "\\) ";
      program.await(worker + "gave no sign of life for 2 s: thread dump$");
      program.await(worker + "was killed by SIGKILL");
      program.await("worker 0 \\(pid \\d+\\) ready in", 2);
      assertAnswers(program, 1);
    }
  }

  @Test
  void anApplicationThatSpeaksForItselfIsNotVouchedFor() throws Exception {
    cluster.configure(
        reporting(
            "say LISTENING=1; until [ -e "
                + folder
                + "/stuck ]; do systemd-notify WATCHDOG=1; sleep 0.2; done;"
                + " while sleep 0.2; do say WATCHDOG=1; done"),
        "Watchdog=2s",
        "MinUptime=3s");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      Files.createFile(folder.resolve("stuck"));
      program.await("worker 0 \\(pid \\d+\\) gave no sign of life for 2 s");
    }
  }

  @Test
  void workersThatAreOldAreRecycledOneAfterTheOther() throws Exception {
    cluster.configure(
        "Command=java -jar " + Program.demo(),
        "PortMap=8080:$PORT",
        "Watchdog=2s",
        "LifetimeRecycle=3s",
        "MinUptime=0");
    try (Program program = cluster.start(2)) {
      program.await("started 2 workers");
      List<String> recycled = new ArrayList<>();
      for (int i = 1; i <= 2; i++) {
        Matcher begins = program.await("^t: recycling worker (.) \\(pid (\\d+)\\) after ", i);
        String pids = begins.group(1) + ": pid " + begins.group(2) + " → \\d+";
        String how = ", recycled after .* s \\(ready in .*, drained in .*\\)$";
        program.await("^t: worker " + pids + how);
        recycled.add(begins.group(1));
      }
      assertEquals(Set.of("0", "1"), Set.copyOf(recycled));
      // Of which one is waiting for the other's turn, or under way.
      cluster.reload();
      assertAnswers(program, 2);
      assertTrue(
          program.output().stream().noneMatch(l -> l.contains("no sign of life")),
          program.output()::toString);
    }
  }

  @Test
  void aWorkerThatIsTooLargeIsRecycled() throws Exception {
    cluster.configure(
        "Command=/bin/sh -c 'large=$(yes | head -c 9000000); sleep 600 & wait'",
        "Adopt=no",
        "StopSignal=TERM",
        "MemoryRecycle=8M",
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("^t: recycling worker 0 \\(pid \\d+\\) at \\d+\\.\\dM$");
      program.await("^t: worker 0: pid \\d+ → \\d+, recycled at \\d+\\.\\dM \\(alive after");
    }
  }

  @Test
  void seatsAreGivenAgainWhenTheirWorkersAreGone() throws Exception {
    cluster.configure(
        reporting("echo $JCLUSTER_AGENT; say LISTENING=1; exec sleep 600"),
        "StopSignal=TERM",
        "MinUptime=0");
    try (Program program = cluster.start(2)) {
      program.await("started 2 workers");
      cluster.reload();
      List<String> seats = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        seats.add(program.await("^seat (\\d+) gate", i).group(1));
      }
      assertEquals(Set.of("0", "1"), Set.copyOf(seats.subList(0, 2)));
      assertEquals("2", seats.get(2));
      assertEquals("0", seats.get(3), "the seat of slot 0's old worker");
    }
  }

  @Test
  void aWorkerThatCannotBeStartedTakesNoSeat() throws Exception {
    Path home = Files.createDirectory(folder.resolve("home"));
    cluster.configure(
        reporting("echo $JCLUSTER_AGENT; say LISTENING=1; exec sleep 600"),
        "WorkingDirectory=" + home,
        "RestartDelay=50ms",
        "RestartDelayMax=50ms",
        "MinUptime=0");
    try (Program program = cluster.start(1)) {
      String pid = program.await("worker 0 \\(pid (\\d+)\\) started").group(1);
      program.await("started 1 worker");
      Files.move(home, folder.resolve("away"));
      new ProcessBuilder("kill", "-KILL", pid).start().waitFor();
      program.await("worker 0 could not be started: .* in " + home + ": No such file", 2);
      Files.move(folder.resolve("away"), home);
      assertEquals("0", program.await("^seat (\\d+) gate", 2).group(1));
    }
  }

  @Test
  void aPortThatIsMappedToNoSocketIsRefused() throws Exception {
    String good = reporting("say LISTENING=1; exec sleep 600");
    cluster.configure(good, "PortMap=9090:http", "MinUptime=0");
    String why =
        "PortMap= '9090:http' names no TCP or UDP socket by its name or port: there are "
            + cluster.port
            + " 127.0.0.1:"
            + cluster.port;
    try (Program program = cluster.start(1)) {
      assertEquals(78, program.await());
      assertEquals("t: " + why, program.output().get(program.output().size() - 1));
    }
    cluster.configure(good, "PortMap=9090:$PORT", "MinUptime=0");
    try (Program program = cluster.start(1)) {
      program.await("started 1 worker");
      cluster.configure(good, "PortMap=9090:http");
      Program reload = cluster.ask("reload", "t");
      assertEquals(78, reload.await());
      assertEquals(List.of("jcluster: t: " + why), reload.output());
      assertEquals(
          "t: 1/1 ready, generation 1; last reload failed: " + why,
          cluster.ask("status", "t").output().get(0));
    }
  }

  @Test
  void aSocketThatNoJavaProgramBindsNeedsAnApplicationThatTakesIt() throws Exception {
    cluster.configure("Command=/bin/sleep 600", "MinUptime=0");
    String name = "@jcluster-program-" + ProcessHandle.current().pid();
    try (Program program = cluster.run("--instances=1", "--listen=" + name)) {
      assertEquals(78, program.await());
      program.await("the socket '.*' is a Unix socket in the abstract namespace, .* Adopt=no");
    }
    cluster.configure("Command=/bin/sleep 600", "Adopt=no", "MinUptime=0");
    try (Program program = cluster.run("--instances=1", "--listen=" + name)) {
      program.await("started 1 worker");
    }
  }
}
