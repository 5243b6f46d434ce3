package jcluster.cli;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import jcluster.cluster.Program;
import jcluster.view.Emulator;

/**
 * A terminal on which a test runs {@code jcluster}: script(1) makes it, and an {@link Emulator}
 * shows it. Nothing else writes on it.
 */
final class Pty implements AutoCloseable {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

  private final Emulator screen;
  private final Path folder;
  private final Process script;
  private final Thread reader = new Thread(this::read, "terminal");
  private Optional<Throwable> failure = Optional.empty();
  private boolean ended;

  /**
   * Runs a command.
   *
   * @param folder an empty folder
   * @param words no word needs quoting
   */
  Pty(Map<String, String> environment, Path folder, int lines, int columns, String... words)
      throws IOException {
    this.folder = folder;
    screen = new Emulator(lines, columns);
    Files.writeString(
        folder.resolve("run"),
        String.format(
            """
            trap : INT # Of the command alone
            cd "$PTY"
            stty rows %d cols %d
            tty >tty
            sh -c 'echo $$ >pid; exec "$0" "$@"' "$LAUNCHER" %s 2>errors
            { echo status $?; stty -a; } >end
            """,
            lines, columns, String.join(" ", words)));
    var builder = new ProcessBuilder("script", "-qefc", "sh \"$PTY/run\"", "/dev/null");
    Map<String, String> all = builder.environment();
    all.keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "LC_ALL", "LC_CTYPE", "NO_COLOR"));
    all.putAll(Map.of("TERM", "xterm", "LANG", "C.UTF-8", "SHELL", "/bin/sh"));
    all.putAll(Map.of("PTY", folder.toString(), "LAUNCHER", Program.LAUNCHER));
    all.put("JAVA_HOME", System.getProperty("java.home"));
    all.putAll(environment);
    script = builder.redirectErrorStream(true).start();
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    Optional<Throwable> why = Optional.empty();
    try (Reader input = new InputStreamReader(script.getInputStream(), StandardCharsets.UTF_8)) {
      char[] buffer = new char[4096];
      for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
        synchronized (this) {
          screen.take(new String(buffer, 0, count));
          notifyAll();
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      why = Optional.of(e);
    }
    synchronized (this) {
      failure = why;
      ended = true;
      notifyAll();
    }
  }

  /** Waits until the screen is as it should be, for 30 seconds, and returns its lines. */
  synchronized List<String> await(String what, Predicate<Emulator> so)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT;
    while (!so.test(screen)) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (ended || left <= 0) {
        String errors = Files.readString(folder.resolve("errors"));
        throw new AssertionError(
            "wanted " + what + ", have\n" + screen + errors, failure.orElse(null));
      }
      wait(left);
    }
    return screen.lines();
  }

  /** Waits until a line matches. */
  List<String> awaitLine(String pattern) throws IOException, InterruptedException {
    return await(pattern, s -> s.lines().stream().anyMatch(line -> line.matches(pattern)));
  }

  /** The screen as it is now. */
  synchronized <T> T look(Function<Emulator, T> look) {
    return look.apply(screen);
  }

  /** Types on the keyboard. */
  void type(String keys) throws IOException {
    script.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
    script.getOutputStream().flush();
  }

  /** Makes it larger. */
  void grow(int lines, int columns) throws IOException, InterruptedException {
    synchronized (this) {
      screen.resize(lines, columns); // Before anything is written for that size
    }
    String tty = Files.readString(folder.resolve("tty")).strip();
    String[] stty = {"stty", "-F", tty, "rows", "" + lines, "cols", "" + columns};
    if (new ProcessBuilder(stty).start().waitFor() != 0) {
      throw new AssertionError("stty has failed");
    }
  }

  /** Sends the command a signal, by its name without SIG. */
  void signal(String name) throws IOException, InterruptedException {
    String pid = Files.readString(folder.resolve("pid")).strip();
    new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
  }

  /** Waits for the end of the command, for 30 seconds, and returns what it has left. */
  End awaitEnd() throws IOException, InterruptedException {
    if (!script.waitFor(LIMIT, TimeUnit.NANOSECONDS)) {
      throw new AssertionError("it does not end:\n" + look(Emulator::toString));
    }
    reader.join();
    failure.ifPresent(
        e -> {
          throw new AssertionError(e);
        });
    List<String> end = Files.readAllLines(folder.resolve("end"));
    return new End(
        Integer.parseInt(end.get(0).substring("status ".length())),
        String.join(" ", end.subList(1, end.size())),
        Files.readString(folder.resolve("errors")));
  }

  /** Exit status, state of the terminal as stty(1) tells it, and standard error. */
  record End(int status, String stty, String errors) {}

  @Override
  public void close() {
    script.descendants().forEach(ProcessHandle::destroyForcibly);
    script.destroyForcibly();
  }
}
