package jcluster.trials;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import jcluster.load.Report;
import jcluster.system.Machine;

/**
 * Many rolls in a row under load, in every arrangement, on a real systemd with the installed units,
 * as a table. Exits with 1 if a request was lost or a roll went wrong.
 *
 * <p>Words: the file for the table; how many rolls in each arrangement at least.
 */
public final class Rolls {
  private static final int[] WORKERS = {1, 2, 4};
  private static final String[] ORDERS = {"start-first", "stop-first"};
  private static final long BEFORE_MILLIS = 10_000;

  /** A roll takes as long as its JVMs take to start: where that is short, more rolls are made. */
  private static final long REQUESTS = 100_000;

  private static final String ROW = "%7s %-11s %-6s %5s %8s %4s %5s %5s %12s %12s %12s %12s  %s";

  private Rolls() {}

  public static void main(String[] words) throws IOException, InterruptedException {
    var paper = new Paper(Path.of(words[0]));
    int rolls = Integer.parseInt(words[1]);
    paper.say(
        String.format(
            """
            %s: in each arrangement all workers are replaced by systemctl reload, under load,
            %d times in a row, and on until %d requests were made. TCP is the demo, Unix another server.
            Workers have %s and MinUptime=%s, clients are
            %s.
              requests, lost, again  those during the rolls; that failed; that a client had to send once
                                     more, as HTTP lets it
              roll                   how long a roll took, in s, from systemctl's start to its end
              p50, p99, max, gap     how long answers took, and the longest time without one, in ms: in %d s
                                     before the rolls > during them
            """,
            Paper.machine(),
            rolls,
            REQUESTS,
            Arrangement.JVM,
            Arrangement.MIN_UPTIME,
            String.join(" ", Arrangement.CLIENTS),
            BEFORE_MILLIS / 1000));
    paper.say(
        String.format(
            ROW,
            "workers",
            "order",
            "socket",
            "rolls",
            "requests",
            "lost",
            "again",
            "roll",
            "p50",
            "p99",
            "max",
            "gap",
            "result"));
    boolean ok = true;
    try (Machine machine = Machine.boot("rolls")) {
      Arrangement.prepare(machine);
      for (int workers : WORKERS) {
        for (String order : ORDERS) {
          for (var listener : Arrangement.Listener.values()) {
            ok &= one(new Arrangement(workers, order, listener), machine, rolls, paper);
          }
        }
      }
    }
    System.exit(ok ? 0 : 1);
  }

  private static boolean one(Arrangement arrangement, Machine machine, int rolls, Paper paper)
      throws IOException, InterruptedException {
    Arrangement.Outcome outcome = arrangement.run(machine, BEFORE_MILLIS, rolls, REQUESTS);
    Report before = outcome.load().phase("before");
    Report during = outcome.load().phase("rolls");
    paper.say(
        String.format(
            ROW,
            arrangement.workers(),
            arrangement.order(),
            arrangement.listener(),
            outcome.rolls(),
            during.requests(),
            outcome.load().failed(),
            during.retryable(),
            decimal(outcome.millis() / 1e3 / Math.max(1, outcome.rolls())),
            pair("p50", before, during),
            pair("p99", before, during),
            pair("max", before, during),
            before.get("gap") + " > " + during.get("gap"),
            outcome.ok() ? "ok" : "FAILED " + outcome.problem()));
    if (!outcome.ok()) {
      paper.say(outcome.load().toString());
    }
    return outcome.ok();
  }

  private static String pair(String micros, Report before, Report during) {
    return decimal(before.get(micros) / 1e3) + " > " + decimal(during.get(micros) / 1e3);
  }

  /** With two significant digits at least. */
  private static String decimal(double number) {
    return String.format(Locale.ROOT, number < 1 ? "%.2f" : number < 10 ? "%.1f" : "%.0f", number);
  }
}
