package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.load.Load;
import jcluster.load.Report;
import jcluster.os.Fd;
import jcluster.os.Sockets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The built program when a supervisor is gone and its workers are not. */
@Tag("once")
class TakeoverTest extends SupervisorsTest {
  /** At every how many of the calls in question something happens. */
  private static final int EVERY = Integer.getInteger("jcluster.every", 1);

  /** One of the first {@link #EVERY} calls, counting from 1. */
  private static int anyOfTheFirst() {
    return 1 + new Random().nextInt(EVERY);
  }

  @Test
  void theNextOneServesFromTheSameSocketsWithTheSameWorkers() throws Exception {
    configure(DEMO);
    Program first = start(2);
    first.await("started 2 workers");
    Set<Integer> before = workers();
    assertEquals(2, before.size());
    var address = Cluster.loopback(cluster.port);
    try (Load load =
        Load.to(address)
            .newConnections(4)
            .keepAlive(4)
            .with("--think=10", "--expect=Hello from pid (?<worker>\\d+)\n")
            .start()) {
      load.awaitGoing();
      first.kill();
      Program second = start(2);
      second.await("this one goes on with 2 of them$");
      assertEquals(before, workers());
      cluster.reload();
      Report report = load.stop();
      assertEquals(0, report.failed(), report::toString);
      assertTrue(workers().stream().noneMatch(before::contains));
      second.signal("TERM");
      assertEquals(0, second.await());
    }
    try (var left = Files.list(run)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void onlyTheReloadCommandOfTheUnitSaysThatTheReloadIsOver(boolean ofUnit) throws Exception {
    String manager = folder.resolve("manager").toString();
    try (Fd receiver = Sockets.receiverUnix(manager)) {
      configure("Command=sleep 300", "Ready=start");
      Program supervisor = start(1);
      supervisor.await("started 1 worker");
      configure("Command=sleep 300", "Ready=notify");
      var variables = new HashMap<>(cluster.environment);
      variables.put("NOTIFY_SOCKET", manager);
      variables.put("RUNTIME_DIRECTORY", (ofUnit ? run : folder).toString());
      var reload = new Program(variables, "reload", "t");
      supervisor.await("reload to generation 2 begins");
      supervisor.kill();
      assertEquals(1, reload.await());
      assertEquals(
          ofUnit ? Optional.of("READY=1") : Optional.empty(),
          Sockets.receive(receiver, 64)
              .map(told -> new String(told.bytes(), StandardCharsets.UTF_8)));
    }
  }

  @Test
  void aReloadThatIsUnderWayIsFinished() throws Exception {
    configure(SLEEPS);
    Program first = start(3);
    first.await("started 3 workers");
    Set<Integer> before = workers();
    first.signal("HUP");
    first.await("worker 0: pid");
    first.kill();
    Program second = start(3);
    second.await("reloaded 3 workers in .*, generation 2");
    assertTrue(workers().stream().noneMatch(before::contains));
  }

  @Test
  void howAWorkerEndedThatIsNotItsChildIsKnownWhereTheKernelTells() throws Exception {
    configure(SLEEPS);
    Program first = start(1);
    first.await("started 1 worker");
    int worker = workers().iterator().next();
    first.kill();
    Program second = start(1);
    second.await("goes on with 1 of them");
    assertTrue(ProcessHandle.of(worker).orElseThrow().destroyForcibly());
    second.await("(was killed by SIGKILL|ended, it is not known how,) .*after ");
    second.await("worker 0 \\(pid \\d+\\) started");
  }

  @Test
  void aWorkerThatIsLostMeanwhileIsReplaced() throws Exception {
    configure(SLEEPS);
    Program first = start(2);
    first.await("started 2 workers");
    List<Integer> before = List.copyOf(workers());
    first.kill();
    ProcessHandle lost = ProcessHandle.of(before.get(0)).orElseThrow();
    lost.destroyForcibly();
    lost.onExit().get(30, TimeUnit.SECONDS);
    Program second = start(2);
    second.await("goes on with 1 of them");
    second.await("\\(pid " + before.get(0) + "\\) ended, it is not known how,");
    second.await("worker \\d \\(pid \\d+\\) started");
    assertTrue(workers().contains(before.get(1)));
  }

  @Test
  void workersThatServeFromOtherSocketsAreTold() throws Exception {
    configure(SLEEPS);
    Program first = start(1);
    first.await("started 1 worker");
    int worker = workers().iterator().next();
    first.kill();
    Files.writeString(run.resolve("state"), "nonsense");
    Program second = start(1);
    second.await("worker \\(pid " + worker + "\\) .* was told to stop, for it cannot be taken");
    ProcessHandle.of(worker).ifPresent(w -> w.onExit().join());
  }

  @Test
  void aWorkerWhoseSupervisorAndItsFilesAreGoneEndsByItself() throws Exception {
    configure(DEMO);
    Program first = start(1);
    first.await("started 1 worker");
    ProcessHandle worker = ProcessHandle.of(workers().iterator().next()).orElseThrow();
    Files.delete(run.resolve("alive"));
    first.kill();
    first.await("this worker ends: its supervisor and its files are gone");
    worker.onExit().get(30, TimeUnit.SECONDS);
  }

  /**
   * At each call by which it writes down what it knows, in a life with a start, a reload, a stop;
   * or at every third of them, from a random one on ({@code make test EVERY=3}, which is usual).
   */
  @Test
  void wheneverItIsKilledWhileItWritesTheNextOneGoesOn() throws Exception {
    configure(SLEEPS);
    Map<String, String> variables = new HashMap<>();
    variables.put("LD_PRELOAD", System.getProperty("jcluster.killer"));
    variables.put("KILL_NAME", "state");
    int at = anyOfTheFirst();
    for (; ; at += EVERY) {
      variables.put("KILL_AT", String.valueOf(at));
      try (Program first = cluster.start(1, variables)) {
        if (live(first)) {
          break;
        }
        goesOn("KILL_AT=" + at + " " + first.output());
      }
    }
    assertTrue(at > 21, "there are fewer than " + at + " calls");
  }

  /** At each call that has to do with what it hands over, or at every third as above. */
  @Test
  void aSignalAtAnyMomentOfAnUpgradeIsObeyed() throws Exception {
    configure(SLEEPS);
    Map<String, String> variables = new HashMap<>();
    variables.put("LD_PRELOAD", System.getProperty("jcluster.killer"));
    variables.put("KILL_NAME", "handover");
    variables.put("KILL_SIGNAL", "15");
    variables.put("KILL_MARK", folder.resolve("mark").toString());
    int at = anyOfTheFirst();
    for (boolean came = true; came; at += came ? EVERY : 0) {
      variables.put("KILL_AT", String.valueOf(at));
      try (Program program = cluster.start(1, variables)) {
        program.await("started 1 worker$");
        Program upgrade = cluster.ask("upgrade", "t");
        program.awaitOrEnd("took over from .* with 1 worker");
        came = Files.exists(folder.resolve("mark" + program.pid()));
        if (!came) {
          assertEquals(0, upgrade.await(), upgrade.output()::toString);
          program.signal("TERM");
        }
        assertEquals(0, program.await(), program.output()::toString);
      }
    }
    assertTrue(at > 11, "there are fewer than " + at + " calls");
  }

  /** As the program of a container, whose orphans become its children. */
  @Test
  void asProcessOneItReapsStrangers() throws Exception {
    Assumptions.assumeTrue(Files.getAttribute(folder, "unix:uid").equals(0), "it takes root");
    Path launcher = folder.resolve("jcluster");
    String unshare = "exec unshare --pid --fork --kill-child --mount-proc ";
    Files.write(launcher, List.of("#!/bin/sh", unshare + "'" + Program.LAUNCHER + "' \"$@\""));
    assertTrue(launcher.toFile().setExecutable(true));
    configure("Command=sh -c '(for i in 1 2 3 4 5 6 7 8; do (sleep 0.3 &); done); exec sleep 600'");
    Program program = cluster.launcher(launcher).start(1);
    program.await("started 1 worker$");
    ProcessHandle first =
        ProcessHandle.of(program.pid()).orElseThrow().children().findFirst().orElseThrow();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (first.children().count() > 1) {
      assertTrue(System.nanoTime() < end, () -> first.children().toList().toString());
      first
          .children()
          .skip(1)
          .findFirst()
          .ifPresent(p -> p.onExit().completeOnTimeout(p, 1, TimeUnit.SECONDS).join());
    }
    first.destroy();
    program.awaitEnd();
  }

  /** Whether a supervisor lives to its end. */
  private static boolean live(Program program) throws Exception {
    if (program.awaitOrEnd("started 1 worker$")) {
      program.signal("HUP");
      if (program.awaitOrEnd("reloaded 1 worker")) {
        program.signal("TERM");
      }
    }
    return program.awaitEnd() == 0;
  }

  private void goesOn(String before) throws Exception {
    boolean left = !workers().isEmpty();
    try (Program next = start(1)) {
      if (left && !before.contains("t: stopping")) {
        next.await("goes on with [012] of them");
        // Whatever was under way is finished, and then it can be reloaded.
        next.signal("HUP");
        next.await("reloaded 1 worker in|started 1 worker$");
        next.signal("TERM");
      } else if (!left) {
        next.await("started 1 worker$");
        next.signal("TERM");
      }
      assertEquals(0, next.await(), () -> before + next.output());
      assertEquals(Set.of(), workers(), () -> before + next.output());
    }
  }

  /** A failure of the program itself, in the midst of what it does. */
  @ParameterizedTest
  @ValueSource(
      classes = {OutOfMemoryError.class, StackOverflowError.class, IllegalStateException.class})
  void aFailureOfItsOwnCostsNothing(Class<?> failure) throws Exception {
    configure(SLEEPS);
    Program program = start(1, "reload to generation 2 begins", failure, true);
    program.await("started 1 worker");
    program.signal("HUP");
    program.await("this supervisor has failed: " + failure.getName());
    program.await("goes on with 1 of them");
    program.await("reloaded 1 worker in");
    assertEquals(1, workers().size());
    program.signal("TERM");
    assertEquals(0, program.await());
  }

  @Test
  void aFailureThatComesBackAgainAndAgainEndsIt() throws Exception {
    configure(SLEEPS);
    Program program = start(1, "goes on with|reload to generation 2", Error.class, false);
    program.await("started 1 worker");
    program.signal("HUP");
    assertNotEquals(0, program.awaitEnd());
    program.await("this supervisor has failed 6 times in a row");
    // Its workers serve on until the next one begins, which is anew: that state was tried enough.
    Set<Integer> left = workers();
    assertFalse(left.isEmpty());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!start(1).awaitOrEnd("started 1 worker$")) { // The port may be in use for a while.
      assertTrue(System.nanoTime() < end, "the next one never comes up");
    }
    assertTrue(workers().stream().noneMatch(left::contains));
  }

  /** Starts one that fails when it writes a line to its log. */
  private Program start(int instances, String line, Class<?> failure, boolean once)
      throws IOException {
    Path home = Files.createDirectories(folder.resolve("home/bin"));
    String build = System.getProperty("jcluster.build");
    String planted =
        String.join(
            ":", List.of(build + "/test/unit", build + "/jcluster.jar", build + "/jna.jar"));
    Path java = home.resolve("java");
    Files.write(
        java,
        List.of(
            "#!/bin/bash",
            "words=()",
            "for word; do",
            "  [[ $word == -jar ]] && words+=(-cp '" + planted + "') && continue",
            "  [[ $word == */jcluster.jar ]] && words+=(jcluster.cli.Planted '"
                + line
                + "' "
                + failure.getName()
                + " '"
                + (once ? folder.resolve("once") : "")
                + "') && continue",
            "  words+=(\"$word\")",
            "done",
            "exec '" + System.getProperty("java.home") + "/bin/java' \"${words[@]}\""));
    assertTrue(java.toFile().setExecutable(true));
    Map<String, String> variables = new HashMap<>();
    variables.put("JAVA_HOME", home.getParent().toString());
    return cluster.start(instances, variables);
  }
}
