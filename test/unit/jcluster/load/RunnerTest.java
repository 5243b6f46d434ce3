package jcluster.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The runner of these tests, on a suite that passes, fails, hangs and dies on request. */
@Tag("once")
class RunnerTest {
  private static final String SUITE =
      """
      import java.io.*;
      import java.nio.file.*;
      import java.util.concurrent.locks.LockSupport;
      import org.junit.jupiter.api.*;

      class Each {
        @Test void passes() {}
        @Test void fails() { Assertions.fail("the reason"); }
        @Test @Disabled("not now") void skipped() {}
        @Test void lacks() { Assumptions.assumeTrue(false, "no such machine"); }
        @TestFactory DynamicTest[] makes() {
          return new DynamicTest[] {
            DynamicTest.dynamicTest("one", () -> {}), DynamicTest.dynamicTest("two", this::fails)
          };
        }
      }

      class NeverBegins {
        @BeforeAll static void prepare() { Assertions.fail("not prepared"); }
        @Test void one() {}
        @Test void two() {}
      }

      class NeverEnds {
        @Test void passes() {}
        @AfterAll static void end() { Assertions.fail("not ended"); }
      }

      @Disabled("not yet")
      class Off {
        @Test void one() {}
        @Test void two() {}
      }

      @TestMethodOrder(MethodOrderer.MethodName.class)
      class Dies {
        @Test void a() {}
        @Test void exits() { System.exit(0); }
        @Test void isKilled() throws Exception {
          new ProcessBuilder("kill", "-KILL", "" + ProcessHandle.current().pid()).start();
          Thread.currentThread().join();
        }
        @Test void waits() throws Exception { Thread.currentThread().join(); }
        @Test void neverEnds() {
          Runnable stays = () -> { while (true) { LockSupport.park(); } };
          Runtime.getRuntime().addShutdownHook(new Thread(stays));
          stays.run();
        }
        @Test void leaves() throws Exception {
          String command = "setsid sleep 600 & echo $$ $! $PPID >new; mv new pids";
          new ProcessBuilder("sh", "-c", command).start().waitFor();
        }
        @Test void leavesAndWaits() throws Exception { leaves(); waits(); }
      }

      class Order {
        @Test void a() {}
        @Test void b() {}
        @Test void c() {}
        @Test void d() {}
        @Test void e() {}
        @Test void failsAtFirst() { Assertions.assertFalse(new File("first").delete()); }
      }

      class Tagged {
        @Test void often() {}
        @Test @Tag("once") void once() {}
      }

      class Place {
        @Test void isSeen() throws Exception {
          String root = System.getProperty("jcluster.root");
          Files.writeString(Path.of("..", "root"), root);
          Assertions.assertTrue(Files.isSameFile(Path.of(root), Path.of("")));
          Assertions.assertTrue(Files.isDirectory(Path.of(System.getProperty("jcluster.build"))));
          Assertions.assertTrue(Files.isDirectory(Path.of(System.getProperty("jcluster.scratch"))));
        }
      }
      """;

  private static final String HOME = System.getProperty("jcluster.java.home");

  /** As a run of the suite on this JDK is called. */
  private static final String RUN = "small-" + Path.of(HOME).getFileName();

  /** This JVM's, which has the runner in it. */
  private static final String CLASSPATH =
      Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .map(entry -> Path.of(entry).toAbsolutePath().toString())
          .collect(Collectors.joining(File.pathSeparator));

  @TempDir static Path compiled;
  @TempDir Path folder;
  private final Leftovers leftovers = new Leftovers();
  private final List<String> before = new ArrayList<>();
  private List<String> output = List.of();

