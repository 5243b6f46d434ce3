package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jcluster.model.Settings;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.OnErrors;
import jcluster.model.Settings.Order;
import jcluster.model.Settings.Ready;
import jcluster.model.Settings.Surge;
import jcluster.model.Signal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In all texts here, DIR is the folder of the test's files. */
class ConfigFileTest {
  private static final long MS = 1_000_000;
  private static final long S = 1000 * MS;

  @TempDir Path dir;
  private Path conf;

  @BeforeEach
  void makeFiles() throws IOException {
    conf = dir.resolve("app.conf");
    Files.createDirectories(dir.resolve("bin"));
    Files.createFile(
        dir.resolve("bin/server"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.createFile(
        dir.resolve("bin/text"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
  }

  private void write(String name, String text) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text.replace("DIR", dir.toString()));
  }

  private Config load(String... command) throws ConfigException {
    Optional<List<String>> override =
        command.length == 0 ? Optional.empty() : Optional.of(List.of(command));
    return ConfigFile.load(conf, override, "/nowhere::" + dir.resolve("bin"));
  }

  /** A configuration of [Worker] lines, with a command. */
  private Config worker(String... lines) throws Exception {
    write("app.conf", "[Worker]\nCommand=java -jar a.jar\n" + String.join("\n", lines));
    return load();
  }

  private List<String> problems(String... command) {
    ConfigException e = assertThrows(ConfigException.class, () -> load(command));
    assertEquals(String.join("\n", e.problems()), e.getMessage());
    return e.problems().stream().map(line -> line.replace(dir.toString(), "DIR")).toList();
  }

  @Test
  void everyKeyHasADefault() throws Exception {
    write("app.conf", "[Worker]\nCommand=java -jar a.jar\n");
    Config expected =
        new Config(
            List.of("java", "-jar", "a.jar"),
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            "APP_INSTANCE",
            Map.of(),
            true,
            Map.of(),
            Optional.empty(),
            true,
            new Settings(
                Ready.LISTEN,
                60 * S,
                30 * S,
                Signal.INT,
                S,
                100 * MS,
                15 * S,
                Optional.empty(),
                Optional.empty(),
                Order.START_FIRST,
                new Surge(1, false),
                Fallback.RESTART,
                Fallback.ABORT,
                OnErrors.ABORT,
                Optional.empty()),
            List.of(),
            Optional.of(new Config.Drain(5 * S, 5 * S, true)),
            Optional.empty());
    assertEquals(expected, load());
  }

  @Test
  void theDefaultsOfADrainGiveWayToAShortStopTimeout() throws Exception {
    assertEquals(new Config.Drain(3 * S, 3 * S, true), worker("StopTimeout=6s").draining());
    assertEquals(
        new Config.Drain(S, 5 * S, true), worker("StopTimeout=6s", "HookTimeout=1s").draining());
    assertEquals(
        new Config.Drain(0, 0, true), worker("HookTimeout=0", "KeepAliveGrace=0").draining());
  }

  @Test
  void listsItsKeys() {
    assertEquals(
        List.of(
            "[Worker] Command=",
            "[Worker] Instances=max",
            "[Worker] WorkingDirectory=",
            "[Worker] Environment=",
            "[Worker] EnvironmentFile=",
            "[Worker] InstanceVariable=APP_INSTANCE",
            "[Worker] IncrementVariable=",
            "[Worker] Adopt=yes",
            "[Worker] PortMap=",
            "[Worker] Ready=listen",
            "[Worker] ReadyDelay=0",
            "[Worker] ReadyCommand=",
            "[Worker] ReadyTimeout=60s",
            "[Worker] StopTimeout=30s",
            "[Worker] StopSignal=SIGINT",
            "[Worker] HookTimeout=5s",
            "[Worker] KeepAliveGrace=5s",
            "[Worker] Inspect=yes",
            "[Worker] SlowStart=0",
            "[Worker] RestartDelay=100ms",
            "[Worker] RestartDelayMax=15s",
            "[Worker] MinUptime=1s",
            "[Worker] Watchdog=off",
            "[Worker] MemoryRecycle=off",
            "[Worker] LifetimeRecycle=off",
            "[Worker] JvmSizing=yes",
            "[Reload] Order=start-first",
            "[Reload] Surge=1",
            "[Reload] OnTimeout=restart",
            "[Reload] OnCrash=abort",
            "[Reload] OnErrors=abort"),
        ConfigFile.keys().stream()
            .map(key -> "[" + key.section() + "] " + key + "=" + key.defaultText())
            .toList());
  }

  @Test
  void readsEveryKey() throws Exception {
    write(
        "app.conf",
        """
        [Worker]
        Command=DIR/bin/server --port=808%i "100%% sure"
        Instances=-2
        WorkingDirectory=DIR/bin
        Environment=A=1 "B=two words" C=%i/%%
        EnvironmentFile=DIR/env
        EnvironmentFile=-DIR/absent
        InstanceVariable=SLOT
        IncrementVariable=MANAGEMENT_PORT=9000 DEBUG_PORT=5005
        Adopt=yes
        PortMap=8080:http 65535:80
        Ready=notify
        ReadyDelay=2s
        ReadyCommand=DIR/bin/server --ask=808%i
        ReadyTimeout=2min
        StopTimeout=10us
        StopSignal=USR1
        HookTimeout=5us
        KeepAliveGrace=3us
        Inspect=no
        SlowStart=10s
        RestartDelay=1s
        RestartDelayMax=1s
        MinUptime=0
        Watchdog=10s
        MemoryRecycle=1.5G
        LifetimeRecycle=1d
        JvmSizing=no
        [Reload]
        Order=stop-first
        Surge=25%
        OnTimeout=abort
        OnCrash=restart
        OnErrors=off
        """);
    write("env", "B=three\nD='5%i'\n");
    Config config = load();
    assertEquals(
        new Config(
            List.of(dir + "/bin/server", "--port=808%i", "100%% sure"),
            Optional.of(new Instances(-2)),
            Optional.of(dir.resolve("bin")),
            Map.of("A", "1", "B", "three", "C", "%i/%%", "D", "5%%i"),
            "SLOT",
            Map.of("MANAGEMENT_PORT", 9000, "DEBUG_PORT", 5005),
            true,
            Map.of(8080, "http", 65535, "80"),
            Optional.of(3L << 29),
            false,
            new Settings(
                Ready.NOTIFY,
                120 * S,
                10_000,
                Signal.USR1,
                0,
                S,
                S,
                Optional.of(10 * S),
                Optional.of(86_400 * S),
                Order.STOP_FIRST,
                new Surge(25, true),
                Fallback.ABORT,
                Fallback.RESTART,
                OnErrors.OFF,
                Optional.of(new Settings.Probe(2 * S, true))),
            List.of(dir + "/bin/server", "--ask=808%i"),
            Optional.of(new Config.Drain(5000, 3000, false)),
            Optional.of(10 * S)),
        config);
    assertEquals(List.of(dir + "/bin/server", "--ask=8083"), config.readyCommand(3));
    assertEquals(List.of(dir + "/bin/server", "--port=8083", "100% sure"), config.command(3));
    assertEquals(
        Map.of(
            "A", "1",
            "B", "three",
            "C", "3/%",
            "D", "5%i",
            "SLOT", "3",
            "MANAGEMENT_PORT", "9003",
            "DEBUG_PORT", "5008"),
        config.environment(3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"HUP", "INT", "TERM", "USR1"})
  void readsSignals(String name) throws Exception {
    Signal signal = Signal.valueOf(name);
    assertEquals(signal, worker("StopSignal=" + name).settings().stopSignal());
    assertEquals(signal, worker("StopSignal=SIG" + name).settings().stopSignal());
  }

  @ParameterizedTest
  @CsvSource({"1, 7, 1", "3, 7, 3", "1024, 7, 7", "1%, 7, 1", "50%, 7, 4", "100%, 7, 7"})
  void aSurgeIsANumberOrAPercentageRoundedUpAndAtMostAll(String surge, int workers, int expected)
      throws Exception {
    assertEquals(expected, worker("[Reload]", "Surge=" + surge).settings().surge().of(workers));
  }

  @Test
  void offIsAbsent() throws Exception {
    for (String off : List.of("off", "")) {
      Config config = worker("Watchdog=" + off, "MemoryRecycle=" + off, "LifetimeRecycle=" + off);
      assertEquals(Optional.empty(), config.settings().watchdog());
      assertEquals(Optional.empty(), config.memoryRecycle());
      assertEquals(Optional.empty(), config.settings().lifetimeRecycle());
    }
    assertEquals(Optional.of(S), worker("Watchdog=1").settings().watchdog());
    assertEquals(
        Optional.of(604_800 * S), worker("LifetimeRecycle=1w").settings().lifetimeRecycle());
  }

  @Test
  void readsBooleans() throws Exception {
    for (String yes : List.of("yes", "true", "on", "1")) {
      assertTrue(worker("JvmSizing=no", "JvmSizing=" + yes).jvmSizing(), yes);
    }
    for (String no : List.of("no", "false", "off", "0")) {
      assertEquals(false, worker("JvmSizing=" + no).jvmSizing(), no);
    }
  }

  @Test
  void theLastValueWinsAndListsGrow() throws Exception {
    Config config =
        worker(
            "Instances=2",
            "Instances=3",
            "Environment=A=1 B=1",
            "Environment=A=2 C=2",
            "IncrementVariable=P=1",
            "IncrementVariable=P=2 Q=2",
            "PortMap=1:one",
            "PortMap=2:one 3:three",
            "Command=java -version");
    assertEquals(Optional.of(new Instances(3)), config.instances());
    assertEquals(Map.of("A", "2", "B", "1", "C", "2"), config.environment());
    assertEquals(Map.of("P", 2, "Q", 2), config.incrementVariables());
    assertEquals(Map.of(1, "one", 2, "one", 3, "three"), config.portMap());
    assertEquals(List.of("java", "-version"), config.command());
  }

  @Test
  void laterEnvironmentFilesWin() throws Exception {
    write("one", "A=one\nB=one\n");
    write("two", "B=two\n");
    Config config =
        worker("EnvironmentFile=DIR/one", "EnvironmentFile=DIR/two", "Environment=A=zero C=zero");
    assertEquals(Map.of("A", "one", "B", "two", "C", "zero"), config.environment());
  }

  @Test
  void anEmptyValueTakesBackWhatWasSet() throws Exception {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "Instances=2",
                "WorkingDirectory=/nonexistent",
                "Environment=A=1",
                "EnvironmentFile=/nonexistent",
                "InstanceVariable=SLOT",
                "IncrementVariable=P=1",
                "Adopt=no",
                "PortMap=8080:http",
                "Ready=notify",
                "ReadyTimeout=1",
                "StopTimeout=1",
                "StopSignal=TERM",
                "RestartDelay=1min",
                "RestartDelayMax=1min",
                "MinUptime=7",
                "Watchdog=7",
                "MemoryRecycle=7M",
                "LifetimeRecycle=7",
                "JvmSizing=no",
                "[Reload]",
                "Order=stop-first",
                "Surge=7%",
                "OnTimeout=abort",
                "OnCrash=restart"));
    List<String> empty =
        lines.stream().map(l -> l.startsWith("[") ? l : l.replaceFirst("=.*", "=")).toList();
    lines.add("[Worker]");
    lines.addAll(empty);
    assertEquals(worker(), worker(lines.toArray(String[]::new)));
    assertEquals(
        Map.of("B", "2"),
        worker("Environment=A=1", "Environment=", "Environment=B=2").environment());
  }

  @Test
  void dropInsAreReadInOrderOfTheirNames() throws Exception {
    write("app.conf", "[Worker]\nCommand=java\nInstances=1\nEnvironment=A=1\nReadyTimeout=1\n");
    write("app.conf.d/20-b.conf", "[Worker]\nInstances=3\nEnvironment=B=3\n");
    write(
        "app.conf.d/10-a.conf",
        "[Worker]\nInstances=2\nReadyTimeout=\n[Reload]\nOnCrash=restart\n");
    write("app.conf.d/.hidden.conf", "nonsense");
    write("app.conf.d/notes.txt", "nonsense");
    Config config = load();
    assertEquals(Optional.of(new Instances(3)), config.instances());
    assertEquals(Map.of("A", "1", "B", "3"), config.environment());
    assertEquals(60 * S, config.settings().readyTimeout());
    assertEquals(Fallback.RESTART, config.settings().onCrash());
  }

  @Test
  void aDropInMayHoldTheCommand() throws Exception {
    write("app.conf", "");
    write("app.conf.d/a.conf", "[Worker]\nCommand=java -version\n");
    assertEquals(List.of("java", "-version"), load().command());
  }

  @Test
  void continuesLines() throws Exception {
    write(
        "app.conf",
        """
        # comment \\
        [Worker]
          ; comment
        Command = java \\
          # a comment inside \\
          -jar \\
        ; another
          a.jar   \s
        Environment="A=1 \\
           2" B=c:\\\\
        Inst\\
        ances=3
        """);
    assertEquals(
        List.of(
            "DIR/app.conf:11: 'Inst ances' is not a key of [Worker]: did you mean Instances= of"
                + " [Worker]?"),
        problems());
    write("app.conf", Files.readString(conf).replace("Inst\\\n", "Inst"));
    Config config = load();
    assertEquals(List.of("java", "-jar", "a.jar"), config.command());
    assertEquals(Map.of("A", "1  2", "B", "c:\\"), config.environment());
    assertEquals(Optional.of(new Instances(3)), config.instances());
  }

  @Test
  void aContinuationMayEndWithTheFile() throws Exception {
    write("app.conf", "[Worker]\nCommand=java \\\n -version \\\n# end");
    assertEquals(List.of("java", "-version"), load().command());
  }

  @Test
  void readsFilesFromWindows() throws Exception {
    write(
        "app.conf",
        "\ufeff[Worker]\r\nCommand=java \\\r\n -version\r\nEnvironmentFile=DIR/env\r\n");
    write("env", "\ufeffA='1\r\n2'\r\nB=3\r\n");
    Config config = load();
    assertEquals(List.of("java", "-version"), config.command());
    assertEquals(Map.of("A", "1\n2", "B", "3"), config.environment());
  }

  private static final String SPECIFIER =
      " is not a specifier: allowed are %i (the slot number) and %% (a percent sign)";
  private static final String PROGRAM =
      ": allowed are java, an executable in PATH, or the path of one";

  private static String resource(String name) throws IOException {
    try (var stream = ConfigFileTest.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A line of [Worker], and what is said about it after its place. */
  static Stream<Arguments> badLines() throws IOException {
    String[] lines = resource("bad-lines.txt").split("\n");
    return IntStream.range(0, lines.length)
        .filter(i -> lines[i].startsWith("  "))
        .mapToObj(i -> arguments(lines[i - 1], lines[i].strip()));
  }

  @ParameterizedTest
  @MethodSource("badLines")
  void refusesALine(String line, String message) throws Exception {
    write("app.conf", "[Worker]\nCommand=java\n\n" + line + "\n");
    assertEquals(List.of("DIR/app.conf:4: " + message), problems());
  }

  /** The title of a case, its files, and what is said about them. */
  static Stream<Arguments> badFiles() throws IOException {
    return Stream.of(resource("bad-files.txt").split("\n\n## ")).skip(1).map(ConfigFileTest::bad);
  }

  private static Arguments bad(String text) {
    List<String> lines = text.lines().toList();
    Map<String, String> files = new LinkedHashMap<>(Map.of("app.conf", ""));
    List<String> problems = new ArrayList<>();
    String file = "app.conf";
    for (String line : lines.subList(1, lines.size())) {
      if (line.startsWith("> ")) {
        problems.add(line.substring(2));
      } else if (line.startsWith("@ ")) {
        file = line.substring(2);
        files.put(file, "");
      } else if (problems.isEmpty()) {
        files.merge(file, line + "\n", String::concat);
      }
    }
    return arguments(named(lines.get(0), files), problems);
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void refusesFiles(Map<String, String> files, List<String> problems) throws Exception {
    for (var file : files.entrySet()) {
      write(file.getKey(), file.getValue());
    }
    assertEquals(problems, problems());
  }

  @Test
  void withoutAdoptionAWorkerIsReadyAtItsStart() throws Exception {
    assertEquals(Ready.START, worker("Adopt=no").settings().ready());
    assertEquals(false, worker("Adopt=no").adopt());
    assertEquals(Ready.NOTIFY, worker("Adopt=no", "Ready=notify").settings().ready());
    assertEquals(Ready.START, worker("Adopt=no", "Ready=start").settings().ready());
    assertEquals(Ready.LISTEN, worker("Adopt=no", "Adopt=yes", "Ready=listen").settings().ready());
  }

  @Test
  void theTimesOfADrainMayBeAsLongAsTheManualSays() throws Exception {
    assertEquals(
        new Config.Drain(15 * S, 15 * S, true),
        worker("HookTimeout=15s", "KeepAliveGrace=15s").draining());
    assertEquals(
        new Config.Drain(5 * S, 25 * S, false),
        worker("KeepAliveGrace=25s", "Inspect=no").draining());
  }

  @Test
  void anEmptyPortMapTakesBackWhatEarlierLinesHave() throws Exception {
    write("app.conf", "[Worker]\nCommand=java\nPortMap=1:http\n");
    write("app.conf.d/a.conf", "[Worker]\nPortMap=\nPortMap=2:http 1:admin\n");
    assertEquals(Map.of(1, "admin", 2, "http"), load().portMap());
  }

  @Test
  void findsPrograms() throws Exception {
    for (String command : List.of("java", "server", "DIR/bin/server", "DIR/bin/../bin/server")) {
      write("app.conf", "[Worker]\nCommand=" + command + "\n");
      assertEquals(List.of(command.replace("DIR", dir.toString())), load().command());
    }
    write("app.conf", "[Worker]\nCommand=./server\nWorkingDirectory=DIR/bin\n");
    assertEquals(List.of("./server"), load().command());
  }

  @Test
  void aCommandLineDoesWithoutTheFile() throws Exception {
    assertEquals(
        List.of("DIR/app.conf: no such file: man jcluster.conf says what goes into it"),
        problems());
    Config config = load("java", "-Dport=808%i", "a b");
    assertEquals(List.of("java", "-Dport=8081", "a b"), config.command(1));
    assertEquals(worker().settings(), config.settings());
    assertEquals(Optional.empty(), config.instances());
  }

  @Test
  void theCommandLineWinsOverTheFile() throws Exception {
    write("app.conf", "[Worker]\nCommand=/nonexistent\nInstances=2\n");
    Config config = load("server");
    assertEquals(List.of("server"), config.command());
    assertEquals(Optional.of(new Instances(2)), config.instances());
  }

  @Test
  void dropInsAreReadWithoutTheFile() throws Exception {
    write("app.conf.d/a.conf", "[Worker]\nInstances=2\n");
    assertEquals(Optional.of(new Instances(2)), load("java").instances());
  }

  @Test
  void refusesMistakesOfACommandLine() {
    assertEquals(List.of("command line: '%d'" + SPECIFIER), problems("java", "%d"));
    assertEquals(
        List.of("command line: 'absent' is not found in PATH '/nowhere::DIR/bin'" + PROGRAM),
        problems("absent"));
    assertThrows(
        ConfigException.class, () -> ConfigFile.load(conf, Optional.of(List.of()), "/bin"));
  }

  @Test
  void refusesBytesThatAreNoText() throws Exception {
    Files.write(conf, "[Worker]\n#\u00fc\n#".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(List.of("DIR/app.conf:2: this line is not valid UTF-8"), problems());
    Files.write(conf, new byte[] {'\n', '\n', (byte) 0xc3});
    assertEquals(List.of("DIR/app.conf:3: this line is not valid UTF-8"), problems());
    write("app.conf", "[Worker]\nCommand=java\n\n# \0 comment\n");
    assertEquals(List.of("DIR/app.conf:4: this line has a NUL byte"), problems());
    write("app.conf", "[Worker]\nCommand=java\nEnvironmentFile=-DIR/env\n");
    write("env", "A=1\nB=\0\n");
    assertEquals(List.of("DIR/env:2: this line has a NUL byte"), problems());
  }

  @Test
  void showsTheBeginningOfALongMistake() throws Exception {
    write("app.conf", "[Worker]\nCommand=java\n" + ("x".repeat(10_000) + "=1\n").repeat(80));
    List<String> problems = problems();
    assertEquals(51, problems.size());
    assertTrue(problems.stream().allMatch(problem -> problem.length() <= 1000), problems::toString);
  }

  @Test
  void refusesMoreThanAMebibyte() throws Exception {
    String start = "[Worker]\nCommand=java\n#";
    write("app.conf", start + "x".repeat((1 << 20) - start.length()));
    load();
    write("app.conf", start + "x".repeat((1 << 20) - start.length() + 1));
    assertEquals(List.of("DIR/app.conf: cannot be read: it is larger than 1 MiB"), problems());
  }

  @Test
  void refusesAFileThatCannotBeRead() throws Exception {
    Files.createDirectory(conf);
    assertEquals(List.of("DIR/app.conf: cannot be read: it is a directory"), problems());
    Files.delete(conf);
    Files.createSymbolicLink(conf, conf);
    assertEquals(1, problems().size());
    assertTrue(problems().get(0).startsWith("DIR/app.conf: cannot be read: Too many levels"));
    Files.delete(conf);
    Files.createSymbolicLink(conf, Path.of("/proc/self/mem"));
    assertEquals(List.of("DIR/app.conf: cannot be read: Input/output error"), problems());
    Files.delete(conf);
  }

  @Test
  void refusesUnreadableDropIns() throws Exception {
    write("app.conf", "[Worker]\nCommand=java\n");
    Files.createDirectories(dir.resolve("app.conf.d/a.conf"));
    Files.createSymbolicLink(dir.resolve("app.conf.d/b.conf"), Path.of("absent"));
    assertEquals(
        List.of(
            "DIR/app.conf.d/a.conf: cannot be read: it is a directory",
            "DIR/app.conf.d/b.conf: cannot be read: it does not exist"),
        problems());
  }
}
