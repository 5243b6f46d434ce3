package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jcluster.model.Settings;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.Order;
import jcluster.model.Settings.Ready;
import jcluster.model.Signal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
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
  void hasDefaults() throws Exception {
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
            0,
            true,
            new Settings(
                Ready.LISTEN,
                60 * S,
                30 * S,
                Signal.INT,
                S,
                100 * MS,
                15 * S,
                0,
                0,
                Order.START_FIRST,
                Fallback.RESTART,
                Fallback.ABORT,
                Optional.empty()),
            List.of(),
            Optional.of(new Config.Drain(5 * S, 5 * S, true)));
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
            "[Worker] RestartDelay=100ms",
            "[Worker] RestartDelayMax=15s",
            "[Worker] MinUptime=1s",
            "[Worker] Watchdog=off",
            "[Worker] MemoryRecycle=off",
            "[Worker] LifetimeRecycle=off",
            "[Worker] JvmSizing=yes",
            "[Reload] Order=start-first",
            "[Reload] OnTimeout=restart",
            "[Reload] OnCrash=abort"),
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
        RestartDelay=1s
        RestartDelayMax=1s
        MinUptime=0
        Watchdog=10s
        MemoryRecycle=1.5G
        LifetimeRecycle=1d
        JvmSizing=no
        [Reload]
        Order=stop-first
        OnTimeout=abort
        OnCrash=restart
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
            3L << 29,
            false,
            new Settings(
                Ready.NOTIFY,
                120 * S,
                10_000,
                Signal.USR1,
                0,
                S,
                S,
                10 * S,
                86_400 * S,
                Order.STOP_FIRST,
                Fallback.ABORT,
                Fallback.RESTART,
                Optional.of(new Settings.Probe(2 * S, true))),
            List.of(dir + "/bin/server", "--ask=808%i"),
            Optional.of(new Config.Drain(5000, 3000, false))),
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

  @Test
  void whatIsOffIsZero() throws Exception {
    for (String off : List.of("off", "")) {
      Config config = worker("Watchdog=" + off, "MemoryRecycle=" + off, "LifetimeRecycle=" + off);
      assertEquals(0, config.settings().watchdog());
      assertEquals(0, config.memoryRecycle());
      assertEquals(0, config.settings().lifetimeRecycle());
    }
    assertEquals(S, worker("Watchdog=1").settings().watchdog());
    assertEquals(604_800 * S, worker("LifetimeRecycle=1w").settings().lifetimeRecycle());
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
    Config set =
        worker(
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
            "OnTimeout=abort",
            "OnCrash=restart",
            "[Worker]",
            "Instances=",
            "WorkingDirectory=",
            "Environment=",
            "EnvironmentFile=",
            "InstanceVariable=",
            "IncrementVariable=",
            "Adopt=",
            "PortMap=",
            "Ready=",
            "ReadyTimeout=",
            "StopTimeout=",
            "StopSignal=",
            "RestartDelay=",
            "RestartDelayMax=",
            "MinUptime=",
            "Watchdog=",
            "MemoryRecycle=",
            "LifetimeRecycle=",
            "JvmSizing=",
            "[Reload]",
            "Order=",
            "OnTimeout=",
            "OnCrash=");
    assertEquals(worker(), set);
    assertEquals(
        Map.of("B", "2"),
        worker("Environment=A=1", "Environment=", "Environment=B=2").environment());
  }

  @Test
  void anEmptyCommandIsNone() throws Exception {
    write("app.conf", "\n[Worker]\nCommand=java\nCommand=\nInstances=1\n");
    assertEquals(List.of("DIR/app.conf:2: " + NO_COMMAND), problems());
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
  void aDropInStartsOutsideAnySection() throws Exception {
    write("app.conf", "[Worker]\nCommand=java\n");
    write("app.conf.d/a.conf", "Instances=2\n");
    assertEquals(
        List.of(
            "DIR/app.conf.d/a.conf:1: 'Instances' is in no section:"
                + " write [Worker] or [Reload] on a line above it"),
        problems());
  }

  @Test
  void aDropInMayHoldTheCommand() throws Exception {
    write("app.conf", "");
    write("app.conf.d/a.conf", "[Worker]\nCommand=java -version\n");
    assertEquals(List.of("java", "-version"), load().command());
  }

  @Test
  void lateChecksNameTheLineInTheDropIn() throws Exception {
    write("app.conf", "[Worker]\nCommand=java\nRestartDelay=2s\nRestartDelayMax=5s\n");
    write("app.conf.d/a.conf", "\n[Worker]\nRestartDelayMax=1s\nWorkingDirectory=/nonexistent\n");
    assertEquals(
        List.of(
            "DIR/app.conf.d/a.conf:4: WorkingDirectory= '/nonexistent' is not a directory:"
                + " allowed is one that exists",
            "DIR/app.conf.d/a.conf:3: RestartDelayMax= '1s' is less than RestartDelay= '2s':"
                + " allowed is as much or more"),
        problems());
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
  void countsContinuedLinesByTheirFirstPart() throws Exception {
    write(
        "app.conf",
        """
        [Worker]
        Command=java \\
          # comment
          -jar a.jar
        Ready= \\
          \\
          maybe
        Order=stop-first
        """);
    assertEquals(
        List.of(
            "DIR/app.conf:5: Ready= 'maybe' is not known: allowed are listen, notify, start",
            "DIR/app.conf:8: 'Order' is not a key of [Worker]: did you mean Order= of [Reload]?"),
        problems());
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

  private static final String NO_COMMAND =
      "[Worker] Command= is required: write the words that start a worker, such as"
          + " java -jar /srv/app.jar";
  private static final String SPAN =
      " is not a time span: allowed are numbers with the units us, ms, s, min, h, d or w,"
          + " such as 500ms or 2min 30s, or seconds alone";
  private static final String SHORT = " is too short: allowed is more than 0, at most 1 week";
  private static final String NAME =
      " is not a variable name: allowed are ASCII letters, digits and _, the first no digit";
  private static final String PORT = " is not a port: allowed are 1 to 65535";
  private static final String SOCKET =
      " is not a socket: allowed are its name, which has no colon, or its port";
  private static final String SPECIFIER =
      " is not a specifier: allowed are %i (the slot number) and %% (a percent sign)";
  private static final String PROGRAM =
      ": allowed are java, an executable in PATH, or the path of one";
  private static final String WORKER_KEYS =
      "Command=, Instances=, WorkingDirectory=, Environment=, EnvironmentFile=, InstanceVariable=,"
          + " IncrementVariable=, Adopt=, PortMap=, Ready=, ReadyDelay=, ReadyCommand=,"
          + " ReadyTimeout=, StopTimeout=, StopSignal=, HookTimeout=, KeepAliveGrace=, Inspect=,"
          + " RestartDelay=, RestartDelayMax=, MinUptime=, Watchdog=, MemoryRecycle=,"
          + " LifetimeRecycle=, JvmSizing=";

  /** A line of [Worker], and what is said about it after its place. */
  static Stream<Arguments> badLines() {
    return Stream.of(
        arguments(
            "Instances=banana",
            "Instances= 'banana' is not a number of instances: allowed are max, 0 (the same),"
                + " N from 1 to 1024, or -N for all CPUs but N"),
        arguments("Ready=START", "Ready= 'START' is not known: allowed are listen, notify, start"),
        arguments("ReadyTimeout=soon", "ReadyTimeout= 'soon'" + SPAN),
        arguments("StopTimeout=5 5", "StopTimeout= '5 5'" + SPAN),
        arguments("ReadyTimeout=0", "ReadyTimeout= '0'" + SHORT),
        arguments("StopTimeout=0s", "StopTimeout= '0s'" + SHORT),
        arguments("RestartDelay=0ms", "RestartDelay= '0ms'" + SHORT),
        arguments("RestartDelayMax=0", "RestartDelayMax= '0'" + SHORT),
        arguments("MinUptime=-1", "MinUptime= '-1'" + SPAN),
        arguments("ReadyDelay=soon", "ReadyDelay= 'soon'" + SPAN),
        arguments("ReadyCommand=curl%p", "ReadyCommand= '%p'" + SPECIFIER),
        arguments(
            "ReadyCommand=no-such-program x",
            "ReadyCommand= 'no-such-program' is not found in PATH '/nowhere::DIR/bin'" + PROGRAM),
        arguments(
            "HookTimeout=16s",
            "HookTimeout= '16s' is more than half of StopTimeout= '30s': allowed is at most 15 s"),
        arguments(
            "KeepAliveGrace=26s",
            "KeepAliveGrace= '26s' is more than StopTimeout= less HookTimeout= '5 s' of '30s':"
                + " allowed is at most 25 s"),
        arguments(
            "Inspect=maybe",
            "Inspect= 'maybe' is not a boolean: allowed are yes, true, on, 1, no, false, off, 0"),
        arguments(
            "ReadyTimeout=infinity",
            "ReadyTimeout= 'infinity' has no end: allowed is at most 1 week"),
        arguments("MinUptime=8d", "MinUptime= '8d' is too long: allowed is at most 1 week"),
        arguments("Watchdog=no", "Watchdog= 'no'" + SPAN + ", or off"),
        arguments(
            "Watchdog=999ms",
            "Watchdog= '999ms' is too short: allowed is 1 second to 1 week, or off"),
        arguments(
            "Watchdog=infinity",
            "Watchdog= 'infinity' has no end: allowed is at most 1 week, or off"),
        arguments(
            "MemoryRecycle=512MB",
            "MemoryRecycle= '512MB' is not a size: allowed are numbers with K, M, G or T behind"
                + " them, such as 512M or 1.5G, or bytes alone, or off"),
        arguments(
            "MemoryRecycle=512",
            "MemoryRecycle= '512' is too small: allowed is 1M or more, or off"),
        arguments(
            "LifetimeRecycle=0",
            "LifetimeRecycle= '0' is too short: allowed is 1 second to 1 week, or off"),
        arguments(
            "LifetimeRecycle=2w",
            "LifetimeRecycle= '2w' is too long: allowed is at most 1 week, or off"),
        arguments(
            "RestartDelay=20s",
            "RestartDelayMax= '15s' is less than RestartDelay= '20s': allowed is as much or more"),
        arguments(
            "RestartDelayMax=50ms",
            "RestartDelayMax= '50ms' is less than RestartDelay= '100ms': allowed is as much or"
                + " more"),
        arguments(
            "StopSignal=SIGKILL",
            "StopSignal= 'SIGKILL' is not a stop signal: allowed are SIGHUP, SIGINT, SIGTERM,"
                + " SIGUSR1"),
        arguments(
            "StopSignal=15",
            "StopSignal= '15' is not a stop signal: allowed are SIGHUP, SIGINT, SIGTERM, SIGUSR1"),
        arguments(
            "JvmSizing=maybe",
            "JvmSizing= 'maybe' is not a boolean: allowed are yes, true, on, 1, no, false, off, 0"),
        arguments(
            "WorkingDirectory=srv",
            "WorkingDirectory= 'srv' is not an absolute path: allowed is one that starts with /"),
        arguments(
            "WorkingDirectory=DIR/bin/server",
            "WorkingDirectory= 'DIR/bin/server' is not a directory: allowed is one that exists"),
        arguments(
            "EnvironmentFile=-env",
            "EnvironmentFile= 'env' is not an absolute path: allowed is one that starts with /"),
        arguments(
            "EnvironmentFile=DIR/absent",
            "EnvironmentFile= 'DIR/absent' does not exist: write - before the path if it may be"
                + " absent"),
        arguments(
            "EnvironmentFile=-DIR/bin",
            "EnvironmentFile= 'DIR/bin' cannot be read: it is a directory"),
        arguments(
            "EnvironmentFile=/dev/zero",
            "EnvironmentFile= '/dev/zero' cannot be read: it is not a file"),
        arguments("Environment=A", "Environment= 'A' is not an assignment: allowed is NAME=value"),
        arguments("Environment==A", "Environment= ''" + NAME),
        arguments("Environment=1A=2", "Environment= '1A'" + NAME),
        arguments("Environment=A.B=2", "Environment= 'A.B'" + NAME),
        arguments("Environment=A=%h", "Environment= '%h'" + SPECIFIER),
        arguments("Environment=A=50%", "Environment= '%'" + SPECIFIER),
        arguments("Environment=A=\\x25p", "Environment= '%p'" + SPECIFIER),
        arguments(
            "Environment=A=1 A=2", "Environment= 'A' is set twice in one line: allowed is once"),
        arguments(
            "Environment=A='b", "Environment= 'A='b' has an unbalanced ': close it or write \\'"),
        arguments(
            "Environment=APP_INSTANCE=1",
            "'APP_INSTANCE' is set by InstanceVariable= too: choose another name"),
        arguments("InstanceVariable=MY-SLOT", "InstanceVariable= 'MY-SLOT'" + NAME),
        arguments(
            "IncrementVariable=APP_INSTANCE=1",
            "'APP_INSTANCE' is set by InstanceVariable= too: choose another name"),
        arguments(
            "IncrementVariable=9000",
            "IncrementVariable= '9000' is not an assignment: allowed is NAME=value"),
        arguments(
            "IncrementVariable=P=",
            "IncrementVariable= '' is not a base: allowed are 0 to 1000000000"),
        arguments(
            "IncrementVariable=P=-1",
            "IncrementVariable= '-1' is not a base: allowed are 0 to 1000000000"),
        arguments(
            "IncrementVariable=P=1000000001",
            "IncrementVariable= '1000000001' is not a base: allowed are 0 to 1000000000"),
        arguments(
            "IncrementVariable=P=007",
            "IncrementVariable= '007' is not a base: allowed are 0 to 1000000000"),
        arguments(
            "Adopt=perhaps",
            "Adopt= 'perhaps' is not a boolean: allowed are yes, true, on, 1, no, false, off, 0"),
        arguments(
            "PortMap=8080",
            "PortMap= '8080' is not a pair: allowed is PORT:SOCKET, such as 8080:http or 8080:80"),
        arguments("PortMap=0:http", "PortMap= '0'" + PORT),
        arguments("PortMap=65536:http", "PortMap= '65536'" + PORT),
        arguments("PortMap=http:8080", "PortMap= 'http'" + PORT),
        arguments("PortMap=080:http", "PortMap= '080'" + PORT),
        arguments("PortMap=:http", "PortMap= ''" + PORT),
        arguments("PortMap=8080:", "PortMap= ''" + SOCKET),
        arguments("PortMap=8080:127.0.0.1:80", "PortMap= '127.0.0.1:80'" + SOCKET),
        arguments("PortMap=80:a 80:b", "PortMap= '80' is set twice in one line: allowed is once"),
        arguments("Command=java '", "Command= 'java '' has an unbalanced ': close it or write \\'"),
        arguments("Command=java %n", "Command= '%n'" + SPECIFIER),
        arguments(
            "Command=catalina run",
            "Command= 'catalina' is not found in PATH '/nowhere::DIR/bin'" + PROGRAM),
        arguments(
            "Command=text", "Command= 'text' is not found in PATH '/nowhere::DIR/bin'" + PROGRAM),
        arguments("Command=\"\"", "Command= '' is not found in PATH '/nowhere::DIR/bin'" + PROGRAM),
        arguments(
            "Command=DIR/bin/text", "Command= 'DIR/bin/text' is not an executable file" + PROGRAM),
        arguments("Command=DIR/bin", "Command= 'DIR/bin' is not an executable file" + PROGRAM),
        arguments("Command=/absent%i", "Command= '/absent0' is not an executable file" + PROGRAM),
        arguments("Command=./server", "Command= './server' is not an executable file" + PROGRAM),
        arguments("Instances", "'Instances' is not an assignment: allowed is Key=value"),
        arguments("=2", "'=2' is not an assignment: allowed is Key=value"),
        arguments(
            "instances=2",
            "'instances' is not a key of [Worker]: did you mean Instances= of [Worker]?"),
        arguments(
            "ReadyTimout=2",
            "'ReadyTimout' is not a key of [Worker]: did you mean ReadyTimeout= of [Worker]?"),
        arguments(
            "RestartDelyMx=2",
            "'RestartDelyMx' is not a key of [Worker]: did you mean RestartDelayMax= of [Worker]?"),
        arguments(
            "RestartDelayMa=2",
            "'RestartDelayMa' is not a key of [Worker]: did you mean RestartDelayMax= of"
                + " [Worker]?"),
        arguments(
            "ReadyTime=2", "'ReadyTime' is not a key of [Worker]: allowed are " + WORKER_KEYS),
        arguments("InstanceVariable=1\nEnvironment=APP_INSTANCE=2", "InstanceVariable= '1'" + NAME),
        arguments(
            "OnCrash=abort",
            "'OnCrash' is not a key of [Worker]: did you mean OnCrash= of [Reload]?"),
        arguments(
            "OnCarsh=abort",
            "'OnCarsh' is not a key of [Worker]: did you mean OnCrash= of [Reload]?"),
        arguments(
            "ExecStart=java", "'ExecStart' is not a key of [Worker]: allowed are " + WORKER_KEYS),
        arguments("[Worker", "'[Worker' is not a section: allowed are [Worker] and [Reload]"),
        arguments("[]", "'[]' is not a section: allowed are [Worker] and [Reload]"),
        arguments("[", "'[' is not a section: allowed are [Worker] and [Reload]"),
        arguments(
            "[Service]\nA=b\nnonsense",
            "'[Service]' is not a section: allowed are [Worker] and [Reload]"));
  }

  @ParameterizedTest
  @MethodSource("badLines")
  void refuses(String line, String message) throws Exception {
    write("app.conf", "[Worker]\nCommand=java\n\n" + line + "\n");
    assertEquals(List.of("DIR/app.conf:4: " + message), problems());
  }

  @Test
  void withoutAdoptionBeingStartedIsBeingReady() throws Exception {
    assertEquals(Ready.START, worker("Adopt=no").settings().ready());
    assertEquals(false, worker("Adopt=no").adopt());
    assertEquals(Ready.NOTIFY, worker("Adopt=no", "Ready=notify").settings().ready());
    assertEquals(Ready.START, worker("Adopt=no", "Ready=start").settings().ready());
    assertEquals(Ready.LISTEN, worker("Adopt=no", "Adopt=yes", "Ready=listen").settings().ready());
  }

  @Test
  void refusesTheTimesOfADrainWithoutAnAgent() throws Exception {
    write(
        "app.conf",
        """
        [Worker]
        Command=java
        Adopt=no
        HookTimeout=1s
        KeepAliveGrace=1s
        Inspect=yes
        ReadyDelay=1s
        ReadyCommand=java -version
        """);
    String needs = "needs Adopt=yes: with Adopt=no the application takes its sockets by itself";
    assertEquals(
        List.of(
            "DIR/app.conf:4: HookTimeout= '1s' " + needs,
            "DIR/app.conf:5: KeepAliveGrace= '1s' " + needs,
            "DIR/app.conf:6: Inspect= 'yes' " + needs),
        problems());
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
  void refusesWhatNeedsAdoption() throws Exception {
    write(
        "app.conf",
        "[Worker]\nCommand=java\nReady=listen\nPortMap=1:http\nPortMap=2:http\nAdopt=no\n");
    assertEquals(
        List.of(
            "DIR/app.conf:3: Ready= 'listen' needs Adopt=yes: allowed with Adopt=no are notify,"
                + " start",
            "DIR/app.conf:5: PortMap= '2:http' needs Adopt=yes: with Adopt=no the application"
                + " takes its sockets by itself"),
        problems());
  }

  @Test
  void refusesAPortThatAnEarlierLineHas() throws Exception {
    write("app.conf", "[Worker]\nCommand=java\nPortMap=1:http\n");
    write("app.conf.d/a.conf", "[Worker]\nPortMap=2:http 1:admin\n");
    assertEquals(
        List.of(
            "DIR/app.conf.d/a.conf:2: PortMap= '1:admin' is for a port that an earlier line has: an"
                + " empty PortMap= takes that back"),
        problems());
    write("app.conf.d/a.conf", "[Worker]\nPortMap=\nPortMap=2:http 1:admin\n");
    assertEquals(Map.of(1, "admin", 2, "http"), load().portMap());
  }

  @Test
  void refusesInReload() throws Exception {
    write(
        "app.conf",
        """
        [Worker]
        Command=java
        [Reload]
        Order=both
        OnTimeout=stop
        OnCrash=yes
        Ready=start
        X=
        """);
    assertEquals(
        List.of(
            "DIR/app.conf:4: Order= 'both' is not known: allowed are start-first, stop-first",
            "DIR/app.conf:5: OnTimeout= 'stop' is not known: allowed are restart, abort",
            "DIR/app.conf:6: OnCrash= 'yes' is not known: allowed are restart, abort",
            "DIR/app.conf:7: 'Ready' is not a key of [Reload]: did you mean Ready= of [Worker]?",
            "DIR/app.conf:8: 'X' is not a key of [Reload]: allowed are Order=, OnTimeout=,"
                + " OnCrash="),
        problems());
  }

  @Test
  void reportsEverythingAtOnce() throws Exception {
    write(
        "app.conf",
        """
        Instances=1
        [Worker]
        Command=java %x
        Instances=many
        Environment=1=2 A=ok B=%z
        EnvironmentFile=DIR/env
        RestartDelay=never
        RestartDelayMax=1us
        """);
    write("env", "A\nB=\"\n");
    write("app.conf.d/a.conf", "[Worker]\nReady=no\n[Relaod]\nOrder=stop-first\n");
    assertEquals(
        List.of(
            "DIR/app.conf:1: 'Instances' is in no section: write [Worker] or [Reload] on a line"
                + " above it",
            "DIR/app.conf:3: Command= '%x'" + SPECIFIER,
            "DIR/app.conf:4: Instances= 'many' is not a number of instances: allowed are max, 0"
                + " (the same), N from 1 to 1024, or -N for all CPUs but N",
            "DIR/app.conf:5: Environment= '1'" + NAME,
            "DIR/app.conf:5: Environment= '%z'" + SPECIFIER,
            "DIR/app.conf:7: RestartDelay= 'never'" + SPAN,
            "DIR/app.conf.d/a.conf:2: Ready= 'no' is not known: allowed are listen, notify, start",
            "DIR/app.conf.d/a.conf:3: '[Relaod]' is not a section: allowed are [Worker] and"
                + " [Reload]",
            "DIR/env:1: 'A' is not an assignment: allowed is NAME=value",
            "DIR/env:2: 'B' has a value with an unbalanced \": close it"),
        problems());
  }

  @Test
  void namesTheLineOfAVariableInItsFile() throws Exception {
    write(
        "app.conf", "[Worker]\nCommand=java\nIncrementVariable=PORT=1\nEnvironmentFile=DIR/env\n");
    write("env", "A='\n'\nPORT=2\nAPP_INSTANCE=3\n");
    assertEquals(
        List.of(
            "DIR/env:3: 'PORT' is set by IncrementVariable= too: choose another name",
            "DIR/env:4: 'APP_INSTANCE' is set by InstanceVariable= too: choose another name"),
        problems());
  }

  @Test
  void asksForACommand() throws Exception {
    write("app.conf", "");
    assertEquals(List.of("DIR/app.conf:1: " + NO_COMMAND), problems());
    write("app.conf", "\n");
    assertEquals(List.of("DIR/app.conf:1: " + NO_COMMAND), problems());
    write("app.conf", "# nothing\n\n[Reload]\n# here\n");
    assertEquals(List.of("DIR/app.conf:4: " + NO_COMMAND), problems());
    write("app.conf", "# nothing\n[Worker]\nInstances=1\n[Worker]\n");
    assertEquals(List.of("DIR/app.conf:2: " + NO_COMMAND), problems());
  }

  @Test
  void findsPrograms() throws Exception {
    for (String command : List.of("java", "server", "DIR/bin/server", "DIR/bin/../bin/server")) {
      write("app.conf", "[Worker]\nCommand=" + command + "\n");
      assertEquals(List.of(command.replace("DIR", dir.toString())), load().command());
    }
    write("app.conf", "[Worker]\nCommand=./server\nWorkingDirectory=DIR/bin\n");
    assertEquals(List.of("./server"), load().command());
    write("app.conf", "[Worker]\nCommand=bin/server\nWorkingDirectory=DIR/bin\n");
    assertEquals(
        List.of("DIR/app.conf:2: Command= 'bin/server' is not an executable file" + PROGRAM),
        problems());
  }

  @Test
  void doesNotJudgeACommandByAWrongDirectory() throws Exception {
    write("app.conf", "[Worker]\nCommand=./server\nWorkingDirectory=bin\n");
    assertEquals(
        List.of(
            "DIR/app.conf:3: WorkingDirectory= 'bin' is not an absolute path: allowed is one that"
                + " starts with /"),
        problems());
  }

  @Test
  void aCommandMakesUpForTheFile() throws Exception {
    assertEquals(
        List.of("DIR/app.conf: no such file: man jcluster.conf says what goes into it"),
        problems());
    Config config = load("java", "-Dport=808%i", "a b");
    assertEquals(List.of("java", "-Dport=8081", "a b"), config.command(1));
    assertEquals(worker().settings(), config.settings());
    assertEquals(Optional.empty(), config.instances());
  }

  @Test
  void aCommandComesBeforeThatOfTheFile() throws Exception {
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
  void refusesACommandLine() {
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
  void refusesWhatIsNoReadableFile() throws Exception {
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
    write("app.conf.d", "");
    assertEquals(
        List.of("DIR/app.conf.d: cannot be read: allowed is a directory that may be listed"),
        problems());
    Files.delete(dir.resolve("app.conf.d"));
    Files.createDirectories(dir.resolve("app.conf.d/a.conf"));
    Files.createSymbolicLink(dir.resolve("app.conf.d/b.conf"), Path.of("absent"));
    assertEquals(
        List.of(
            "DIR/app.conf.d/a.conf: cannot be read: it is a directory",
            "DIR/app.conf.d/b.conf: cannot be read: it does not exist"),
        problems());
  }
}
