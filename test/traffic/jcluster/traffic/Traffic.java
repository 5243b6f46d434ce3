package jcluster.traffic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jcluster.cluster.Program;
import jcluster.compat.Jdk;
import jcluster.compat.ServerCluster;

/**
 * Tries all kinds of traffic on all kinds of servers, and writes a table.
 *
 * <p>Words: the file; the homes of the JDKs, in one; words that the rows have in their names, in
 * one that is empty for all.
 */
public final class Traffic {
  private static final String LINE = "%-34s %-32s %-7s %8s %5s %5s %4s %7s %4s  %s";
  private static final boolean CI = "true".equals(System.getenv("CI"));

  private final Path file;

  private final List<String> head = new ArrayList<>();

  /** The result of each row on each JDK, in the order of the table. */
  private final Map<Integer, String> lines = new TreeMap<>();

  private boolean ok = true;

  private Traffic(Path file) {
    this.file = file;
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    List<Jdk> jdks = new ArrayList<>();
    for (String home : words[1].split(" ")) {
      jdks.add(Jdk.of(home));
    }
    Program.endAllAtExit();
    var traffic = new Traffic(Path.of(words[0]));
    traffic.all(jdks, words[2]);
    System.exit(traffic.ok ? 0 : 1);
  }

  private void all(List<Jdk> jdks, String filter) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    head.add(
        String.format(
            """
            Kinds of traffic to servers that know nothing of jcluster, each with %d workers on %d CPUs, all
            of them replaced meanwhile, twice or, where a request takes 25 s, once; at a time on each JDK.
              requests  how many were made, by all clients together
              lost      those that got no answer, half of one, or a wrong one
              again     how often one was to be sent once more on another connection, as its protocol has it
              late      POSTs on connections that had been idle for longer than KeepAliveGrace=, and so lost
                        by the client's own fault
              drained   how long the slowest worker took from the signal to stop until it ended, in s
              most      how long its requests and KeepAliveGrace= explain, with 3 s for its end, in s
            """,
            ServerCluster.WORKERS, Runtime.getRuntime().availableProcessors()));
    head.add(
        String.format(
            LINE,
            "traffic",
            "server",
            "JDK",
            "requests",
            "lost",
            "again",
            "late",
            "drained",
            "most",
            "result"));
    head.forEach(System.out::println);
    ExecutorService lanes = Executors.newFixedThreadPool(jdks.size());
    List<Future<?>> ends = new ArrayList<>();
    for (int i = 0; i < jdks.size(); i++) {
      int first = i;
      ends.add(lanes.submit(() -> lane(jdks.get(first), filter, first, jdks.size())));
    }
    lanes.shutdown();
    for (Future<?> end : ends) {
      try {
        end.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    if (lines.isEmpty()) {
      throw new IllegalArgumentException("no row has all of these words: " + filter);
    }
    long minutes = TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - begun);
    String end = String.format("%n%d rows in %d min", lines.size(), minutes);
    System.out.println(end);
    Files.writeString(file, end + "\n", StandardOpenOption.APPEND);
  }

  private Void lane(Jdk jdk, String filter, int first, int step)
      throws IOException, InterruptedException {
    try (var lane = new Lane(jdk)) {
      for (int i = 0; i < Rows.ALL.size(); i++) {
        Row row = Rows.ALL.get(i);
        if (jdk.feature() >= row.site().server().jdk() && row.matches(filter, jdk)) {
          one(lane, row, first + step * i);
        }
      }
    }
    return null;
  }

  private void one(Lane lane, Row row, int place) throws IOException, InterruptedException {
    String missing = Kind.missing(row.kind());
    if (!missing.isEmpty()) {
      say(place, row, lane.jdk(), Row.Result.NONE, (CI ? "" : "skipped: ") + missing, !CI);
      return;
    }
    Row.Result result = lane.run(row, row.kind().reloads(), row.kind().requests());
    String verdict = result.ok() ? "ok" : String.join("; ", result.faults());
    say(place, row, lane.jdk(), result, verdict, result.ok());
  }

  /** Prints the result of a row, and writes the table so far. */
  private synchronized void say(
      int place, Row row, Jdk jdk, Row.Result result, String verdict, boolean good)
      throws IOException {
    Count count = result.count();
    String line =
        String.format(
            Locale.ROOT,
            LINE,
            row.kind().name(),
            row.site().title(),
            jdk.version(),
            count.requests(),
            count.lost(),
            count.again(),
            count.late(),
            String.format(Locale.ROOT, "%.1f", result.drained()),
            row.most(),
            verdict);
    System.out.println(line);
    ok &= good;
    lines.put(place, line);
    Files.write(file, Stream.concat(head.stream(), lines.values().stream()).toList());
  }
}
