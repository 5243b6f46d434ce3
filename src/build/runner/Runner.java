import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import jcluster.load.Leftovers;

/**
 * {@code Runner CLASSPATH SUITE[+once]=JDK... -- JVM OPTION...}: runs the tests in build/test/SUITE
 * on each JDK, each suite in a JVM of its own ({@link Suite}), then names what was skipped and what
 * failed; the last line counts all of it. The exit status is 0 if something ran and nothing failed
 * (under CI=true, nothing was skipped either), 130 if the runner was interrupted, else 1.
 *
 * <p>Tests that take long and do not depend on the JDK are tagged {@code once}: they run on their
 * own in SUITE+once, or else on the suite's last JDK.
 *
 * <p>Environment: TESTS, a regular expression that is looked for in package.Class#method; REPEAT
 * and SEED, to run each suite as many times in random orders; TEST_TIMEOUT for a suite and
 * EACH_TIMEOUT for a test, such as 20m.
 */
public final class Runner {
  /** Suites wait most of the time. */
  private static final int LANES = 4;

  private static final int SECONDS_TO_END = 10;
  private static final int INTERRUPTED = 130;
  private static final Path HERE = Path.of("").toAbsolutePath();
  private static final Path REPORTS = Path.of("build/reports");

  /** A suite on a JDK, with the tag expression that chooses its tests, empty for all. */
  private record Run(String suite, String jdk, boolean once, String tag) {
    static Run of(String word, List<String> later) {
      String suite = word.replaceFirst("(\\+once)?=.*", "");
      boolean once = word.startsWith(suite + "+once=");
      boolean last = later.stream().noneMatch(w -> w.matches(suite + "(\\+once)?=.*"));
      String jdk = word.substring(word.indexOf('=') + 1);
      return new Run(suite, jdk, once, once ? "once" : last ? "" : "!once");
    }

    String title(String between) {
      return suite + (once ? "-once" : "") + between + Path.of(jdk).getFileName();
    }

    /** Whether it boots machines, which see this folder where it is. */
    boolean hasMachines() {
      return suite.equals("system") || suite.equals("trials");
    }

    /** The suites of one lane run one after the other. */
    String lane() {
      boolean hasServers = suite.equals("compat") || suite.equals("traffic");
      return hasMachines() ? "machines" : hasServers || once ? "servers" : title("-");
    }
  }

  private final String classpath;
  private final List<Run> runs = new ArrayList<>();
  private final List<String> options;
  private final Duration limit = Duration.parse("PT" + variable("TEST_TIMEOUT", "20m"));

  /** One for each time that a suite runs; a single empty one if not in random orders. */
  private final List<String> seeds;

  /** This folder under a name that options of JVMs and commands of tests can have in them. */
  private final Path root;

  private final Count count = new Count();

  /** What the suites have started that run now. */
  private final Set<Leftovers> running = ConcurrentHashMap.newKeySet();

  /** No suite starts any more, and nothing is printed. Guarded by this. */
  private boolean over;

  private Runner(List<String> words) throws IOException {
    int end = words.indexOf("--");
    classpath = words.get(0);
    for (int i = 1; i < end; i++) {
      runs.add(Run.of(words.get(i), words.subList(i + 1, end)));
    }
    options = words.subList(end + 1, words.size());
    int repeat = Integer.parseInt(variable("REPEAT", "0"));
    long first = Long.parseLong(variable("SEED", "" + Instant.now().getEpochSecond()));
    seeds =
        repeat == 0
            ? List.of("")
            : LongStream.range(first, first + repeat).mapToObj(Long::toString).toList();
    root =
        HERE.toString().matches("[\\w/.+@-]*")
            ? HERE
            : Files.createSymbolicLink(Files.createTempDirectory("").resolve("jcluster"), HERE);
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    // As the failures are written, whatever the locale
    System.setOut(
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
    var runner = new Runner(List.of(words));
    Runtime.getRuntime().addShutdownHook(new Thread(runner::end, "end"));
    System.exit(runner.run() ? 0 : 1);
  }

  /** A variable of the environment; an empty one is as good as none. */
  static String variable(String name, String otherwise) {
    String value = System.getenv().getOrDefault(name, "");
    return value.isEmpty() ? otherwise : value;
  }

  /** Returns whether all is well. */
  private boolean run() throws IOException, InterruptedException {
    remove(REPORTS);
    Files.createDirectories(Path.of("build/scratch"));
    Map<String, List<Run>> lanes = new LinkedHashMap<>();
    runs.forEach(run -> lanes.computeIfAbsent(run.lane(), l -> new ArrayList<>()).add(run));
    var pool = Executors.newFixedThreadPool(LANES);
    lanes.values().forEach(lane -> pool.execute(() -> lane.forEach(this::run)));
    pool.shutdown();
    pool.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    synchronized (this) {
      if (!over) {
        over = true;
        count.print(seeds.size());
      }
      return count.isGood(variable("CI", "").equals("true"));
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void run(Run run) {
    for (String seed : seeds) {
      Path report = REPORTS.resolve(run.title("-")).resolve(seed);
      String broken;
      try {
        broken = attempt(run, seed, report);
      } catch (IOException | InterruptedException | AssertionError e) {
        broken = "did not run as it should: " + e;
      }
      synchronized (this) {
        if (!over) {
          lines(report.resolve("failures")).forEach(System.out::println);
          count.add(run.title("-"), seed, lines(report.resolve("results")), broken);
        }
      }
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // The suite did not get that far.
    }
  }

  /** Runs a suite once, and returns how it ended if that was not as it should, or else nothing. */
  private String attempt(Run run, String seed, Path report)
      throws IOException, InterruptedException {
    Files.createDirectories(report);
    Path seen = run.hasMachines() ? HERE : root;
    String classes = "build/test/" + run.suite;
    // Supervisors that the tests start would ignore what nohup, or a shell's &, has this ignore.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT,QUIT"));
    command.add(run.jdk + "/bin/java");
    command.addAll(options);
    command.add("-Djcluster.java.home=" + run.jdk);
    command.add("-Djcluster.root=" + seen);
    command.add("-Djcluster.build=" + seen.resolve("build"));
    command.add("-Djcluster.scratch=" + seen.resolve("build/scratch"));
    command.addAll(List.of("-cp", classes + ":" + classpath, "Suite"));
    command.addAll(List.of(classes, report.toString(), run.tag, seed));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(report.resolve("log").toFile());
    var leftovers = new Leftovers();
    leftovers.mark(builder.environment());
    Process process;
    synchronized (this) {
      if (over) {
        return "";
      }
      System.out.println(run.title(" tests on ") + (seed.isEmpty() ? "" : " with SEED=" + seed));
      running.add(leftovers);
      process = builder.start();
    }
    boolean inTime = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
    if (!inTime) {
      process.destroy();
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
    leftovers.end();
    running.remove(leftovers);
    if (!inTime) {
      return "took longer than " + limit.toString().substring(2).toLowerCase(Locale.ROOT);
    }
    return process.exitValue() == 0 ? "" : "ended with status " + process.exitValue();
  }

  /** At exit, which is early after Ctrl-C: leaves no process, and no link. */
  private void end() {
    boolean early;
    synchronized (this) {
      early = !over;
      over = true;
    }
    try {
      running.forEach(Leftovers::end);
      if (!root.equals(HERE)) {
        Files.delete(root);
        Files.delete(root.getParent());
      }
    } catch (IOException e) {
      System.err.println("cannot remove " + root + ": " + e);
    } finally {
      if (early) {
        Runtime.getRuntime().halt(INTERRUPTED);
      }
    }
  }
}
