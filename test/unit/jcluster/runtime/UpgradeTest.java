package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.config.Config;
import jcluster.config.ConfigFile;
import jcluster.control.ControlServer;
import jcluster.model.Action;
import jcluster.model.Event;
import jcluster.model.Fleet;
import jcluster.model.Signal;
import jcluster.model.Supervisor;
import jcluster.os.Poll;
import jcluster.runtime.BalancePage.Counts;
import jcluster.systemd.Endpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is handed over, and a program that does not say whether it can go on with it. */
final class UpgradeTest {
  @TempDir Path folder;

  /** That of two workers in the middle of a reload. */
  private Handover handover() throws Exception {
    Path file = folder.resolve("t.conf");
    Files.writeString(
        file,
        """
        [Worker]
        Command=java -jar "an app.jar"
        WorkingDirectory=/
        Environment="A=b \\"c\\"" D=
        PortMap=8080:http
        IncrementVariable=PORT=9000
        """);
    Config config = ConfigFile.load(file, Optional.empty(), "");
    Fleet fleet = Fleet.of(2, 2, config.settings());
    List<Event> events = new ArrayList<>(List.of(new Event.Tick(1)));
    for (int worker = 0; worker < 2; worker++) {
      events.add(new Event.Spawned(2, worker, 100 + worker));
      events.add(new Event.Reported(3, worker));
    }
    long later = 4 + config.settings().minUptime();
    events.add(new Event.Tick(later));
    events.add(new Event.Reload(later, Optional.of(7L), config.settings(), 2));
    for (Event event : events) {
      fleet = Supervisor.on(fleet, event).fleet();
    }
    assertTrue(fleet.rollout().isPresent(), fleet::toString);
    var child =
        new WorkerProcess.Kept(
            0,
            0,
            config.settings().ready(),
            3,
            100,
            "so \"far\"",
            true,
            false,
            new BindProgress.State(List.of("[::]:80"), "http [::]:8080", true, false),
            List.of(new Jar("/a.jar", "1:2", "3")),
            Optional.of(10),
            Optional.of(11),
            Optional.of("last exited with status 1"));
    return new Handover(
        "0.1",
        8,
        5,
        fleet,
        Map.of(1, config, 2, config),
        List.of(new Handover.Socket(new Endpoint("http", Endpoint.Kind.TCP, 4711, 8080, "0:0"), 3)),
        new Workers.State(4, 5, List.of(child), Optional.of(12), Map.of(1, new Counts(0, 12, 3))),
        new ControlServer.State(
            6,
            9,
            List.of(
                new ControlServer.State.Waiting(
                    7, 8, "+ \u00ff\n", Optional.empty(), Optional.of("yes")),
                new ControlServer.State.Waiting(8, 13, "", Optional.of("stat"), Optional.empty()))),
        List.of(new Action.Send(1, Signal.INT)));
  }

  @Test
  void theOtherProgramKnowsAllThatThisOneKnew() throws Exception {
    handover().write(folder);
    assertEquals(handover(), Handover.read(folder));
    assertEquals("rw-------", permissions("handover"));
    assertEquals(List.of(3, 4, 5, 12, 10, 6, 8, 13), handover().fds());
  }

  @Test
  void aVersionThatHandsOverNoDescriptorsOfProcessesIsUnderstood() throws Exception {
    handover().write(folder);
    Path file = folder.resolve("handover");
    Files.writeString(file, Files.readString(file).replace("pidfd[\"10\"]", ""));
    WorkerProcess.Kept kept = Handover.read(folder).workers().children().get(0);
    assertEquals(Optional.empty(), kept.pidfd());
    assertEquals(Optional.of(11), kept.probe());
    assertEquals(100, kept.pid());
  }

