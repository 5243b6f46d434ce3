package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.load.Report;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When a supervisor is gone, the next one takes its workers over. */
@Tag("once")
class TakeoverTest extends SystemTest {
  private static final String READY = "2/2 ready, generation 1";

  @BeforeEach
  void start() throws Exception {
    ok("systemctl", "start", "myapp@2.service");
    Machine.awaitThat(
        "active",
        () -> machine.output("systemctl", "show", "-P", "ActiveState", "myapp.service"),
        "active"::equals);
  }

  private static String pid() throws IOException, InterruptedException {
    return machine.show("2", "MainPID");
  }

  private static void kill(String pid) throws Exception {
    ok("kill", "-KILL", pid);
  }

  private static void awaitSuccessorOf(String pid) throws Exception {
    Machine.awaitThat("another", TakeoverTest::pid, p -> !p.equals(pid) && !p.equals("0"));
    Machine.awaitThat("active", () -> machine.show("2", "ActiveState"), "active"::equals);
  }

  private static void assertNothingIsLeft() throws Exception {
    assertEquals(Set.of(), machine.workers());
    assertEquals("", machine.run("pgrep", "-f", "demo.jar").output());
  }

  @Test
  void aSupervisorThatIsKilledTenTimesUnderLoadCostsNothing() throws Exception {
    Set<String> workers = machine.workers();
    assertEquals(2, workers.size());
    try (Machine.Clients clients = machine.load(8)) {
      for (int i = 0; i < 10; i++) {
        String pid = pid();
        kill(pid);
        awaitSuccessorOf(pid);
        assertEquals(READY, machine.status("2"));
        assertEquals(workers, machine.workers());
        assertEquals(
            "active", machine.output("systemctl", "show", "-P", "ActiveState", "myapp.service"));
      }
      Report report = clients.end();
      assertEquals(0, report.failed(), report::toString);
    }
    ok("systemctl", "reload", "myapp");
    assertEquals("2/2 ready, generation 2", machine.status("2"));
    ok("systemctl", "stop", "myapp");
    assertNothingIsLeft();
  }

  @Test
  void aReloadThatIsUnderWayIsFinished() throws Exception {
    try (Machine.Clients clients = machine.load(8)) {
      String pid = pid();
      Process reload = machine.start("systemctl", "reload", "myapp");
      machine.await("reload to generation 2 begins");
      kill(pid);
      assertNotEquals(0, reload.waitFor());
      awaitSuccessorOf(pid);
      machine.awaitStatus("2", "2/2 ready, generation 2");
      Report report = clients.end();
      assertEquals(0, report.failed(), report::toString);
    }
    assertTrue(machine.journal().contains("reloaded 2 workers"), machine.journal());
  }

  /**
   * Whether accept(2) on the shared socket would wait, as seen by a worker: O_NONBLOCK is 04000.
   */
  private static boolean isNonBlocking(String worker) throws IOException, InterruptedException {
    String info = machine.output("cat", "/proc/" + worker + "/fdinfo/3");
    Matcher flags = Pattern.compile("flags:\\s+([0-7]+)").matcher(info);
    assertTrue(flags.find(), info);
    return (Integer.parseInt(flags.group(1), 8) & 04000) != 0;
  }

  @Test
  void noWorkerHangsInAcceptBecauseASupervisorStarts() throws Exception {
    String worker = machine.workers().iterator().next();
    assertTrue(isNonBlocking(worker));
    String pid = pid();
    kill(pid);
    Machine.awaitThat(
        "another that is active",
        () -> {
          assertTrue(isNonBlocking(worker));
          return pid().equals(pid) ? "" : machine.show("2", "ActiveState");
        },
        "active"::equals);
    assertTrue(isNonBlocking(worker));
  }

  @Test
  void aUnitThatMakesTheSocketBlockingIsPutRight() throws Exception {
    String worker = machine.workers().iterator().next();
    machine.dropIn("[Service]\nNonBlocking=no\n");
    String pid = pid();
    kill(pid);
    awaitSuccessorOf(pid);
    assertTrue(isNonBlocking(worker));
  }

  @Test
  void theWorkersKeepTheirTemporaryFiles() throws Exception {
    String worker = machine.workers().iterator().next();
    ok("sh", "-c", "echo kept >/proc/" + worker + "/root/tmp/file");
    String pid = pid();
    kill(pid);
    awaitSuccessorOf(pid);
    assertEquals("kept", machine.output("cat", "/proc/" + worker + "/root/tmp/file"));
    ok("systemctl", "stop", "myapp");
    assertEquals("", machine.output("find", "/var/cache/myapp/tmp/", "-mindepth", "1"));
  }

  @Test
  void aStopBeforeTheNextSupervisorIsThereLeavesNothing() throws Exception {
    machine.dropIn("[Service]\nRestartSec=1h\n");
    kill(pid());
    Machine.awaitThat("auto-restart", () -> machine.show("2", "SubState"), "auto-restart"::equals);
    assertEquals(2, machine.workers().size());
    assertTrue(machine.get().startsWith("Hello"));
    ok("systemctl", "stop", "myapp@2");
    Machine.awaitThat("none", () -> machine.workers().toString(), "[]"::equals);
    assertNothingIsLeft();
  }

  @Test
  void aStopThatTakesTooLongLeavesNothing() throws Exception {
    ok("systemctl", "stop", "myapp");
    machine.configure(
        "Command=sh -c 'trap \"\" INT TERM; systemd-notify --ready; while :; do sleep 0.1; done'",
        "Ready=notify",
        "StopTimeout=1h");
    machine.dropIn("[Service]\nTimeoutStopSec=2\n");
    ok("systemctl", "start", "myapp@1");
    // The supervisor asks for as long as StopTimeout= is: one that cannot ask any more.
    Process stop = machine.start("systemctl", "stop", "myapp@1");
    machine.await("stopping", "-t", "myapp");
    kill(machine.show("1", "MainPID"));
    stop.waitFor();
    Machine.awaitThat("none", () -> machine.workers().toString(), "[]"::equals);
    assertEquals("failed", machine.show("1", "ActiveState"));
  }

  @Test
  void aKillOfAllLeavesNothingBehindButWhatIsStartedAnew() throws Exception {
    Set<String> workers = machine.workers();
    String pid = pid();
    ok("systemctl", "kill", "--signal=KILL", "myapp@2");
    awaitSuccessorOf(pid);
    Machine.awaitThat("2", () -> String.valueOf(machine.workers().size()), "2"::equals);
    for (String worker : machine.workers()) {
      assertFalse(workers.contains(worker), worker);
    }
  }

  @Test
  void aWrongConfigurationLeavesNothingBehind() throws Exception {
    ok("systemctl", "stop", "myapp");
    machine.configure("Nonsense=1");
    assertNotEquals(0, machine.run("systemctl", "start", "myapp@2").status());
    assertNothingIsLeft();
  }
}
