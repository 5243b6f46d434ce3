package jcluster.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.load.Leftovers;

/** The built program as a process of its own, with its output as it comes. */
public final class Program implements AutoCloseable {
  private static final long DEADLINE = TimeUnit.SECONDS.toNanos(30);
  static final String LAUNCHER = System.getProperty("jcluster.build") + "/bin/jcluster";

  private final Process process;
  private final List<String> lines = new ArrayList<>();

  /** Whether there will be no more lines. */
  private boolean ended;

  private final Thread reader;
  private final Leftovers leftovers = new Leftovers();

  /** Starts {@code jcluster} with these words, on the JDK that runs the tests. */
  public Program(Map<String, String> environment, String... words) throws IOException {
    this(LAUNCHER, environment, words);
  }

  /** Starts another launcher. */
  public Program(String launcher, Map<String, String> environment, String... words)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher));
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JOURNAL_STREAM"));
    builder.environment().putAll(environment);
    leftovers.mark(builder.environment());
    process = builder.start();
    reader = new Thread(this::read, "output of " + words[0]);
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        add(line);
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

  /** All that was written so far. */
  public synchronized List<String> output() {
    return List.copyOf(lines);
  }

  /** Waits for a line that has {@code pattern} in it, the {@code nth} such line counting from 1. */
  public synchronized Matcher await(String pattern, int nth) throws InterruptedException {
    long end = System.nanoTime() + DEADLINE;
    for (int seen = 0, at = 0; ; ) {
      for (; at < lines.size(); at++) {
        Matcher matcher = Pattern.compile(pattern).matcher(lines.get(at));
        if (matcher.find() && ++seen == nth) {
          return matcher;
        }
      }
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0 || ended) {
        throw new AssertionError("no line '" + pattern + "' in\n" + String.join("\n", lines));
      }
      wait(left);
    }
  }

  /** Waits for the end and returns the exit status. */
  public int await() throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end:\n" + String.join("\n", output()));
    }
    readToEnd();
    return process.exitValue();
  }

  /** Waits for its end alone, and returns the exit status; what it has left goes on. */
  int awaitEnd() throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end:\n" + String.join("\n", output()));
    }
    return process.exitValue();
  }

  /** Waits for a line that has {@code pattern} in it, or for the end; whether the line came. */
  boolean awaitOrEnd(String pattern) throws InterruptedException {
    long end = System.nanoTime() + DEADLINE;
    while (System.nanoTime() < end) {
      boolean alive = process.isAlive();
      if (output().stream().anyMatch(Pattern.compile(pattern).asPredicate())) {
        return true;
      } else if (!alive) {
        return false;
      }
      synchronized (this) {
        wait(20);
      }
    }
    throw new AssertionError("no line '" + pattern + "' in\n" + String.join("\n", output()));
  }

  /** A process that it has left would keep its output open. */
  private void readToEnd() throws InterruptedException {
    reader.join(TimeUnit.NANOSECONDS.toMillis(DEADLINE));
    if (reader.isAlive()) {
      leftovers.end();
      throw new AssertionError("it left a process:\n" + String.join("\n", output()));
    }
  }

  /** Sends a signal, by its name without SIG. */
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(pid())).start().waitFor();
  }

  /** Runs a command to its end. */
  public static Program run(Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    var program = new Program(environment, words);
    program.await();
    return program;
  }

  /** The file of the built demo. */
  public static Path demo() {
    return Path.of(System.getProperty("jcluster.build"), "demo.jar");
  }

  /**
   * Ends the program as a person would, and by force if that does not help; and all that it has
   * left.
   */
  @Override
  public void close() throws IOException {
    boolean stopped = true;
    try {
      if (process.isAlive()) {
        signal("TERM");
        stopped = process.waitFor(30, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
      leftovers.end();
    }
    if (!stopped) {
      throw new AssertionError("it did not stop:\n" + String.join("\n", output()));
    }
  }
}
