package jcluster.load;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Counts outcomes and times, in total and by phase; times are in nanoseconds. */
final class Tally {
  private static final int EXAMPLES = 10;
  private static final int EXAMPLE_LENGTH = 200;

  private final LongSupplier clock;
  private final long start;
  private final Part all = new Part();
  private final Map<String, Part> phases = new LinkedHashMap<>();
  private final List<String> examples = new ArrayList<>();
  private List<Part> current = List.of(all);
  private long last;
  private Long lastAnswer;

  /** The whole load, or a phase. */
  private static final class Part {
    final Counts counts = new Counts();
    final Map<Kind, Counts> kinds = new EnumMap<>(Kind.class);
    final Map<String, Long> workers = new TreeMap<>();
    long length;
    long gap;

    List<Counts> counts(Kind kind) {
      return List.of(counts, kinds.computeIfAbsent(kind, k -> new Counts()));
    }

    void report(String prefix, Map<String, Long> to) {
      counts.report(prefix, to);
      long requests = to.get(prefix + "requests");
      to.put(prefix + "rate", length == 0 ? 0 : Math.round(requests * 1e9 / length));
      to.put(prefix + "millis", TimeUnit.NANOSECONDS.toMillis(length));
      to.put(prefix + "gap", TimeUnit.NANOSECONDS.toMillis(gap));
      workers.forEach(
          (worker, answers) -> to.put(prefix + "worker." + Report.word(worker), answers));
      kinds.forEach((kind, its) -> its.report(prefix + kind + ".", to));
    }
  }

  Tally(LongSupplier clock) {
    this.clock = clock;
    start = clock.getAsLong();
    last = start;
  }

  /** Begins a phase: requests that end from now on belong to it. */
  synchronized void mark(String phase) {
    proceed();
    current = List.of(all, phases.computeIfAbsent(phase, name -> new Part()));
  }

  /**
   * Counts an answer.
   *
   * @param begun when its request was first sent
   * @param worker the worker that answered, or null if unknown
   */
  synchronized void answered(Kind kind, long begun, String worker) {
    long now = proceed();
    for (Part part : current) {
      part.counts(kind).forEach(counts -> counts.addAnswer(now - begun));
      part.gap = Math.max(part.gap, lastAnswer == null ? 0 : now - lastAnswer);
      if (worker != null) {
        part.workers.merge(worker, 1L, Long::sum);
      }
    }
    lastAnswer = now;
  }

  synchronized void failed(Kind kind, Failure failure) {
    long millis = TimeUnit.NANOSECONDS.toMillis(proceed() - start);
    count(kind, failure.outcome);
    if (examples.size() < EXAMPLES) {
      String what = failure.getMessage().replaceAll("\\p{Cntrl}+", " ");
      String why = kind + " " + failure.outcome + " after " + millis + " ms: " + what;
      examples.add(why.substring(0, Math.min(EXAMPLE_LENGTH, why.length())));
    }
  }

  synchronized void retried(Kind kind) {
    count(kind, Outcome.RETRYABLE);
  }

  synchronized void late(Kind kind) {
    count(kind, Outcome.LATE);
  }

  private void count(Kind kind, Outcome outcome) {
    current.forEach(part -> part.counts(kind).forEach(counts -> counts.add(outcome)));
  }

  private long proceed() {
    long now = clock.getAsLong();
    current.forEach(part -> part.length += now - last);
    last = now;
    return now;
  }

  /** All until the last answer or failure. */
  synchronized Report report() {
    var numbers = new LinkedHashMap<String, Long>();
    all.report("", numbers);
    phases.forEach((name, part) -> part.report(Report.word(name) + ".", numbers));
    return new Report(numbers, List.copyOf(examples));
  }
}
