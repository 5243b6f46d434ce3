package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import jcluster.cli.Program;
import jcluster.load.Ports;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** A cluster of an application of these tests. */
final class StartedCluster implements AutoCloseable {
  /** The classes of the tests, which the applications are among. */
  static final Path CLASSES = Path.of(System.getProperty("jcluster.build"), "test", "unit");

  static final String JAVA = System.getProperty("java.home") + "/bin/java";

  private static final String BRIEF = " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ";

  /** Folders where the build may write. */
  static final class Scratch implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      Path scratch = Path.of(System.getProperty("jcluster.scratch"));
      return Files.createTempDirectory(Files.createDirectories(scratch), "agent");
    }
  }

  final int port;
  final Program program;
  final Map<String, String> environment;

  /**
   * Starts it.
   *
   * @param lines of the section Worker, and from then on; in them $PORT is the port
   */
  StartedCluster(Path folder, int instances, String... lines) throws IOException {
    this(folder, instances, Ports.free(), lines);
  }

  private StartedCluster(Path folder, int instances, int port, String... lines) throws IOException {
    this.port = port;
    environment = surroundings(folder);
    program =
        new Program(
            environment,
            "run",
            "--name=t",
            "--config=" + configuration(folder, port, lines),
            "--instances=" + instances,
            "--listen=127.0.0.1:" + port);
  }

  static Path configuration(Path folder, int port, String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("[Worker]", "MinUptime=0"));
    if (Stream.of(lines).noneMatch(line -> line.matches("(Adopt=no|KeepAliveGrace=.*)"))) {
      all.add("KeepAliveGrace=500ms"); // Tests do not wait for clients that idle.
    }
    for (String line : lines) {
      all.add(line.replace("$PORT", String.valueOf(port)));
    }
    return Files.write(folder.resolve("t.conf"), all);
  }

  /** The environment of a supervisor, whose files go to a folder of its own. */
  static Map<String, String> surroundings(Path folder) throws IOException {
    Path run = folder.resolve("run");
    Files.createDirectories(run.resolve("t"));
    return new TreeMap<>(
        Map.of("RUNTIME_DIRECTORY", run + "/t", "XDG_RUNTIME_DIR", run.toString()));
  }

  /** The line of a worker's command: an application, and what comes before and after its name. */
  static String command(String options, Class<?> application, Object... arguments) {
    return "Command=java " + words(options, application, arguments);
  }

  static String words(String options, Class<?> application, Object... arguments) {
    var words = new StringBuilder(options + BRIEF + "-cp " + CLASSES + " " + application.getName());
    for (Object argument : arguments) {
      words.append(' ').append(argument);
    }
    return words.toString();
  }

  void awaitStart() throws InterruptedException {
    Matcher line = program.await("^t: (started \\d+ worker|start failed)", 1);
    assertNotEquals("start failed", line.group(1), program.output()::toString);
  }

  Matcher await(String pattern) throws InterruptedException {
    return program.await(pattern, 1);
  }

  /** How many lines of the output have this in them. */
  long count(String pattern) {
    return program.output().stream().filter(l -> l.matches(".*(" + pattern + ").*")).count();
  }

  void reload() throws IOException, InterruptedException {
    Program reload = Program.run(environment, "reload", "t");
    assertEquals(0, reload.await(), reload.output()::toString);
  }

  @Override
  public void close() throws IOException {
    program.close();
  }
}
