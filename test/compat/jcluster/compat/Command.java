package jcluster.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process, and what it says. */
public final class Command implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final List<String> lines = new ArrayList<>();
  private boolean over;
  private final Thread reader = new Thread(this::read, "output");

  /** Starts it; what it says goes to the end of {@code log}, too. */
  public Command(ProcessBuilder builder, Path log) throws IOException {
    this.log = log;
    process = builder.redirectErrorStream(true).start();
    reader.start();
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        add(line);
        Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      add("(" + e.getMessage() + ")");
    }
    synchronized (this) {
      over = true;
      notifyAll();
    }
  }

  private synchronized void add(String line) {
    lines.add(line);
    notifyAll();
  }

  /** From now on, whatever this program has started ends with it. */
  public static void endAllAtExit() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () ->
                    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly)));
  }

  /** Its process. */
  public long pid() {
    return process.pid();
  }

  /** All that was written so far. */
  public synchronized List<String> output() {
    return List.copyOf(lines);
  }

  /** How many lines were written so far. */
  synchronized int written() {
    return lines.size();
  }

  /** All matches so far. */
  List<Matcher> all(String pattern) {
    return all(pattern, 0);
  }

  /** All matches from this line on. */
  synchronized List<Matcher> all(String pattern, int from) {
    Pattern compiled = Pattern.compile(pattern);
    return lines.stream().skip(from).map(compiled::matcher).filter(Matcher::find).toList();
  }

  /** Waits for a line that has {@code pattern} in it. */
  Matcher await(String pattern, Duration limit) throws InterruptedException {
    return await(pattern, limit, 0);
  }

  /** Waits for such a line, this one or a later one. */
  synchronized Matcher await(String pattern, Duration limit, int from) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      List<Matcher> found = all(pattern, from);
      if (!found.isEmpty()) {
        return found.get(0);
      }
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0 || over) {
        String what = (left <= 0 ? "never said '" : "ended without '") + pattern + "'";
        throw new IllegalStateException(what + "; its last words: " + last());
      }
      wait(left);
    }
  }

  /** The last line so far. */
  synchronized String last() {
    return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
  }

  /** Sends a line. */
  void say(String line) throws IOException {
    var input = process.getOutputStream();
    input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  /** Asks it to end, as a service manager does. */
  void terminate() {
    process.destroy();
  }

  /** Ends it at once, and nothing that it has started, which goes on to be read. */
  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly(); // Process.destroyForcibly would close the pipe, too.
    process.waitFor();
  }

  /** Waits for the end and returns the exit status. */
  public int awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("did not end within " + limit.toSeconds() + " s");
    }
    reader.join();
    return process.exitValue();
  }

  /** Ends it by force, with all that it has started. */
  @Override
  public void close() {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(handle -> handle.onExit().join());
  }
}
