package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jcluster.load.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The installed program on a real systemd, used as an operator would. */
class InstalledTest extends SystemTest {
  // Sizes

  @ParameterizedTest
  @CsvSource({"max, 0", "0, 0", "-1, -1", "-100, -100", "3, 3"})
  void startGivesAsManyReadyWorkersAsItsSize(String size, int meant) throws Exception {
    int cpus = Integer.parseInt(machine.output("nproc"));
    int expected = meant > 0 ? meant : Math.max(1, cpus + meant);
    ok("systemctl", "start", "myapp@" + size + ".service");
    assertEquals(expected + "/" + expected + " ready, generation 1", machine.status(size));
    assertEquals(expected, machine.workers().size());
    Set<String> answered = new HashSet<>();
    for (int i = 0; i < 200 && answered.size() < expected; i++) {
      answered.add(machine.answering());
    }
    assertEquals(machine.workers(), answered);
  }

  @Test
  void anInvalidSizeIsRefusedAndNotRetried() throws Exception {
    fails("systemctl", "start", "myapp@banana.service");
    assertEquals("failed", machine.show("banana", "ActiveState"));
    assertEquals("78", machine.show("banana", "ExecMainStatus"));
    assertEquals("0", machine.show("banana", "NRestarts"));
    String sentence =
        "'banana' is not a number of instances: allowed are max, 0 (the same), N from 1 to 1024, or"
            + " -N for all CPUs but N";
    assertTrue(machine.journal("-t", "myapp").contains(sentence), machine.journal());
    assertEquals(sentence, machine.show("banana", "StatusText"));
    assertEquals("22", machine.show("banana", "StatusErrno"));
  }

  // Reload

  @Test
  void reloadReplacesEveryWorkerAndLosesNothing() throws Exception {
    ok("systemctl", "start", "myapp@2.service");
    Set<String> before = machine.workers();
    try (Machine.Clients clients = machine.load(8)) {
      ok("systemctl", "reload", "myapp");
      ok("systemctl", "reload", "myapp");
      Report report = clients.end();
      assertEquals(0, report.failed(), report::toString);
    }
    Set<String> after = machine.workers();
    assertEquals(2, after.size());
    assertTrue(before.stream().noneMatch(after::contains), before + " and " + after);
    assertEquals("2/2 ready, generation 3", machine.status("2"));
    assertEquals("success", machine.show("2", "ReloadResult"));
  }