  @Test
  void aVersionThatKnowsNoReadinessBeyondListeningIsUnderstood() throws Exception {
    handover().write(folder);
    Path file = folder.resolve("handover");
    String without =
        Files.readString(file)
            .replaceAll("(probe|probed|probing|restingSince|drain|readyCommand)\\[[^\\]]*\\]", "");
    Files.writeString(file, without);
    assertFalse(without.contains("probe"), without);
    assertFalse(without.contains("keepAliveGrace"), without);
    Handover read = Handover.read(folder);
    WorkerProcess.Kept kept = read.workers().children().get(0);
    assertEquals(Optional.empty(), kept.probe());
    assertEquals(Optional.empty(), kept.probed());
    for (Config config : read.configs().values()) {
      assertEquals(handover().configs().get(1).draining(), config.draining());
      assertEquals(List.of(), config.readyCommand());
      assertEquals(Optional.empty(), config.settings().probe());
    }
    read.fleet().workers().forEach(w -> assertEquals(Optional.empty(), w.probing()));
  }

  @Test
  void aVersionThatHandsOverNoUnreadRequestsIsUnderstood() throws Exception {
    handover().write(folder);
    Path file = folder.resolve("handover");
    String without = Files.readString(file).replaceAll("(received|answered)\\[[^\\]]*\\]", "");
    Files.writeString(file, without);
    assertFalse(without.contains("received"), without);
    ControlServer.State.Waiting waiting = Handover.read(folder).control().waiting().get(0);
    assertEquals(
        new ControlServer.State.Waiting(7, 8, "+ \u00ff\n", Optional.empty(), Optional.empty()),
        waiting);
  }

  @Test
  void emptyWordsOfACommandLineAreWords() {
    assertEquals(List.of("java", "", "App", "", ""), Handover.words("java\0\0App\0\0\0"));
    assertEquals(List.of("java"), Handover.words("java\0"));
    assertEquals(List.of(""), Handover.words("\0"));
    assertEquals(List.of(), Handover.words(""));
  }

  @Test
  void whatCannotBeHandedOverIsSaidWithItsPath() throws Exception {
    Path none = folder.resolve("none");
    List<String> failures = new ArrayList<>();
    var upgrade =
        new Upgrade(new Poll(), () -> 1, List.of("/bin/true"), Map.of(), none, failures::add);
    upgrade.begin(handover());
    assertEquals(List.of("cannot write " + none + "/handover: it does not exist"), failures);
    var e = assertThrows(java.io.IOException.class, () -> Handover.read(none));
    assertEquals("cannot read " + none + "/handover: it does not exist", e.getMessage());
  }

  private String permissions(String name) throws Exception {
    return java.nio.file.attribute.PosixFilePermissions.toString(
        Files.getPosixFilePermissions(folder.resolve(name)));
  }

  @Test
  void aProgramThatDoesNotSayWhetherItCanIsGivenUp() throws Exception {
    long[] now = {1};
    List<String> failures = new ArrayList<>();
    var upgrade =
        new Upgrade(
            new Poll(),
            () -> now[0],
            List.of("/bin/sleep", "600"),
            Map.of(),
            folder,
            failures::add);
    assertFalse(upgrade.begun());
    upgrade.begin(handover());
    assertTrue(upgrade.begun());
    now[0] = upgrade.deadline() - 1;
    upgrade.expire();
    assertEquals(List.of(), failures);
    now[0]++;
    upgrade.expire();
    assertEquals(List.of("it was not done with checking within 30 s"), failures);
    assertFalse(upgrade.begun());
    assertFalse(upgrade.due());
    assertEquals(Fleet.NEVER, upgrade.deadline());
    assertEquals(0, ProcessHandle.current().children().filter(UpgradeTest::sleeps).count());
    try (var left = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("t.conf")), left.toList());
    }
  }

  private static boolean sleeps(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("/sleep");
  }

  @Test
  void aProgramThatNobodyKnowsCannotTakeOver() throws Exception {
    List<String> failures = new ArrayList<>();
    var upgrade = new Upgrade(new Poll(), () -> 1, List.of(), Map.of(), folder, failures::add);
    upgrade.begin(handover());
    assertEquals(List.of("this process was not started by the jcluster launcher"), failures);
    assertFalse(upgrade.begun());
  }
}
