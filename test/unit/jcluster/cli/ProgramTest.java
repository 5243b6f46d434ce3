package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import jcluster.os.Fd;
import jcluster.os.Poll;
import jcluster.os.Sys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built program from outside, with real workers and no systemd. */
class ProgramTest {
  @TempDir Path folder;
  private Map<String, String> environment;

  @BeforeEach
  void prepare() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    environment =
        new TreeMap<>(Map.of("RUNTIME_DIRECTORY", run + "/t", "XDG_RUNTIME_DIR", run.toString()));
    Files.createDirectory(run.resolve("t"));
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), List.of(lines));
  }

  private Program start(Path conf, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("run", "--name=t", "--config=" + conf));
    all.addAll(List.of(words));
    return new Program(environment, all.toArray(String[]::new));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String get(int port) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void aWorkerFindsWhatTheManualSaysAndNothingElse() throws Exception {
    Path found = folder.resolve("found");
    Path conf =
        write(
            "t.conf",
            "[Worker]",
            "Command=/bin/sh -c 'P=/proc/$$; exec >"
                + found
                + ".new; ls $P/fd; readlink $P/fd/0"
                + " $P/fd/3 $P/fd/4; echo pid $$; grep -E \"^Sig(Blk|Ign)\" /proc/self/status; env;"
                + " mv "
                + found
                + ".new "
                + found
                + "; systemd-notify --ready; exec sleep 600'",
            "Ready=notify",
            "Environment=COLOUR=red SLOT_IS=%i");
    Path unix = folder.resolve("unix.sock");
    environment.putAll(
        Map.of("WATCHDOG_USEC", "60000000", "LISTEN_FDNAMES", "x", "SYSTEMD_EXEC_PID", "1"));
    try (Program program =
        start(conf, "--instances=1", "--listen=" + freePort(), "--listen=" + unix)) {
      long pid = Long.parseLong(program.await("worker 0 \\(pid (\\d+)\\) started", 1).group(1));
      program.await("started 1 worker", 1);
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
      assertEquals("red", variables.get("COLOUR"));
      assertEquals("0", variables.get("SLOT_IS"));
      for (String name :
          List.of("WATCHDOG_USEC", "WATCHDOG_PID", "SYSTEMD_EXEC_PID", "JOURNAL_STREAM")) {
        assertFalse(variables.containsKey(name), name);
      }
      assertTrue(
          variables.keySet().stream().noneMatch(v -> v.startsWith("JCLUSTER_WORKER_")),
          variables::toString);
    }
  }

  @Test
  void systemdIsToldEverything() throws Exception {
    Path conf =
        write(
            "t.conf",
            "[Worker]",
            "Command=/bin/sh -c 'exec sleep 600'",
            "MinUptime=50ms",
            "StopSignal=TERM");
    String address = folder.resolve("notify").toString();
    environment.putAll(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "2000000"));
    try (Fd receiver = Sys.receiverUnix(address);
        Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      heard(receiver, "STATUS=starting, 0/1 ready\nEXTEND_TIMEOUT_USEC=65050000");
      heard(receiver, "READY=1\nSTATUS=1/1 ready, generation 1");
      heard(receiver, "WATCHDOG=1");
      heard(receiver, "WATCHDOG=1");
      long before = System.nanoTime() / 1000;
      assertEquals(0, Program.run(environment, "reload", "t").await());
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
      Optional<Sys.Datagram> datagram = Sys.receive(receiver, 4096);
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
  void readyIsForAWorkerOrItsChildToSay() throws Exception {
    Path go = folder.resolve("go");
    Path conf =
        write(
            "t.conf",
            "[Worker]",
            "Command=/bin/sh -c 'echo up; until [ -e "
                + go
                + " ]; do sleep 0.05; done;"
                + " systemd-notify --ready --status=\"warm\"; exec sleep 600'",
            "Ready=notify",
            "MinUptime=0");
    try (Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      program.await("^up", 1);
      Path socket = Path.of(environment.get("RUNTIME_DIRECTORY"), "notify.sock");
      try (Fd stranger = Sys.connectUnixDatagram(socket.toString())) {
        Sys.send(stranger, "READY=1".getBytes(StandardCharsets.UTF_8));
        Sys.send(stranger, new byte[9000]);
      }
      Program status = Program.run(environment, "status", "t");
      assertTrue(
          status.output().get(0).equals("t: starting, 0/1 ready"), status.output()::toString);
      Files.createFile(go);
      program.await("started 1 worker", 1);
      status = Program.run(environment, "status");
      assertTrue(status.output().get(2).endsWith("warm"), status.output()::toString);
    }
  }

  @Test
  void theDemoIsServedReloadedScaledAndStopped() throws Exception {
    int port = freePort();
    Path conf =
        write("t.conf", "[Worker]", "Command=java -jar " + Program.demo(), "MinUptime=200ms");
    try (Program program = start(conf, "--instances=2", "--listen=127.0.0.1:" + port)) {
      program.await("started 2 workers", 1);
      assertTrue(get(port).matches("worker [01], pid \\d+, generation 1\\R"));
      Program reload = Program.run(environment, "reload", "t");
      assertEquals(0, reload.await());
      List<String> lines = reload.output();
      for (int i = 0; i < 2; i++) {
        String line = "worker " + i + ": pid \\d+ → \\d+, alive after 200 ms, drained in .*";
        assertTrue(lines.get(i).matches(line), lines::toString);
      }
      assertTrue(lines.get(2).matches("reloaded 2 workers in .*s, generation 2"), lines::toString);
      assertTrue(get(port).endsWith("generation 2" + System.lineSeparator()));
      assertEquals(0, Program.run(environment, "scale", "t", "+1").await());
      Program status = Program.run(environment, "status", "t");
      assertEquals("t: 3/3 ready, generation 2", status.output().get(0));
      assertEquals(5, status.output().size());
      assertEquals(2, Program.run(environment, "scale", "t", "many").await());
      assertEquals(1, Program.run(environment, "scale", "t", "-3").await());
      program.signal("INT");
      assertEquals(0, program.await());
      assertTrue(program.output().contains("t: stopped"), program.output()::toString);
    }
    assertEquals(3, Program.run(environment, "status", "t").await());
  }

  @Test
  void hangupReloadsAService() throws Exception {
    Path conf = write("t.conf", "[Worker]", "Command=/bin/sleep 600", "MinUptime=0");
    try (Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      program.await("started 1 worker", 1);
      program.signal("HUP");
      program.await("reloaded 1 worker in", 1);
    }
  }

  @Test
  void aMistakeAtReloadChangesNothing() throws Exception {
    Path conf = write("t.conf", "[Worker]", "Command=/bin/sleep 600", "MinUptime=0");
    try (Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      String pid = program.await("worker 0 \\(pid (\\d+)\\) started", 1).group(1);
      program.await("started 1 worker", 1);
      Map<String, String> mistakes =
          Map.of(
              "[Worker]\nCommand=/bin/sleep 600\nReadyTimeuot=1s\n", ":3: ",
              "[Worker]\nCommand=/bin/sleep 600\nStopTimeout=soon\n", ":3: ",
              "[Worker]\n\nCommand=/no/such/program\n", ":3: ",
              "[Worker]\nMinUptime=0\n", ":1: ");
      for (var mistake : mistakes.entrySet()) {
        Files.writeString(conf, mistake.getKey());
        Program reload = Program.run(environment, "reload", "t");
        assertEquals(78, reload.await(), reload.output()::toString);
        assertTrue(
            reload.output().get(0).startsWith("jcluster: t: " + conf + mistake.getValue()),
            reload.output()::toString);
        Program status = Program.run(environment, "status", "t");
        assertTrue(
            status
                .output()
                .get(0)
                .startsWith("t: 1/1 ready, generation 1; last reload failed: " + conf));
        assertTrue(status.output().get(2).matches("0 +" + pid + " .*"), status.output()::toString);
      }
      write("t.conf", "[Worker]", "Command=/bin/sleep 601", "MinUptime=0");
      assertEquals(0, Program.run(environment, "reload", "t").await());
      assertEquals(
          "t: 1/1 ready, generation 2", Program.run(environment, "status", "t").output().get(0));
    }
  }

  @Test
  void aFileThatIsNoConfigurationIsRefusedLikeAnyMistake() throws Exception {
    Path conf = write("t.conf", "[Worker]", "Command=/bin/sleep 600", "MinUptime=0");
    try (Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      program.await("started 1 worker", 1);
      Files.writeString(conf, "nonsense\n".repeat(100_000));
      Program reload = Program.run(environment, "reload", "t");
      assertEquals(78, reload.await(), reload.output()::toString);
      assertEquals(51, reload.output().size());
      assertTrue(reload.output().get(50).endsWith(" more mistakes from here on"));
      assertTrue(
          Program.run(environment, "status", "t").output().get(0).startsWith("t: 1/1 ready"));
    }
  }

  @Test
  void aNumberSetByHandOutlivesReloads() throws Exception {
    String[] one = {"[Worker]", "Command=/bin/sleep 600", "MinUptime=100ms", "Instances=1"};
    Path conf = write("t.conf", one);
    try (Program program = start(conf, "--listen=" + freePort())) {
      program.await("started 1 worker", 1);
      Program same = Program.run(environment, "scale", "t", "1");
      assertEquals(List.of("there is already 1 worker"), same.output());
      one[3] = "Instances=3";
      write("t.conf", one);
      assertEquals(0, Program.run(environment, "reload", "t").await());
      String status = Program.run(environment, "status", "t").output().get(0);
      assertEquals("t: 1/1 ready, generation 2", status);
    }
  }

  @Test
  void manyWorkersStartWhileTheSupervisorListens() throws Exception {
    Path conf = write("t.conf", "[Worker]", "Command=/bin/sleep 600", "MinUptime=0");
    try (Program program = start(conf, "--instances=300", "--listen=" + freePort())) {
      program.await("worker 0 \\(pid \\d+\\) started", 1);
      Program status = Program.run(environment, "status", "t");
      assertTrue(status.output().get(0).startsWith("t: starting, "), status.output().get(0));
      program.await("started 300 workers", 1);
    }
  }

  @Test
  void aSecondReloadIsRefusedAndAStopCutsTheFirstShort() throws Exception {
    Path conf =
        write("t.conf", "[Worker]", "Command=/bin/sh -c 'echo up; exec sleep 600'", "MinUptime=0");
    try (Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      program.await("started 1 worker", 1);
      write("t.conf", "[Worker]", "Command=/bin/sh -c 'echo up; exec sleep 600'", "Ready=notify");
      try (var first = new Program(environment, "reload", "t")) {
        program.await("^up", 2);
        Program second = Program.run(environment, "reload", "t");
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
    Path conf = write("t.conf", "[Worker]", "Command=/bin/sh -c 'exit 7'");
    try (Program program = start(conf, "--instances=2", "--listen=" + freePort())) {
      assertEquals(1, program.await());
      program.await("^t: start failed: worker \\d \\(pid \\d+\\) exited with status 7 after", 1);
    }
  }

  @Test
  void twoSupervisorsOfOneNameAreOneTooMany() throws Exception {
    Path conf = write("t.conf", "[Worker]", "Command=/bin/sleep 600", "MinUptime=0");
    try (Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      program.await("started 1 worker", 1);
      try (Program second = start(conf, "--instances=1", "--listen=" + freePort())) {
        assertEquals(1, second.await());
        second.await("another supervisor already serves .*/control.sock", 1);
      }
      assertEquals(0, Program.run(environment, "status", "t").await());
    }
  }

  @Test
  void whatAKilledWorkerLeavesBehindIsEnded() throws Exception {
    Path conf =
        write(
            "t.conf",
            "[Worker]",
            "Command=/bin/sh -c 'sleep 600 & echo child $!; exec sleep 600'",
            "MinUptime=0");
    try (Program program = start(conf, "--instances=1", "--listen=" + freePort())) {
      String pid = program.await("worker 0 \\(pid (\\d+)\\) started", 1).group(1);
      String child = program.await("^child (\\d+)", 1).group(1);
      var left = ProcessHandle.of(Long.parseLong(child)).orElseThrow().onExit();
      new ProcessBuilder("kill", "-KILL", pid).start().waitFor();
      program.await("was killed by SIGKILL", 1);
      left.get(30, TimeUnit.SECONDS);
      program.await("worker 0 \\(pid \\d+\\) started", 2);
    }
  }
}
