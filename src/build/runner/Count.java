import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts the results of all suites, and names what was skipped and what failed. */
final class Count {
  /** Each with the seeds of the runs in which it was so. */
  private final Map<String, List<String>> skips = new TreeMap<>();

  private final Map<String, List<String>> failures = new TreeMap<>();
  private int passed;

  /**
   * Adds one run of a suite.
   *
   * @param seed of its random order, or empty
   * @param results the lines that {@link Suite} has written
   * @param broken how the suite ended if that was not as it should, or empty
   */
  void add(String run, String seed, List<String> results, String broken) {
    String underWay = "";
    boolean complete = false;
    for (String line : results) {
      String[] parts = (line + "\t\t").split("\t", -1);
      String test = parts[1];
      underWay = parts[0].equals(Suite.STARTED) ? " in " + test : "";
      switch (parts[0]) {
        case Suite.PASSED -> passed++;
        case Suite.SKIPPED ->
            note(skips, "skipped: " + test + " on " + run + ": " + parts[2], seed);
        case Suite.FAILED -> note(failures, "failed: " + test + " on " + run, seed);
        case Suite.END -> complete = true;
        default -> {}
      }
    }
    if (!broken.isEmpty() || !complete) {
      String how = broken.isEmpty() ? "ended before its tests did" : broken;
      String log = "build/reports/" + run + (seed.isEmpty() ? "" : "/SEED") + "/log";
      note(failures, "failed: " + run + " " + how + underWay + ", see " + log, seed);
    }
  }

  private static void note(Map<String, List<String>> notes, String what, String seed) {
    notes.computeIfAbsent(what, w -> new ArrayList<>()).add(seed);
  }

  /**
   * Prints what was skipped, what failed, and the counts.
   *
   * @param rounds how many times each suite has run
   */
  void print(int rounds) {
    print(skips, rounds);
    print(failures, rounds);
    String last = skips.isEmpty() ? "" : ", " + size(skips) + " skipped";
    System.out.println(passed + " passed, " + size(failures) + " failed" + last);
  }

  private static void print(Map<String, List<String>> notes, int rounds) {
    notes.forEach(
        (what, seeds) -> {
          String seen = ", " + seeds.size() + " of " + rounds + " times, SEED=";
          System.out.println(what + (seeds.contains("") ? "" : seen + String.join(" ", seeds)));
        });
  }

  private static int size(Map<String, List<String>> notes) {
    return notes.values().stream().mapToInt(List::size).sum();
  }

  /** Whether something ran, nothing failed, and nothing was skipped if {@code all} had to run. */
  boolean isGood(boolean all) {
    return failures.isEmpty() && passed + size(skips) > 0 && !(all && !skips.isEmpty());
  }
}