  @BeforeAll
  static void compile() throws IOException {
    Path source = Files.writeString(compiled.resolve("Suite.java"), SUITE);
    String[] words = {"-cp", CLASSPATH, "-proc:none", "-d", compiled + "/small", "" + source};
    assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, words));
  }

  @BeforeEach
  void copySuite() throws Exception {
    Path tests = Files.createDirectories(folder.resolve("build/test"));
    for (String suite : List.of("small", "system")) {
      var copy = new ProcessBuilder("cp", "-r", compiled + "/small", tests + "/" + suite);
      assertEquals(0, copy.start().waitFor());
    }
  }

  @AfterEach
  void endLeftovers() {
    leftovers.end();
  }

  @Test
  void eachResultIsCountedAndWhatHasNotPassedIsNamed() throws Exception {
    assertEquals(1, run(Map.of("TESTS", "Each|Never|Off")));
    assertEquals(
        List.of(
            "skipped: Each.lacks() on " + RUN + ": no such machine",
            "skipped: Each.skipped() on " + RUN + ": not now",
            "skipped: Off.one() on " + RUN + ": not yet",
            "skipped: Off.two() on " + RUN + ": not yet",
            "failed: Each.fails() on " + RUN,
            "failed: Each.makes()[2] on " + RUN,
            "failed: NeverBegins.one() on " + RUN,
            "failed: NeverBegins.two() on " + RUN,
            "failed: NeverEnds on " + RUN,
            "3 passed, 5 failed, 4 skipped"),
        last(10));
    assertEquals("small tests on " + Path.of(HOME).getFileName(), output.get(0));
    for (String why : List.of("the reason", "not prepared", "not ended")) {
      assertTrue(output.stream().anyMatch(line -> line.endsWith(": " + why)), output::toString);
      assertTrue(report(RUN + "/log").contains(why));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasSkippedIsMissedUnderCi(boolean ci) throws Exception {
    var variables = Map.of("TESTS", "Each#(passes|skipped)", "CI", "" + ci);
    assertEquals(ci ? 1 : 0, run(variables));
    assertEquals(List.of("1 passed, 0 failed, 1 skipped"), last(1));
  }

  @Test
  void ofTestsThatMatchNothingNoneHasPassed() throws Exception {
    assertEquals(1, run(Map.of("TESTS", "Each#nothing")));
    assertEquals(List.of("0 passed, 0 failed"), last(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"isKilled: ended with status 137", "exits: ended before its tests did"})
  void whatHasEndedBeforeItsSuiteDiesCounts(String what) throws Exception {
    String test = what.split(": ")[0];
    assertEquals(1, run(Map.of("TESTS", "Dies#(a|" + test + ")$")));
    assertEquals(
        List.of(
            "failed: "
                + RUN
                + " "
                + what.split(": ")[1]
                + " in Dies."
                + test
                + "(), see "
                + "build/reports/"
                + RUN
                + "/log",
            "1 passed, 1 failed"),
        last(2));
  }

  @Test
  void aTestThatHangsFails() throws Exception {
    assertEquals(1, run(Map.of("TESTS", "Dies#(a|waits)$", "EACH_TIMEOUT", "1s")));
    assertEquals(List.of("failed: Dies.waits() on " + RUN, "1 passed, 1 failed"), last(2));
    assertTrue(report(RUN + "/log").contains("java.lang.Thread.join"), "there is no thread dump");
  }

  @Test
  void aSuiteThatHangsIsEnded() throws Exception {
    int seconds = 2;
    do {
      seconds *= 2; // A busy machine may not have come that far.
      assertEquals(1, run(Map.of("TESTS", "Dies#(a|never)", "TEST_TIMEOUT", seconds + "s")));
    } while (seconds < 60 && !output.toString().contains(" in Dies.neverEnds(), "));
    String what = "failed: " + RUN + " took longer than " + seconds + "s in Dies.neverEnds(), see ";
    assertEquals(List.of(what + "build/reports/" + RUN + "/log", "1 passed, 1 failed"), last(2));
  }

  @Test
  void aSuiteThatCannotStartFails() throws Exception {
    assertEquals(1, run(Map.of(), "small=/nowhere", "small=" + HOME));
    // The status of env(1) for a program that is not there
    String failed = "failed: small-nowhere ended with status 127";
    assertTrue(output.stream().anyMatch(line -> line.startsWith(failed)), output::toString);
  }

  @Test
  void ordersAreRandomAndComeAgainWithTheirSeeds() throws Exception {
    Files.createFile(folder.resolve("first"));
    assertEquals(1, run(Map.of("TESTS", "Order", "REPEAT", "4", "SEED", "7")));
    assertEquals(
        List.of(
            "failed: Order.failsAtFirst() on " + RUN + ", 1 of 4 times, SEED=7",
            "23 passed, 1 failed"),
        last(2));
    String title = "small tests on " + Path.of(HOME).getFileName();
    assertEquals(title + " with SEED=7", output.get(0));
    Set<List<String>> orders = new HashSet<>();
    for (int seed = 7; seed < 11; seed++) {
      orders.add(order(seed));
    }
    assertNotEquals(1, orders.size());
    List<String> last = order(10);
    assertEquals(0, run(Map.of("TESTS", "Order", "REPEAT", "1", "SEED", "10")));
    assertEquals(List.of(title + " with SEED=10", "6 passed, 0 failed"), output);
    assertEquals(last, order(10));
  }

  private List<String> order(int seed) throws IOException {
    return report(RUN + "/" + seed + "/results")
        .lines()
        .filter(l -> l.startsWith("started"))
        .toList();
  }

  @Test
  void whatIsTaggedSoRunsOnce() throws Exception {
    String small = "small=" + HOME;
    assertEquals(0, run(Map.of("TESTS", "Tagged"), small, "small+once=" + HOME));
    assertEquals(List.of("2 passed, 0 failed"), last(1));
    String once = RUN.replace("small", "small-once");
    assertTrue(report(once + "/results").contains("passed\tTagged.once()"));
    assertFalse(report(RUN + "/results").contains("once"));
    assertEquals(0, run(Map.of("TESTS", "Tagged"), small));
    assertEquals(List.of("2 passed, 0 failed"), last(1));
  }

  @Test
  void whatASuiteLeavesIsEnded() throws Exception {
    assertEquals(0, run(Map.of("TESTS", "Dies#leaves$")));
    assertNoneIsAlive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  void interruptedItLeavesNothing(String signal) throws Exception {
    Process runner = start(Map.of("TESTS", "Dies#(a|leavesAndWaits)$"), "small=" + HOME);
    while (!Files.exists(folder.resolve("pids"))) {
      assertFalse(runner.waitFor(20, TimeUnit.MILLISECONDS), () -> "ended: " + output);
    }
    new ProcessBuilder("kill", "-" + signal, "" + runner.pid()).start().waitFor();
    assertEquals(130, end(runner));
    assertNoneIsAlive();
    assertEquals(0, leftovers.end());
  }

  @ParameterizedTest
  @ValueSource(strings = {"small", "system"})
  void onlyMachinesSeeAFolderWithABlankAndAnUmlaut(String suite) throws Exception {
    String move = "odd=$(printf 'a h\\303\\244user') && mkdir \"$odd\" && mv build \"$odd\"";
    before.addAll(List.of("sh", "-c", move + " && cd \"$odd\" && exec \"$@\"", "sh"));
    assertEquals(0, run(Map.of("TESTS", "Place", "LC_ALL", "C.UTF-8"), suite + "=" + HOME));
    String root = Files.readString(folder.resolve("root"));
    if (suite.equals("system")) {
      assertTrue(root.endsWith("/a h\u00e4user"), root);
    } else {
      assertTrue(root.matches("[\\w/.+@-]*"), root);
      assertFalse(Files.exists(Path.of(root), LinkOption.NOFOLLOW_LINKS), root);
    }
  }

  private int run(Map<String, String> variables, String... suites) throws Exception {
    return end(start(variables, suites.length == 0 ? new String[] {"small=" + HOME} : suites));
  }

  /** Starts the runner in the folder. */
  private Process start(Map<String, String> variables, String... suites) throws IOException {
    List<String> command = new ArrayList<>(before);
    // What the runner of this test ignores, this one is to hear
    command.addAll(List.of("env", "--default-signal=INT,TERM,HUP", HOME + "/bin/java"));
    command.addAll(List.of("-cp", CLASSPATH, "Runner", CLASSPATH));
    command.addAll(List.of(suites));
    command.addAll(List.of("--", "-ea", "-XX:TieredStopAtLevel=1"));
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.redirectErrorStream(true).redirectOutput(folder.resolve("output").toFile());
    builder.environment().keySet().removeAll(Set.of("TESTS", "REPEAT", "SEED", "CI"));
    builder.environment().putAll(variables);
    leftovers.mark(builder.environment());
    return builder.start();
  }

  /** Waits for its end, and returns its status. */
  private int end(Process runner) throws Exception {
    int status = runner.waitFor();
    output = Files.readAllLines(folder.resolve("output"));
    return status;
  }

  /** The last lines of what it has printed. */
  private List<String> last(int count) {
    return output.subList(Math.max(0, output.size() - count), output.size());
  }

  private String report(String file) throws IOException {
    return Files.readString(folder.resolve("build/reports/" + file));
  }

  private void assertNoneIsAlive() throws IOException {
    for (String pid : Files.readString(folder.resolve("pids")).trim().split(" ")) {
      assertFalse(LeftoversTest.isAlive(Long.parseLong(pid)), pid);
    }
  }
}
