package jcluster.system;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jcluster.cluster.Program;
import jcluster.load.Load;
import jcluster.load.Report;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A machine of its own with jcluster installed: a real systemd in a sandbox (test/system/sandbox),
 * with the files that {@code make install} put into build/test/root copied over its root. Here it
 * is systemd that starts clusters; without it, {@link jcluster.cluster.Cluster} does.
 */
public final class Machine implements AutoCloseable {
  /** Where the installed demo is. */
  public static final String DEMO = "/usr/lib/jcluster/demo.jar";

  private static final long SECONDS = 60;
  private static final long PAUSE_MILLIS = 50;
  private static final Path ROOT = Path.of(System.getProperty("jcluster.root"));
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));
  private static final String SANDBOX = ROOT.resolve("test/system/sandbox").toString();
  private static final String JAVA_HOME = System.getProperty("jcluster.java.home");

  /** The root of the system that it boots: this machine's, or a folder. */
  private static final String SYSTEM = System.getProperty("jcluster.machine", "/");

  private static final String UNITS = "/etc/systemd/system/";
  private static final String SERVICE = "myapp@.service";

  private final Path folder;
  private String since = "";

  private Machine(Path folder) {
    this.folder = folder;
  }

  /** How a command ended. */
  public record Result(int status, String output) {}

  /**
   * Boots a machine with jcluster installed; where that is not possible the test is skipped, and
   * under CI it fails.
   */
  public static Machine boot(String name) throws IOException, InterruptedException {
    Machine machine = bare(name);
    String install = "tar -C \"$1\" -c . | tar -C / -x --keep-directory-symlink";
    machine.output("sh", "-c", install, "sh", BUILD.resolve("test/root").toString());
    machine.output("journalctl", "--update-catalog");
    return machine;
  }

  /** Boots a machine without jcluster. */
  static Machine bare(String name) throws IOException, InterruptedException {
    Result check = execute(List.of(SANDBOX, "check", SYSTEM), null);
    if (check.status() != 0 && "true".equals(System.getenv("CI"))) {
      Assertions.fail(check.output());
    }
    Assumptions.assumeTrue(check.status() == 0, check.output());
    Path folder = Path.of(System.getProperty("jcluster.scratch"), name);
    var machine = new Machine(Files.createDirectories(folder));
    String owner = String.valueOf(ProcessHandle.current().pid());
    List<String> boot = new ArrayList<>(List.of(SANDBOX, "boot", folder.toString()));
    boot.addAll(List.of("--owner", owner, "--root", SYSTEM, "--bind", ROOT + ":" + ROOT + ":ro"));
    if (!SYSTEM.equals("/")) {
      boot.addAll(List.of("--bind", JAVA_HOME + ":" + JAVA_HOME + ":ro"));
    }
    machine.must(execute(boot, null));
    if (!SYSTEM.equals("/")) {
      for (String command : List.of("java", "javac")) {
        machine.output("ln", "-s", JAVA_HOME + "/bin/" + command, "/usr/local/bin/" + command);
      }
    }
    machine.write(
        UNITS + SERVICE + ".d/jdk.conf", "[Service]\nEnvironment=JAVA_HOME=" + JAVA_HOME + "\n");
    return machine;
  }

  /**
   * Everything stopped and disabled, the demo's configuration back, the journal's past forgotten.
   */
  public void reset() throws IOException, InterruptedException {
    run("systemctl", "stop", "myapp.service", "myapp@*.service", "myapp@*.socket");
    run("sh", "-c", "cd " + UNITS + " && rm -rf */myapp@* *.d/test.conf");
    output("systemctl", "daemon-reload");
    run("systemctl", "reset-failed");
    configure();
    forget();
  }

  /** Ignores the journal's past from now on. */
  public void forget() throws IOException, InterruptedException {
    // Not a cursor: with a filter, journalctl leaves out the first entry after it.
    since = "@" + output("date", "+%s.%6N");
  }

  /**
   * Writes the demo's configuration: these lines from the second on, and what is needed beside
   * them.
   */
  public void configure(String... lines) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("[Worker]"));
    all.addAll(Arrays.asList(lines));
    for (String line : List.of("Command=java -jar " + DEMO, "MinUptime=200ms")) {
      String key = line.substring(0, line.indexOf('=') + 1);
      if (Stream.of(lines).noneMatch(l -> l.contains(key))) {
        all.add(line);
      }
    }
    write("/etc/jcluster/myapp.conf", String.join("\n", all) + "\n");
  }

  /** A command that takes a second to exit, and says so. */
  public String slowDrain() {
    return "sh -c 'trap \"echo draining; sleep 1; echo drained; exit 0\" INT; systemd-notify"
        + " --ready; while :; do sleep 0.05; done'";
  }

  /** Adds to the unit of all sizes. */
  public void dropIn(String text) throws IOException, InterruptedException {
    dropIn(SERVICE, text);
  }

  /** Adds to a unit. */
  public void dropIn(String unit, String text) throws IOException, InterruptedException {
    write(UNITS + unit + ".d/test.conf", text);
    output("systemctl", "daemon-reload");
  }

  public void write(String path, String text) throws IOException, InterruptedException {
    List<String> command = inside("sh", "-c", "mkdir -p \"${1%/*}\" && cat >\"$1\"", "sh", path);
    must(execute(command, text));
  }

  /**
   * Copies a file of the build to where any service may read it: the build itself may be in a home,
   * in /tmp, or readable to its owner alone.
   */
  public void install(String file, String path) throws IOException, InterruptedException {
    output("install", "-D", "-m", "644", BUILD.resolve(file).toString(), path);
  }

  /** Runs a command inside; output and errors together. */
  public Result run(String... command) throws IOException, InterruptedException {
    return execute(inside(command), null);
  }

  /** Starts a command inside; output and errors together. */
  public Process start(String... command) throws IOException {
    return new ProcessBuilder(inside(command)).redirectErrorStream(true).start();
  }

  /** Runs a command inside that must succeed, and returns its output without the last newline. */
  public String output(String... command) throws IOException, InterruptedException {
    return must(run(command)).output().stripTrailing();
  }

  private Result must(Result result) {
    Assertions.assertEquals(0, result.status(), result::output);
    return result;
  }

  private List<String> inside(String... command) {
    List<String> all = new ArrayList<>(List.of(SANDBOX, "exec", folder.toString(), "--"));
    all.addAll(Arrays.asList(command));
    return all;
  }

  private static Result execute(List<String> command, String input)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                return "(" + e.getMessage() + ")";
              }
            },
            Machine::aside);
    try (var stdin = process.getOutputStream()) {
      stdin.write((input == null ? "" : input).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It does not read.
    }
    if (!process.waitFor(2 * SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " does not end");
    }
    return new Result(process.exitValue(), output.join());
  }

  /**
   * Runs a task on its own thread. The common pool has few, and its tasks could wait for each
   * other.
   */
  private static void aside(Runnable task) {
    var thread = new Thread(task, "reader");
    thread.setDaemon(true);
    thread.start();
  }

  /** A property of the size's service. */
  public String show(String size, String property) throws IOException, InterruptedException {
    return output("systemctl", "show", "-P", property, "--", "myapp@" + size + ".service");
  }

  /** The status text of the size's service. */
  public String status(String size) throws IOException, InterruptedException {
    return show(size, "StatusText");
  }

  public void awaitStatus(String size, String pattern) throws IOException, InterruptedException {
    awaitThat(pattern, () -> status(size), s -> s.matches(pattern));
  }

  /** Something that is asked of the machine. */
  @FunctionalInterface
  public interface Question {
    String ask() throws IOException, InterruptedException;
  }

  /** Asks again until the answer is as it should be, for a minute at most. */
  public static void awaitThat(
      String what, Question question, java.util.function.Predicate<String> so)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    String answer = question.ask();
    while (!so.test(answer)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("wanted " + what + ", have " + answer);
      }
      Thread.sleep(PAUSE_MILLIS); // Asking takes the time of who is to bring it about.
      answer = question.ask();
    }
  }

  /** The process ids of the workers, whichever size runs. */
  public Set<String> workers() throws IOException, InterruptedException {
    // Not its children, which they are not any more after a supervisor was killed.
    String script =
        "for p in $(cat /sys/fs/cgroup/system.slice/system-myapp.slice/myapp@*/cgroup.procs"
            + " 2>/dev/null); do { tr '\\0' '\\n"
            + "' </proc/$p/environ | grep -q ^JCLUSTER_WORKER=; } 2>/dev/null && [ $p = $(ps -o"
            + " pgid= -p $p) ] && echo $p; done";
    String pids = run("sh", "-c", script).output().strip();
    return new TreeSet<>(pids.isEmpty() ? List.of() : List.of(pids.split("\\s+")));
  }

  /** One page of the demo. */
  public String get() throws IOException, InterruptedException {
    return output("curl", "-sS", "-m", "20", "http://127.0.0.1:8080/");
  }

  /** The process that answers a request. */
  public String answering() throws IOException, InterruptedException {
    return get().replaceFirst(".* ", "");
  }

  /** The option of journalctl(1) for what has come since the last reset. */
  String since() {
    return "--since=" + since;
  }

  /** The journal since the last reset. */
  public String journal(String... filter) throws IOException, InterruptedException {
    output("journalctl", "--sync");
    return run(journalctl("--no-pager", filter)).output();
  }

  private String[] journalctl(String option, String... filter) {
    return Stream.concat(Stream.of("journalctl", option, "-q", since()), Stream.of(filter))
        .toArray(String[]::new);
  }

  /** Waits for a line in the journal since the last reset. */
  public void await(String pattern, String... filter) throws IOException, InterruptedException {
    var journal = new Program(new ProcessBuilder(inside(journalctl("-fnall", filter))));
    try {
      journal.await(pattern, 1, Duration.ofSeconds(SECONDS));
    } catch (IllegalStateException e) {
      throw new AssertionError("no '" + pattern + "' in the journal:\n" + journal(filter), e);
    } finally {
      journal.end();
    }
  }

  /** Starts clients that request pages, each over a new connection. */
  public Clients load(int clients) throws IOException, InterruptedException {
    return load("--port=8080", "--new=" + clients, "--think=2");
  }

  /**
   * Starts clients that request pages of the demo until they are told to end; returns when each was
   * answered.
   *
   * @param options where and how, as {@link Load} has them
   */
  public Clients load(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(JAVA_HOME + "/bin/java", "-XX:TieredStopAtLevel=1", "-cp"));
    command.addAll(List.of(BUILD.resolve("test/load").toString(), Load.class.getName()));
    command.add("--expect=Hello from pid (?<worker>\\d+)\\n");
    command.addAll(List.of(options));
    var load = new Clients(start(command.toArray(String[]::new)));
    String line = load.output.readLine();
    Assertions.assertEquals("going", line);
    return load;
  }

  /** Clients under way. */
  public static final class Clients implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private Clients(Process process) {
      this.process = process;
      this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Begins a phase of the report. */
    public void mark(String phase) throws IOException {
      say("mark " + phase);
    }

    /** How it went so far. */
    public Report report() throws IOException {
      say("report");
      return Report.parse(List.of(output.readLine()));
    }

    private void say(String line) throws IOException {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    }

    /** Lets each client finish its request, and says how all went. */
    public Report end() throws IOException {
      process.getOutputStream().close();
      return Report.parse(output.lines().toList());
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      process.destroy();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      must(execute(List.of(SANDBOX, "halt", folder.toString()), null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
