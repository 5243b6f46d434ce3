package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import jcluster.load.Report;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands for the unit without a size do what they say, or fail and say why. */
@Tag("once")
class UnitsTest extends SystemTest {
  private static String state(String unit) throws Exception {
    return machine.run("systemctl", "is-active", unit).output().strip();
  }

  private static void awaitState(String unit, String state) throws Exception {
    Machine.awaitThat(
        unit + " " + state,
        () -> machine.run("systemctl", "is-active", unit).output().strip(),
        state::equals);
  }

  /** Waits until another supervisor has taken this one's place. */
  private static void awaitRestart(String pid) throws Exception {
    Machine.awaitThat(
        "another than " + pid, () -> machine.show("1", "MainPID"), p -> !p.equals(pid));
    awaitState("myapp@1.service", "active");
  }

  private static void refused() throws Exception {
    fails("curl", "-s", "http://127.0.0.1:8080/");
  }

  @Test
  void withNothingEnabledStartFailsAndSaysWhatToType() throws Exception {
    fails("systemctl", "start", "myapp");
    String advice = "none is enabled; to start one: systemctl start myapp@max.service";
    assertTrue(machine.journal("-t", "myapp").contains(advice), machine.journal());
    assertTrue(machine.run("systemctl", "status", "myapp").output().contains(advice));
    refused();
  }

  @Test
  void withNothingRunningReloadFailsAndRestartAndStopStartNothing() throws Exception {
    fails("systemctl", "reload", "myapp");
    fails("systemctl", "restart", "myapp");
    ok("systemctl", "stop", "myapp");
    refused();
  }

  @Test
  void startStartsTheEnabledSize() throws Exception {
    ok("systemctl", "enable", "myapp@2.service");
    ok("systemctl", "start", "myapp");
    assertEquals("2/2 ready, generation 1", machine.status("2"));
    ok("systemctl", "stop", "myapp");
    assertEquals("inactive", state("myapp@2.service"));
    refused();
    ok("systemctl", "restart", "myapp");
    assertEquals("2/2 ready, generation 1", machine.status("2"));
  }

  @Test
  void startFailsIfTheEnabledSizeDoes() throws Exception {
    machine.configure("Command=false");
    ok("systemctl", "enable", "myapp@1.service");
    fails("systemctl", "start", "myapp");
    fails("systemctl", "restart", "myapp");
    machine.configure();
    ok("systemctl", "start", "myapp");
    assertEquals("1/1 ready, generation 1", machine.status("1"));
  }