  @Test
  void aMistakeInTheConfigurationIsRefusedWithItsPlace() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    Set<String> before = machine.workers();
    machine.configure("ReadyTimeuot=3s");
    fails("systemctl", "reload", "myapp");
    assertTrue(
        machine.journal("-t", "myapp").contains("/etc/jcluster/myapp.conf:2: "), machine.journal());
    assertEquals(before, machine.workers());
    machine.configure();
    ok("systemctl", "reload", "myapp");
    assertNotEquals(before, machine.workers());
  }

  @Test
  void scaleChangesTheNumberOfWorkersAndReloadKeepsIt() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    ok("jcluster", "scale", "myapp", "3");
    assertEquals(3, machine.workers().size());
    ok("systemctl", "reload", "myapp");
    assertEquals("3/3 ready, generation 2", machine.status("1"));
    ok("jcluster", "scale", "myapp", "-2");
    assertEquals(1, machine.workers().size());
  }

  // Bad days

  @Test
  void aSupervisorThatHangsIsReplacedByTheWatchdog() throws Exception {
    machine.dropIn("[Service]\nWatchdogSec=2s\n");
    ok("systemctl", "start", "myapp@1.service");
    String pid = machine.show("1", "MainPID");
    ok("kill", "-STOP", pid);
    machine.await("myapp@1.service: Watchdog timeout", "-u", "myapp@1.service");
    machine.awaitStatus("1", "1/1 ready, generation 1");
    assertNotEquals(pid, machine.show("1", "MainPID"));
  }

  @Test
  void aBuildThatCannotStartFailsTheStart() throws Exception {
    machine.dropIn("[Service]\nRestartSec=1min\n"); // The next start has another status.
    machine.configure("Command=java -jar /no/such/build.jar");
    fails("systemctl", "start", "myapp@2.service");
    machine.await("start failed: worker \\d \\(pid \\d+\\) exited with status 1", "-t", "myapp");
    assertEquals("10", machine.show("2", "StatusErrno"));
    assertTrue(machine.status("2").startsWith("start failed; worker "), machine.status("2"));
  }

  @Test
  void aStepLongerThanSystemdsTimeoutIsWaitedFor() throws Exception {
    // Long enough for the supervisor itself to start on a busy machine
    machine.dropIn("[Service]\nTimeoutStartSec=8s\nTimeoutStopSec=2s\n");
    machine.configure(
        "Command=sh -c 'trap \"sleep 4; exit 0\" INT; sleep 9; systemd-notify --ready;"
            + " while :; do sleep 0.05; done'",
        "Ready=notify");
    ok("systemctl", "start", "myapp@1.service");
    ok("systemctl", "reload", "myapp@1.service");
    assertEquals("1/1 ready, generation 2", machine.status("1"));
    ok("systemctl", "stop", "myapp@1.service");
    assertEquals("success", machine.show("1", "Result"));
  }

  // Stop

  @Test
  void stopClosesThePortAndLeavesNoProcess() throws Exception {
    ok("systemctl", "start", "myapp@2.service");
    String cgroup = machine.show("2", "ControlGroup");
    ok("systemctl", "stop", "myapp@2.service");
    assertEquals("inactive", machine.show("2", "ActiveState"));
    assertEquals("success", machine.show("2", "Result"));
    fails("curl", "-s", "http://127.0.0.1:8080/");
    fails("test", "-e", "/sys/fs/cgroup" + cgroup);
    fails("pgrep", "-f", Machine.DEMO);
    fails("test", "-e", "/run/myapp");
    assertEquals(3, machine.run("jcluster", "status", "myapp").status());
  }

  // Surroundings

  @Test
  void theJournalKnowsEachWorkerByItsSlotAndItsPid() throws Exception {
    ok("systemctl", "start", "myapp@2.service");
    for (int slot = 0; slot < 2; slot++) {
      machine.await("listening on", "-t", "myapp[" + slot + "]");
      String pid =
          machine.output(
              "journalctl",
              "-t",
              "myapp[" + slot + "]",
              "-o",
              "cat",
              "--output-fields=_PID",
              "-n1");
      assertTrue(machine.workers().contains(pid), pid + " is none of " + machine.workers());
      List<String> others = List.of(machine.journal("_PID=" + pid, "-o", "cat").split("\n"));
      assertEquals(List.of("listening on /[0:0:0:0:0:0:0:0]:8080"), others);
    }
  }

  @Test
  void itRunsUnprivilegedAndWithNoexecEverywhereItCanWrite() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    String pid = machine.workers().iterator().next();
    assertNotEquals("0", machine.output("stat", "-c", "%u", "/proc/" + pid));
    for (String path : List.of("/tmp", "/run")) {
      String mounts =
          machine.output("nsenter", "-t", pid, "-m", "findmnt", "-no", "OPTIONS", "-T", path);
      assertTrue(mounts.contains("noexec"), path + ": " + mounts);
    }
    assertEquals(
        "1",
        machine.output("systemctl", "show", "-P", "DynamicUser", "myapp@1").replace("yes", "1"));
  }

  @Test
  void withoutOutboundNetworkItServesAndReloads() throws Exception {
    machine.dropIn(machine.output("cat", "/usr/share/jcluster/no-outbound.conf") + "\n");
    ok("systemctl", "start", "myapp@2.service");
    Set<String> before = machine.workers();
    try (Machine.Clients clients = machine.load(4)) {
      ok("systemctl", "reload", "myapp");
      Report report = clients.end();
      assertEquals(0, report.failed(), report::toString);
      assertTrue(report.answered() > 0, report::toString);
    }
    Set<String> after = machine.workers();
    assertTrue(before.stream().noneMatch(after::contains), before + " and " + after);
    // Where the worker is, not even its own port is to be reached.
    String pid = after.iterator().next();
    fails("nsenter", "-t", pid, "-n", "curl", "-s", "http://127.0.0.1:8080/");
    assertEquals(
        "lo", machine.output("nsenter", "-t", pid, "-n", "sh", "-c", "ls /proc/net/dev_snmp6"));
  }

  @Test
  void statusIsReadable() throws Exception {
    ok("systemctl", "start", "myapp@2.service");
    String[] lines = machine.output("jcluster", "status").split("\n");
    assertEquals("myapp: 2/2 ready, generation 1", lines[0]);
    assertEquals("SLOT  PID", lines[1].substring(0, 9));
    assertTrue(lines[2].matches("0 +\\d+ +1 +ready +.* +0 +\\d+\\.\\dM +\\d+ +\\d+ +0"), lines[2]);
    assertTrue(lines[3].matches("1 +\\d+ +1 +ready +.* +0 +\\d+\\.\\dM +\\d+ +\\d+ +0"), lines[3]);
    assertEquals(4, lines.length);
    String json = machine.output("jcluster", "status", "--json", "myapp");
    assertTrue(json.contains("\n  \"ready\": 2,\n"), json);
  }

  @Test
  void theUnitAsInstalledIsHardened() throws IOException, InterruptedException {
    String verdict =
        machine.output("systemd-analyze", "security", "--no-pager", "myapp@max.service");
    String last = verdict.substring(verdict.lastIndexOf("Overall exposure"));
    double exposure = Double.parseDouble(last.replaceAll("(?s).*: ([0-9.]+) .*", "$1"));
    assertTrue(exposure <= 1.5, last);
  }
}
