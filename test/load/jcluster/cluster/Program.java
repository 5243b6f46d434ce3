package jcluster.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.load.Leftovers;
import jcluster.os.Fd;
import jcluster.os.Sys;

/**
 * A process that a test has started, and the lines that it prints. If it does not do what a test
 * waits for, an {@link IllegalStateException} shows its output.
 */
public final class Program implements AutoCloseable {
  /** The command {@code jcluster} as it was built. */
  public static final String LAUNCHER = System.getProperty("jcluster.build") + "/bin/jcluster";

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Process process;
  private final BufferedReader output;
  private final Optional<Path> log;
  private final List<String> lines = new ArrayList<>();
  private final Leftovers leftovers = new Leftovers();
  private final Thread reader = new Thread(this::read, "output");
  private boolean ended;

  /** Starts {@code jcluster} with these words, on the JDK that runs the tests. */
  public Program(Map<String, String> environment, String... words) throws IOException {
    this(builder(LAUNCHER, environment, Arrays.asList(words)));
  }

  /** Starts any program. */
  public Program(ProcessBuilder builder) throws IOException {
    this(builder, Optional.empty());
  }

  /** Starts any program, and appends its output to a file. */
  public Program(ProcessBuilder builder, Path log) throws IOException {
    this(builder, Optional.of(log));
  }

  Program(ProcessBuilder builder, Optional<Path> log) throws IOException {
    this.log = log;
    leftovers.mark(builder.environment());
    // Not the pipe of a Process: that is closed when the process ends, whatever those that it has
    // left still write.
    Path folder = Cluster.scratch("program");
    Path pipe = folder.resolve("output");
    Fd bothEnds = Sys.fifo(pipe.toString()); // Otherwise to open one end waits for the other.
    try {
      process = builder.redirectErrorStream(true).redirectOutput(pipe.toFile()).start();
      var bytes = Files.newInputStream(pipe);
      output = new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8));
    } finally {
      bothEnds.close();
      Files.deleteIfExists(pipe);
      Files.delete(folder);
    }
    reader.setDaemon(true);
    reader.start();
  }

  /** A launcher with these words on the JDK that runs the tests, unless the environment differs. */
  static ProcessBuilder builder(
      String launcher, Map<String, String> environment, List<String> words) {
    List<String> command = new ArrayList<>(List.of(launcher));
    command.addAll(words);
    var builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JOURNAL_STREAM"));
    builder.environment().putAll(environment);
    return builder;
  }

  /** The file of the built demo. */
  public static Path demo() {
    return Path.of(System.getProperty("jcluster.build"), "demo.jar");
  }

  /** From now on, all processes that this JVM has started end with it. */
  public static void endAllAtExit() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () ->
                    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly)));
  }

  private void read() {
    try (output) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        add(line);
        if (log.isPresent()) {
          String text = line + "\n";
          Files.writeString(log.get(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
      }
    } catch (IOException e) {
      add("(" + e.getMessage() + ")");
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  private synchronized void add(String line) {
    lines.add(line);
    notifyAll();
  }

  public long pid() {
    return process.pid();
  }

  // What it prints

  /** All lines so far. */
  public synchronized List<String> output() {
    return List.copyOf(lines);
  }

  /** The last line so far, and then all of them: reports show the first line of a failure. */
  synchronized String said() {
    String last = lines.isEmpty() ? "nothing" : lines.get(lines.size() - 1);
    return last + "\nAll of its output:\n" + String.join("\n", lines);
  }

  /** The lines so far that have {@code pattern} in them. */
  public List<Matcher> all(String pattern) {
    return all(pattern, 0);
  }

  /** The same without the first {@code from} lines. */
  public synchronized List<Matcher> all(String pattern, int from) {
    Pattern compiled = Pattern.compile(pattern);
    return lines.stream().skip(from).map(compiled::matcher).filter(Matcher::find).toList();
  }

  /** Waits for a line that has {@code pattern} in it, for 30 seconds. */
  public Matcher await(String pattern) throws InterruptedException {
    return await(pattern, 1);
  }

  /** Waits for the {@code nth} such line, counting from 1, for 30 seconds. */
  public Matcher await(String pattern, int nth) throws InterruptedException {
    return await(pattern, nth, LIMIT);
  }

  /** Waits for the {@code nth} such line, counting from 1. */
  public synchronized Matcher await(String pattern, int nth, Duration limit)
      throws InterruptedException {
    if (!hasCome(pattern, nth, limit, () -> ended)) {
      throw failed("it ended without a line '" + pattern + "'");
    }
    return all(pattern).get(nth - 1);
  }

  /**
   * Waits for a line that has {@code pattern} in it, or for the end of the process, for 30 seconds;
   * returns whether the line came.
   */
  public synchronized boolean awaitOrEnd(String pattern) throws InterruptedException {
    var atEnd = process.onExit().thenRun(this::wakeUp);
    try {
      return hasCome(pattern, 1, LIMIT, () -> !process.isAlive());
    } finally {
      atEnd.cancel(false);
    }
  }

  private synchronized void wakeUp() {
    notifyAll();
  }

  /** Waits until so many such lines have come, or {@code over}; returns whether they came. */
  private boolean hasCome(String pattern, int count, Duration limit, BooleanSupplier over)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      boolean last = over.getAsBoolean();
      boolean come = all(pattern).size() >= count;
      if (come || last) {
        return come;
      }
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw failed("no line '" + pattern + "'");
      }
      wait(left);
    }
  }

  private IllegalStateException failed(String what) {
    return new IllegalStateException(what + "; its last line: " + said());
  }

  // What it is told

  /** Sends a line to its input. */
  public void say(String line) throws IOException {
    var input = process.getOutputStream();
    input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  /** Sends a signal, by its name without SIG. */
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(pid())).start().waitFor();
  }

  // How it ends

  /**
   * Waits for the end of the process and of its output, for 30 seconds, and returns the exit
   * status.
   */
  public int await() throws InterruptedException {
    return await(LIMIT);
  }

  /** The same with another limit. */
  public int await(Duration limit) throws InterruptedException {
    int status = awaitEnd(limit);
    reader.join(LIMIT.toMillis());
    if (reader.isAlive()) { // A process that it has left keeps the output open.
      leftovers.end();
      throw failed("it left a process");
    }
    return status;
  }

  /** Waits for the end of the process alone, for 30 seconds; processes that it has left go on. */
  public int awaitEnd() throws InterruptedException {
    return awaitEnd(LIMIT);
  }

  private int awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw failed("it does not end within " + limit.toSeconds() + " s");
    }
    return process.exitValue();
  }

  /** Kills the process alone; those that it has started go on, and their output is still read. */
  public void kill() throws IOException, InterruptedException {
    signal("KILL");
    awaitEnd();
  }

  /** Kills it, and all that it has left. */
  public void end() {
    process.destroyForcibly();
    leftovers.end();
  }

  /** Stops it by SIGTERM, as a service manager does, and then kills all that it has left. */
  @Override
  public void close() throws IOException {
    try {
      if (process.isAlive()) {
        signal("TERM");
        awaitEnd();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }
}
