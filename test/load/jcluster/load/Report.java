package jcluster.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How a load went, as named numbers. Every request counts once in {@code requests}, and either in
 * {@code answered} or in {@code failed} and under its {@link Outcome}; besides in {@code retryable}
 * as often as it was sent again. What is in {@code late} is in no other.
 *
 * <p>{@code p50}, {@code p90}, {@code p99}, {@code p99.9} and {@code max} are the times that
 * answers took, in µs: from before connecting, and with a retried request from its first sending,
 * until the answer's last byte; all but the last are up to 1.6 % too high. {@code gap} is the
 * longest time between two answers of whatever kind, in ms, {@code millis} how long all took,
 * {@code rate} the requests per second. {@code worker.NAME} are the answers that this worker gave.
 *
 * <p>The numbers of a kind begin with its name, {@code keep-alive.p99}, those of a phase with its
 * name, {@code roll.keep-alive.p99}. A request belongs to the phase in which it ended; what comes
 * before the first mark is in none.
 */
public record Report(Map<String, Long> numbers, List<String> examples) {
  private static final String[] COLUMNS = {
    "requests", "answered", "failed", "retryable", "p50", "p90", "p99", "p99.9", "max"
  };

  /** Reads the output of a load that was a process: {@link #line()} in the last line. */
  public static Report parse(List<String> output) {
    String line = output.isEmpty() ? "" : output.get(output.size() - 1);
    if (!line.startsWith("requests=")) {
      throw new IllegalArgumentException("no report: " + String.join("\n", output));
    }
    var numbers = new LinkedHashMap<String, Long>();
    for (String word : line.split(" ")) {
      String[] parts = word.split("=", 2);
      numbers.put(parts[0], Long.valueOf(parts[1]));
    }
    return new Report(
        numbers, output.stream().filter(l -> l.startsWith("  ")).map(String::strip).toList());
  }

  /** The number of that name; 0 if there is none. */
  public long get(String name) {
    return numbers.getOrDefault(name, 0L);
  }

  public long requests() {
    return get("requests");
  }

  public long answered() {
    return get("answered");
  }

  public long failed() {
    return get("failed");
  }

  public long retryable() {
    return get("retryable");
  }

  public long late() {
    return get("late");
  }

  /** A name as it is in the numbers. */
  static String word(String name) {
    return name.replaceAll("[\\s=]", "_");
  }

  /** The numbers of one phase. */
  public Report phase(String name) {
    return new Report(under(word(name) + "."), List.of());
  }

  /** The numbers of one kind of client. */
  public Report of(Kind kind) {
    return phase(kind.toString());
  }

  /** How many answers each worker gave. */
  public Map<String, Long> workers() {
    return under("worker.");
  }

  /** How often each outcome was had, those that never were left out: {@code {answered=4711}}. */
  public Map<String, Long> outcomes() {
    var outcomes = new LinkedHashMap<String, Long>();
    for (Outcome outcome : Outcome.values()) {
      if (get(outcome.toString()) > 0) {
        outcomes.put(outcome.toString(), get(outcome.toString()));
      }
    }
    return outcomes;
  }

  private Map<String, Long> under(String prefix) {
    var below = new TreeMap<String, Long>();
    numbers.forEach(
        (name, number) -> {
          if (name.startsWith(prefix)) {
            below.put(name.substring(prefix.length()), number);
          }
        });
    return below;
  }

  /** All numbers in one line, for programs: {@code requests=4711 failed=0 answered=4711 …}. */
  public String line() {
    return numbers.entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
  }

  /** A table for people. */
  @Override
  public String toString() {
    var text = new StringBuilder(String.format("%-16s", "(times in µs)"));
    for (String column : COLUMNS) {
      text.append(String.format("%11s", column));
    }
    for (String name : numbers.keySet()) {
      if (name.endsWith("requests")) {
        String prefix = name.substring(0, name.length() - "requests".length());
        text.append(String.format("%n%-16s", prefix.isEmpty() ? "all" : prefix.replace('.', ' ')));
        for (String column : COLUMNS) {
          text.append(String.format("%11d", get(prefix + column)));
        }
      }
    }
    return text
        + String.format("%noutcomes: %s%n", outcomes())
        + examples.stream().map(example -> "  " + example + "\n").collect(Collectors.joining())
        + (workers().isEmpty() ? "" : "answers per worker: " + workers() + "\n")
        + String.format(
            Locale.ROOT,
            "%d requests/s for %.1f s; the longest time between two answers was %d ms",
            get("rate"),
            get("millis") / 1e3,
            get("gap"));
  }
}