  @Test
  void reloadReloadsTheSizeThatRunsAndTellsTheResult() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    ok("systemctl", "reload", "myapp");
    assertEquals("1/1 ready, generation 2", machine.status("1"));
    machine.configure("Command=false");
    fails("systemctl", "reload", "myapp");
    assertEquals("active", state("myapp@1.service"));
    machine.configure();
    ok("systemctl", "reload", "myapp");
    assertEquals("1/1 ready, generation 4", machine.status("1"));
  }

  @Test
  void restartRestartsTheSizeThatRunsAndKeepsThePort() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    Set<String> before = machine.workers();
    try (Machine.Clients clients = machine.load(2)) {
      ok("systemctl", "restart", "myapp");
      Report report = clients.end();
      assertEquals(0, report.failed(), report::toString);
    }
    assertNotEquals(before, machine.workers());
    assertEquals("active", state("myapp.service"));
    machine.configure("Command=false");
    fails("systemctl", "restart", "myapp");
  }

  @Test
  void stopStopsTheSizeThatRunsAndClosesThePort() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    awaitState("myapp.service", "active");
    ok("systemctl", "stop", "myapp");
    assertEquals("inactive", state("myapp@1.service"));
    assertEquals("inactive", state("myapp@1.socket"));
    refused();
  }

  @Test
  void stoppingTheSizeStopsTheHandle() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    ok("systemctl", "stop", "myapp@1.service");
    awaitState("myapp.service", "inactive");
    refused();
  }

  @Test
  void statusShowsTheHandle() throws Exception {
    assertEquals(3, machine.run("systemctl", "status", "myapp").status());
    ok("systemctl", "start", "myapp@1.service");
    awaitState("myapp.service", "active");
    ok("systemctl", "status", "myapp");
  }

  @Test
  void theHandleComesBackWithASupervisorThatCrashed() throws Exception {
    ok("systemctl", "enable", "myapp@1.service");
    ok("systemctl", "start", "myapp");
    String pid = machine.show("1", "MainPID");
    ok("kill", "-KILL", pid);
    awaitRestart(pid);
    awaitState("myapp.service", "active");
    ok("systemctl", "reload", "myapp");
  }

  @Test
  void aSecondSizeIsRefusedThePortAndChangesNothing() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    Set<String> before = machine.workers();
    fails("systemctl", "start", "myapp@2.service");
    assertEquals(before, machine.workers());
    assertTrue(
        machine.journal().contains("myapp@2.socket: Failed to receive listening socket"),
        machine.journal());
    ok("systemctl", "reload", "myapp");
  }

  @Test
  void anotherSizeThanTheEnabledOneRunsAlone() throws Exception {
    ok("systemctl", "enable", "myapp@max.service");
    ok("systemctl", "start", "myapp@1.service");
    assertEquals("inactive", state("myapp@max.service"));
    awaitState("myapp.service", "active");
    ok("systemctl", "reload", "myapp");
    assertEquals("1/1 ready, generation 2", machine.status("1"));
  }

  @Test
  void aSizeThatFailedBeforeDoesNotBreakTheReload() throws Exception {
    fails("systemctl", "start", "myapp@banana.service");
    ok("systemctl", "start", "myapp@1.service");
    awaitState("myapp.service", "active");
    ok("systemctl", "reload", "myapp");
  }

  @Test
  void startFailsWhileTheSizeCrashes() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    awaitState("myapp.service", "active");
    machine.configure("Command=false");
    // Not by systemctl: where that has the kernel kill the whole cgroup (systemd 257), the command
    // of ExecStopPost= may die along with it.
    String workers = String.join(" ", machine.workers());
    ok("sh", "-c", "kill -KILL " + machine.show("1", "MainPID") + " " + workers);
    Machine.awaitThat(
        "crashes", () -> machine.show("1", "NRestarts"), n -> Integer.parseInt(n) > 0);
    fails("systemctl", "start", "myapp");
  }

  @Test
  void startFailsWhileTheSizeDrains() throws Exception {
    String drain = machine.slowDrain();
    machine.configure("Command=" + drain, "Ready=notify");
    ok("systemctl", "start", "myapp@1.service");
    awaitState("myapp.service", "active");
    ok("systemctl", "stop", "--no-block", "myapp@1.service");
    machine.await("draining", "-t", "myapp[0]");
    fails("systemctl", "start", "myapp");
    assertEquals("inactive", state("myapp@1.service"));
  }

  @Test
  void stopWaitsForTheDrain() throws Exception {
    machine.configure("Command=" + machine.slowDrain(), "Ready=notify");
    ok("systemctl", "start", "myapp@1.service");
    awaitState("myapp.service", "active");
    ok("systemctl", "stop", "myapp");
    assertEquals("inactive", state("myapp@1.service"));
    assertTrue(machine.journal("-t", "myapp[0]").contains("drained"), machine.journal());
  }

  /** The journal of the manager and of the handle, with microseconds. */
  private static String story() {
    try {
      return machine.journal("-o", "short-precise");
    } catch (IOException | InterruptedException e) {
      return e.toString();
    }
  }

  @Test
  void commandsInQuickSuccessionAreObeyed() throws Exception {
    for (int i = 0; i < 5; i++) {
      ok("systemctl", "start", "myapp@1.service");
      ok("systemctl", "reload", "myapp");
      assertEquals("1/1 ready, generation 2", machine.status("1"), UnitsTest::story);
      ok("systemctl", "stop", "myapp");
      assertEquals("inactive", state("myapp@1.service"));
    }
  }

  /** systemd would take the reload of a handle that still starts to be done with its start. */
  @ParameterizedTest
  @ValueSource(strings = {"myapp@1.service", "myapp.service"})
  void aSizeIsUpWhenItsHandleIs(String unit) throws Exception {
    machine.dropIn("myapp.service", "[Service]\nExecStart=sleep 1\n");
    ok("systemctl", "enable", "myapp@1.service");
    ok("systemctl", "start", unit);
    assertEquals("active", state("myapp@1.service"));
    assertEquals("active", state("myapp.service"));
    ok("systemctl", "reload", "myapp");
    assertEquals("1/1 ready, generation 2", machine.status("1"), UnitsTest::story);
  }

  @Test
  void anApplicationOfAnotherNameNeedsNoEditing() throws Exception {
    for (String unit : new String[] {"@.service", "@.socket", ".service"}) {
      machine.output(
          "sh",
          "-c",
          "sed s/^ListenStream=.*/ListenStream=8081/ $(systemctl show -P FragmentPath myapp"
              + unit.replace("@", "@1")
              + ") >/etc/systemd/system/shop"
              + unit);
    }
    machine.output(
        "sh",
        "-c",
        "cd /etc/jcluster && cp myapp.conf shop.conf && echo PortMap=8080:8081 >>shop.conf");
    machine.output("systemctl", "daemon-reload");
    ok("systemctl", "start", "myapp@1.service", "shop@2.service");
    ok("systemctl", "reload", "shop");
    assertEquals(
        "2/2 ready, generation 2",
        machine.output("systemctl", "show", "-P", "StatusText", "shop@2"));
    assertEquals("1/1 ready, generation 1", machine.status("1"));
    machine.await("listening on .*:8081", "-t", "shop[1]");
    Machine.Result several = machine.run("jcluster", "status");
    assertEquals(2, several.status());
    String message = "jcluster: several applications are running, name one: myapp, shop";
    assertTrue(several.output().startsWith(message), several.output());
    assertEquals(
        "myapp: 1/1 ready, generation 1\nshop: 2/2 ready, generation 2",
        machine.output("jcluster", "list"));
    ok("systemctl", "stop", "shop");
    fails("systemctl", "start", "shop");
    assertEquals("active", state("myapp@1.service"));
  }

  @Test
  void anotherFolderOfTheUnitIsFound() throws Exception {
    machine.dropIn("[Service]\nRuntimeDirectory=\nRuntimeDirectory=shop\n");
    ok("systemctl", "start", "myapp@1.service");
    ok("systemctl", "reload", "myapp");
    assertEquals("1/1 ready, generation 2", machine.status("1"));
    ok("jcluster", "reload", "shop");
    assertEquals("1/1 ready, generation 3", machine.status("1"));
  }

  /** systemd then makes it a link to one in /run/private, because the user is a dynamic one. */
  @Test
  void aFolderThatOutlivesTheSupervisorIsFound() throws Exception {
    machine.dropIn("[Service]\nRuntimeDirectoryPreserve=restart\n");
    ok("systemctl", "start", "myapp@1.service");
    ok("systemctl", "reload", "myapp");
    ok("jcluster", "reload", "myapp");
    ok("jcluster", "reload");
    assertEquals("1/1 ready, generation 4", machine.status("1"));
  }

  @Test
  void rootTakesNoAnswerFromAFolderThatAnyoneCanMake() throws Exception {
    String folder = "/tmp/jcluster-0/fake";
    machine.output("mkdir", "-p", folder);
    machine.output("chown", "-R", "nobody:", "/tmp/jcluster-0");
    Process fake =
        machine.start(
            "setpriv",
            "--reuid=nobody",
            "--clear-groups",
            "systemd-socket-activate",
            "--accept",
            "--inetd",
            "--listen=" + folder + "/control.sock",
            "sh",
            "-c",
            "read request; echo = 0 reloaded");
    try {
      Machine.awaitThat(
          "the socket is there",
          () -> machine.run("stat", "-c", "%F", folder + "/control.sock").output().strip(),
          "socket"::equals);
      assertEquals(3, machine.run("jcluster", "reload", "fake").status());
    } finally {
      machine.output("rm", "-r", "/tmp/jcluster-0");
      fake.destroyForcibly();
    }
  }
}
