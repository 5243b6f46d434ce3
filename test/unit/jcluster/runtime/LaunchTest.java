package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jcluster.config.ConfigException;
import jcluster.config.ConfigFile;
import jcluster.systemd.Endpoint;
import jcluster.systemd.Endpoint.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaunchTest {
  @TempDir Path folder;
  private final Map<String, String> own = new TreeMap<>(Map.of("PATH", "/bin", "LANG", "C.UTF-8"));
  private Path agent = Path.of("/lib/jcluster/agent.jar");

  /** What is started without the agent. */
  private Launch launch(String conf, int cpus, int instances) throws IOException, ConfigException {
    return adopting(conf + "Adopt=no\n", cpus, instances);
  }

  private Launch adopting(String conf, int cpus, int instances)
      throws IOException, ConfigException {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, conf);
    List<Endpoint> sockets =
        List.of(
            new Endpoint("http", Kind.TCP, 4711, 8080, "0:0:0:0:0:0:0:0"),
            new Endpoint("admin", Kind.UNIX, 4712, 0, "/run/x/admin.sock"));
    var surroundings =
        new Launch.Surroundings(own, "/jdk", cpus, sockets, Path.of("/run/x"), agent);
    return Launch.of(
        ConfigFile.load(file, Optional.empty(), "/bin"),
        42,
        1,
        7,
        instances,
        3,
        Optional.of("8:99"),
        surroundings);
  }

  private List<String> command(String conf, int cpus, int instances)
      throws IOException, ConfigException {
    return launch(conf, cpus, instances)
        .argv()
        .subList(4, launch(conf, cpus, instances).argv().size());
  }

  @Test
  void aShellSetsListenPidAndExecutesTheWorker() throws Exception {
    assertEquals(
        List.of("/bin/sh", "-c", "export LISTEN_PID=$$; exec \"$@\"", "jcluster", "/bin/cat", "1"),
        launch("[Worker]\nCommand=/bin/cat %i\n", 2, 2).argv());
  }

  @Test
  void theEnvironmentIsTheSupervisorsWithoutItsOwnSystemdVariables() throws Exception {
    own.putAll(
        Map.of(
            "LISTEN_FDS", "1",
            "LISTEN_PID", "1",
            "LISTEN_FDNAMES", "x",
            "LISTEN_PIDFDID", "1",
            "NOTIFY_SOCKET", "/run/systemd/notify",
            "WATCHDOG_PID", "1",
            "WATCHDOG_USEC", "1",
            "SYSTEMD_EXEC_PID", "1",
            "JOURNAL_STREAM", "1:1",
            "INVOCATION_ID", "abc"));
    assertEquals(
        Map.ofEntries(
            Map.entry("PATH", "/bin"),
            Map.entry("LANG", "C.UTF-8"),
            Map.entry("INVOCATION_ID", "abc"),
            Map.entry("A", "1 of %"),
            Map.entry("PORT", "9001"),
            Map.entry("SLOT", "1"),
            Map.entry("JCLUSTER_GENERATION", "7"),
            Map.entry("JCLUSTER_WORKER", "42"),
            Map.entry("NOTIFY_SOCKET", "/run/x/notify.sock"),
            Map.entry("LISTEN_FDS", "2"),
            Map.entry("LISTEN_FDNAMES", "http:admin"),
            Map.entry("JOURNAL_STREAM", "8:99")),
        launch(
                """
                [Worker]
                Command=/bin/cat
                Environment="A=%i of %%"
                InstanceVariable=SLOT
                IncrementVariable=PORT=9000
                """,
                2, 2)
            .environment());
  }

  @Test
  void variablesThatTheLauncherPutAsideAreRestored() throws Exception {
    own.putAll(
        Map.of(
            "JCLUSTER_WORKER_JAVA_TOOL_OPTIONS", "-Da=b",
            "JCLUSTER_WORKER_LC_ALL", "",
            "LC_ALL", "C.UTF-8"));
    Map<String, String> environment = launch("[Worker]\nCommand=/bin/cat\n", 2, 2).environment();
    assertEquals("-Da=b", environment.get("JAVA_TOOL_OPTIONS"));
    assertEquals(null, environment.get("LC_ALL"));
    assertEquals(null, environment.get("JCLUSTER_WORKER_LC_ALL"));
  }

  @Test
  void workersShareTheMachine() throws Exception {
    String conf = "[Worker]\nCommand=java -Xmx1g -jar x.jar\n";
    assertEquals(
        List.of(
            "/jdk/bin/java",
            "-XX:ActiveProcessorCount=2",
            "-XX:MaxRAMPercentage=11.67",
            "-Xmx1g",
            "-jar",
            "x.jar"),
        command(conf, 5, 4));
    assertEquals("-XX:MaxRAMPercentage=7.00", command("[Reload]\nSurge=3\n" + conf, 5, 4).get(2));
    assertEquals("-XX:MaxRAMPercentage=5.83", command("[Reload]\nSurge=9\n" + conf, 5, 4).get(2));
    assertEquals("-XX:ActiveProcessorCount=1", command(conf, 2, 8).get(1));
    assertEquals("-XX:ActiveProcessorCount=8", command(conf, 8, 1).get(1));
  }

  @Test
  void sizingGivesWayToOptionsOfTheApplication() throws Exception {
    own.put("JAVA_TOOL_OPTIONS", "-XX:ActiveProcessorCount=3");
    String conf = "[Worker]\nCommand=java x\n";
    assertEquals(List.of("/jdk/bin/java", "-XX:MaxRAMPercentage=23.33", "x"), command(conf, 4, 1));
    own.put("JDK_JAVA_OPTIONS", "-XX:MaxRAMPercentage=9");
    assertEquals(List.of("/jdk/bin/java", "x"), command(conf, 4, 1));
    own.clear();
    assertEquals(List.of("/jdk/bin/java", "x"), command(conf + "JvmSizing=no\n", 4, 1));
    assertEquals(List.of("/bin/cat", "x"), command("[Worker]\nCommand=/bin/cat x\n", 4, 1));
  }

  @Test
  void theAgentIsTheFirstOptionOfAJvm() throws Exception {
    Path java = Files.createFile(folder.resolve("java"));
    assertTrue(java.toFile().setExecutable(true));
    for (String program : List.of("/jdk/bin/java", java.toString())) {
      String word = program.replace("/jdk/bin/", "");
      Launch launch = adopting("[Worker]\nCommand=" + word + " -Xmx1g x\n", 4, 1);
      assertEquals(
          List.of(
              program,
              "-agentlib:instrument=/lib/jcluster/agent.jar",
              "-XX:ActiveProcessorCount=4",
              "-XX:MaxRAMPercentage=23.33",
              "-Xmx1g",
              "x"),
          launch.argv().subList(4, launch.argv().size()));
      assertEquals(null, launch.environment().get("JAVA_TOOL_OPTIONS"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-p x -m a/b", "--module=a/b", "--limit-modules=a x", "@options x"})
  void aJvmWithLimitedModulesIsGivenTheAgentsModule(String words) throws Exception {
    Launch launch = adopting("[Worker]\nCommand=java " + words + "\n", 4, 1);
    assertEquals("-javaagent:/lib/jcluster/agent.jar", launch.argv().get(5));
    own.put("JDK_JAVA_OPTIONS", words);
    launch = adopting("[Worker]\nCommand=java x\n", 4, 1);
    assertEquals("-javaagent:/lib/jcluster/agent.jar", launch.argv().get(5));
  }

  @Test
  void aJvmStartedByAnotherProgramFindsTheAgentInItsEnvironment() throws Exception {
    Launch launch = adopting("[Worker]\nCommand=/bin/cat java\n", 1, 1);
    assertEquals(List.of("/bin/cat", "java"), launch.argv().subList(4, launch.argv().size()));
    assertEquals(
        "-javaagent:/lib/jcluster/agent.jar", launch.environment().get("JAVA_TOOL_OPTIONS"));
    own.put("JAVA_TOOL_OPTIONS", "-Da=b");
    agent = Path.of("/my lib/agent.jar");
    assertEquals(
        "\"-javaagent:/my lib/agent.jar\" -Da=b",
        adopting("[Worker]\nCommand=/bin/cat\n", 1, 1).environment().get("JAVA_TOOL_OPTIONS"));
    agent = Path.of("/my \"lib\"/agent.jar");
    assertEquals(
        "'-javaagent:/my \"lib\"/agent.jar' -Dc=d",
        adopting("[Worker]\nCommand=/bin/cat\nEnvironment=JAVA_TOOL_OPTIONS=-Dc=d\n", 1, 1)
            .environment()
            .get("JAVA_TOOL_OPTIONS"));
  }

  @Test
  void theAgentIsToldOfTheSockets() throws Exception {
    String conf = "[Worker]\nCommand=java x\nStopTimeout=1500us\nPortMap=80:http 81:8080\n";
    assertEquals(
        """
        seat 3
        gate self
        stop 2
        hooks 1
        grace 1
        inspect yes
        socket tcp 4711 8080 0:0:0:0:0:0:0:0
        socket unix 4712 0 /run/x/admin.sock
        name 0 http
        name 1 admin
        port 80 0
        port 81 0
        directory /run/x\
        """,
        adopting(conf, 1, 1).environment().get("JCLUSTER_AGENT"));
  }

  @Test
  void aWatchedWorkerAndItsAgentKnowTheWatchdog() throws Exception {
    own.putAll(Map.of("WATCHDOG_PID", "1", "WATCHDOG_USEC", "1"));
    String conf = "[Worker]\nCommand=java x\nWatchdog=1500500us\n";
    Launch launch = adopting(conf, 1, 1);
    assertEquals("1500500", launch.environment().get("WATCHDOG_USEC"));
    assertEquals(null, launch.environment().get("WATCHDOG_PID"));
    List<String> lines = List.of(launch.environment().get("JCLUSTER_AGENT").split("\n"));
    assertEquals(List.of("watchdog 1500", "directory /run/x"), lines.subList(10, 12));
    assertEquals("1500500", launch(conf, 1, 1).environment().get("WATCHDOG_USEC"));
  }

  @Test
  void withoutAdoptionThereIsNoAgentNorThatOfAnOuterSupervisor() throws Exception {
    own.put("JCLUSTER_AGENT", "seat 1");
    Launch launch = launch("[Worker]\nCommand=/bin/cat\n", 1, 1);
    assertEquals(null, launch.environment().get("JCLUSTER_AGENT"));
    assertEquals(null, launch.environment().get("JAVA_TOOL_OPTIONS"));
  }

  @Test
  void aReadyCommandGetsTheWorkersEnvironmentWithoutItsSocketsAndAgent() throws Exception {
    own.putAll(Map.of("NOTIFY_SOCKET", "/run/systemd/notify", "LISTEN_FDS", "2", "HOME", "/root"));
    String conf =
        "[Worker]\nCommand=java x\nEnvironment=A=b%i\nIncrementVariable=PORT=9000\n"
            + "ReadyCommand=java -jar check.jar 900%i 100%%\nWatchdog=1s\nWorkingDirectory="
            + folder
            + "\n";
    Path file = Files.writeString(folder.resolve("x.conf"), conf);
    var surroundings = new Launch.Surroundings(own, "/jdk", 1, List.of(), Path.of("/run/x"), agent);
    Launch probe =
        Launch.probe(ConfigFile.load(file, Optional.empty(), "/bin"), 1, 7, surroundings);
    assertEquals(
        List.of(
            "/bin/sh",
            "-c",
            "exec \"$@\"",
            "jcluster",
            "/jdk/bin/java",
            "-jar",
            "check.jar",
            "9001",
            "100%"),
        probe.argv());
    assertEquals(
        new TreeMap<>(
            Map.of(
                "A", "b1",
                "APP_INSTANCE", "1",
                "HOME", "/root",
                "JCLUSTER_GENERATION", "7",
                "LANG", "C.UTF-8",
                "PATH", "/bin",
                "PORT", "9001")),
        new TreeMap<>(probe.environment()));
    assertEquals(Optional.of(folder.toString()), probe.directory());
  }

  @Test
  void theWorkingDirectoryIsTheConfiguredOne() throws Exception {
    assertEquals(
        Optional.of(folder.toString()),
        launch("[Worker]\nCommand=/bin/cat\nWorkingDirectory=" + folder + "\n", 1, 1).directory());
  }
}
