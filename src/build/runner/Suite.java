import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.MethodFilter;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.reporting.legacy.LegacyReportingUtils;

/**
 * {@code Suite CLASSES REPORT TAG SEED}: runs the tests of a folder of classes in this JVM, those
 * that TESTS= of the environment and a tag expression leave of them; both can be empty. With a
 * seed, classes and methods come in its random order.
 *
 * <p>Writes each result to REPORT/results as soon as there is one, so that it counts whatever
 * becomes of this JVM: {@link #STARTED}, {@link #PASSED}, {@link #SKIPPED} or {@link #FAILED}, the
 * test, and why it was skipped, with tabs between them. The last line is {@link #END}. What has
 * failed goes to REPORT/failures with the part of its stack trace that is ours.
 */
public final class Suite implements TestExecutionListener {
  static final String STARTED = "started";
  static final String PASSED = "passed";
  static final String SKIPPED = "skipped";
  static final String FAILED = "failed";
  static final String END = "end";

  /** Lines of a stack trace that are not ours. */
  private static final Pattern OTHERS = Pattern.compile("\\s+at (java\\.base/|org\\.junit\\.)");

  private final PrintWriter results;
  private final PrintWriter failures;
  private final Set<TestIdentifier> done = new HashSet<>();
  private TestPlan plan;

  private Suite(Path report) throws IOException {
    results = writer(report.resolve("results"));
    failures = writer(report.resolve("failures"));
  }

  public static void main(String[] words) throws IOException {
    String tests = System.getenv().getOrDefault("TESTS", "");
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClasspathRoots(Set.of(Path.of(words[0]))))
            .filters(
                EngineFilter.includeEngines("junit-jupiter"),
                ClassNameFilter.includeClassNamePatterns(".*"),
                MethodFilter.includeMethodNamePatterns(".*(" + tests + ").*"))
            .configurationParameters(
                Map.of(
                    "junit.jupiter.execution.timeout.default",
                    Runner.variable("EACH_TIMEOUT", "4m"),
                    "junit.jupiter.execution.timeout.threaddump.enabled",
                    "true",
                    "junit.jupiter.extensions.autodetection.enabled",
                    "true"));
    if (!words[2].isEmpty()) {
      request.filters(TagFilter.includeTags(words[2]));
    }
    if (!words[3].isEmpty()) {
      String orderers = "org.junit.jupiter.api.";
      request.configurationParameters(
          Map.of(
              "junit.jupiter.execution.order.random.seed",
              words[3],
              "junit.jupiter.testclass.order.default",
              orderers + "ClassOrderer$Random",
              "junit.jupiter.testmethod.order.default",
              orderers + "MethodOrderer$Random"));
    }
    var suite = new Suite(Path.of(words[1]));
    LauncherFactory.create().execute(request.build(), suite);
    if (suite.done.isEmpty() && tests.isEmpty()) {
      System.err.println("there is no test in " + words[0]);
      System.exit(2);
    }
    suite.results.println(END);
    System.exit(0); // Threads that tests have left hold nothing up.
  }

  private static PrintWriter writer(Path file) throws IOException {
    return new PrintWriter(Files.newBufferedWriter(file), true);
  }

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    if (test.isTest()) {
      results.println(STARTED + "\t" + name(test));
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String why) {
    rest(test).forEach(one -> record(SKIPPED, one, why));
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    String why = result.getThrowable().map(Throwable::getMessage).orElse("");
    switch (result.getStatus()) {
      case SUCCESSFUL -> {
        if (isLeaf(test)) {
          record(PASSED, test, "");
        }
      }
      case ABORTED ->
          rest(test).forEach(one -> record(SKIPPED, one, why.replace("Assumption failed: ", "")));
      case FAILED -> {
        tell(test, result);
        rest(test).forEach(one -> record(FAILED, one, ""));
      }
    }
  }

  /** The tests below one that is over which have no result yet; if there are none, itself. */
  private List<TestIdentifier> rest(TestIdentifier over) {
    Predicate<TestIdentifier> leaf = this::isLeaf;
    List<TestIdentifier> rest =
        plan.getDescendants(over).stream().filter(leaf.and(t -> !done.contains(t))).toList();
    return rest.isEmpty() ? List.of(over) : rest;
  }

  /** A test, or what would make tests and has made none, but not JUnit itself. */
  private boolean isLeaf(TestIdentifier test) {
    return test.isTest() || (test.getParentId().isPresent() && plan.getChildren(test).isEmpty());
  }

  private void record(String result, TestIdentifier test, String why) {
    done.add(test);
    String line = why == null ? "" : why.lines().findFirst().orElse("");
    results.println(result + "\t" + name(test) + "\t" + line);
  }

  /** The log has all of the trace, between what the tests have printed. */
  private void tell(TestIdentifier test, TestExecutionResult result) {
    var text = new StringWriter();
    result.getThrowable().ifPresent(e -> e.printStackTrace(new PrintWriter(text, true)));
    String told = "FAILED: " + name(test) + ", " + test.getDisplayName() + "\n" + text;
    System.out.print(told);
    told.lines().filter(line -> !OTHERS.matcher(line).lookingAt()).forEach(failures::println);
  }

  private String name(TestIdentifier test) {
    String type = LegacyReportingUtils.getClassName(plan, test);
    String own = test.getLegacyReportingName();
    return type.equals(own) ? type : type + "." + own;
  }
}
