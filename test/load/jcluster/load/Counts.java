package jcluster.load;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How often each outcome was had, and how long the answers took. */
final class Counts {
  private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
  private final Histogram micros = new Histogram();

  void add(Outcome outcome) {
    outcomes.merge(outcome, 1L, Long::sum);
  }

  void addAnswer(long nanos) {
    add(Outcome.ANSWERED);
    micros.add(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  private long get(Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  void report(String prefix, Map<String, Long> to) {
    long failed = 0;
    for (Outcome outcome : Outcome.values()) {
      failed += outcome.failed() ? get(outcome) : 0;
    }
    to.put(prefix + "requests", get(Outcome.ANSWERED) + failed);
    to.put(prefix + "failed", failed);
    for (Outcome outcome : Outcome.values()) {
      to.put(prefix + outcome, get(outcome));
    }
    to.put(prefix + "p50", micros.percentile(50));
    to.put(prefix + "p90", micros.percentile(90));
    to.put(prefix + "p99", micros.percentile(99));
    to.put(prefix + "p99.9", micros.percentile(99.9));
    to.put(prefix + "max", micros.percentile(100));
  }
}
