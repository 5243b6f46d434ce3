package jcluster.trials;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import jcluster.load.Report;
import jcluster.system.Machine;

/**
 * Random operations one after the other on the demo as a service under load, on a real systemd. A
 * seed gives the same sequence again; how far it gets depends on the machine. Exits with 1 if
 * anything was not as it should be.
 *
 * <p>In the second half of the time the supervisor stays the same process and program, so that its
 * memory can be judged: operations that end it are passed over.
 *
 * <p>Words: the file for the report; for how many seconds; the seed, or none for any.
 */
public final class Soak {
  private static final int LONGEST_PAUSE_MILLIS = 1000;

  /**
   * How much the supervisor's resident memory may grow from a quarter of its time to the end, in
   * kB. Its heap, of 64 MB at most, need not have been touched as a whole by then; a leak of 1 kB
   * in each of some thousand operations is to be seen.
   */
  private static final long GROWTH = 8_000;

  /** The only messages of priority error that are expected: operations that had to fail. */
  private static final List<String> EXPECTED =
      List.of(
          // Of the supervisor, and of the command in ExecReload=
          "(jcluster: myapp: )?reload (to generation \\d+ failed|refused).*",
          "(jcluster: myapp: )?worker \\d+ .*",
          "(jcluster: myapp: )?/etc/jcluster/myapp.conf:\\d+: .*",
          // Of systemd, and of systemctl(1) in the handle
          "Reload failed for .*",
          "Job for myapp@\\d+.service failed.*",
          "See \"systemctl status .*");

  private final Machine machine;
  private final Paper paper;
  private final Service service;
  private final Operations operations;
  private final Map<String, Integer> done = new TreeMap<>();
  private int steps;

  /**
   * What the supervisor uses: memory in kB, threads but those that the JVM starts and ends as it
   * likes, and CPU time in ticks of 10 ms.
   */
  private record Use(long resident, long threads, long descriptors, long ticks, long nanos) {}

  Soak(Machine machine, Paper paper) {
    this.machine = machine;
    this.paper = paper;
    service = new Service(machine);
    operations = new Operations(service);
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    var paper = new Paper(Path.of(words[0]));
    long seconds = Long.parseLong(words[1]);
    long seed = words.length > 2 ? Long.parseLong(words[2]) : new Random().nextInt(1_000_000);
    boolean ok;
    try (Machine machine = Machine.boot("soak")) {
      ok = new Soak(machine, paper).run(seed, seconds, Integer.MAX_VALUE);
    }
    System.exit(ok ? 0 : 1);
  }

  /**
   * Does it all; whether all was well.
   *
   * @param most how many operations at most
   */
  boolean run(long seed, long seconds, int most) throws IOException, InterruptedException {
    paper.say(
        String.format(
            "%s: %d workers, up to %d s from seed %d, clients %s",
            Paper.machine(), Service.SIZE, seconds, seed, Service.clients()));
    String problem = "";
    try (service) {
      service.start();
      try {
        operate(new Random(seed), seconds, most);
      } catch (RuntimeException | AssertionError e) {
        problem = "operation " + steps + ": " + e.getMessage();
      }
      Report report = service.end();
      if (problem.isEmpty() && report.failed() > service.lost()) {
        problem = "lost";
      }
      String unexpected = unexpected();
      problem = problem.isEmpty() && !unexpected.isEmpty() ? "said: " + unexpected : problem;
      tell(report, problem);
    }
    return problem.isEmpty();
  }

  private void operate(Random random, long seconds, int most)
      throws IOException, InterruptedException {
    operations.undo();
    Use first = use();
    long begun = System.nanoTime();
    long half = begun + TimeUnit.SECONDS.toNanos(seconds) / 2;
    long end = half + (half - begun);
    Use quarter = null;
    for (long now = begun; now < end && steps < most; now = System.nanoTime()) {
      var chance = new Random(random.nextLong());
      Operations.Operation operation = operations.choose(chance);
      if (now < half || !operation.ends()) {
        steps++;
        System.out.printf(Locale.ROOT, "%6.1f %s%n", (now - begun) / 1e9, operation.name());
        operation.run(chance);
        service.settle();
        done.merge(operation.name(), 1, Integer::sum);
        TimeUnit.MILLISECONDS.sleep(chance.nextInt(LONGEST_PAUSE_MILLIS));
      }
      if (quarter == null && now > half + (half - begun) / 4) {
        quarter = use();
      }
    }
    operations.undo();
    compare(first, quarter == null ? use() : quarter);
  }

  private void compare(Use first, Use quarter) throws IOException, InterruptedException {
    Machine.awaitThat(
        first.descriptors + " descriptors",
        () -> use().descriptors + "",
        n -> n.equals(first.descriptors + ""));
    Use last = use();
    paper.say(
        String.format(
            Locale.ROOT,
            "supervisor: %d descriptors as at the beginning; in its last life resident %.1f MB"
                + " after a quarter, %.1f MB at the end; threads %d and %d; CPU %.2f %%",
            last.descriptors,
            quarter.resident / 1e3,
            last.resident / 1e3,
            quarter.threads,
            last.threads,
            (last.ticks - quarter.ticks) * 1e9 / Math.max(1, last.nanos - quarter.nanos)));
    Service.check(last.resident - quarter.resident <= GROWTH, "the supervisor grows");
    Service.check(last.threads <= quarter.threads, "the supervisor has more threads");
  }

  private Use use() throws IOException, InterruptedException {
    String pid = service.pid();
    String seen =
        machine.output(
            "sh",
            "-c",
            "awk '/^VmRSS:/ { print $2 }' /proc/$1/status; cat /proc/$1/task/*/comm | grep -vcE"
                + " '^(C1 |process reaper)'; ls /proc/$1/fd | wc -l; sed 's/.*) //' /proc/$1/stat |"
                + " awk '{ print $12 + $13 }'",
            "sh",
            pid);
    long[] numbers = seen.lines().mapToLong(l -> Long.parseLong(l.strip())).toArray();
    return new Use(numbers[0], numbers[1], numbers[2], numbers[3], System.nanoTime());
  }

  private String unexpected() throws IOException, InterruptedException {
    return machine
        .journal("-p", "err", "-o", "cat")
        .lines()
        .filter(line -> EXPECTED.stream().noneMatch(line::matches))
        .distinct()
        .toList()
        .toString()
        .replaceAll("^\\[]$", "");
  }

  private void tell(Report report, String problem) throws IOException, InterruptedException {
    for (var operation : done.entrySet()) {
      paper.say(String.format("%6d  %s", operation.getValue(), operation.getKey()));
    }
    paper.say(
        String.format(
            "%d operations; %d requests, %d refused, %d sent again; %d kills cost %d of %d in"
                + " flight at most; lost apart from that: %d",
            steps,
            report.requests(),
            report.get("refused"),
            report.retryable(),
            service.kills(),
            service.lost(),
            service.mayBeLost(),
            report.failed() - service.lost()));
    if (!problem.isEmpty()) {
      paper.say("FAILED: " + problem + "\n" + report);
      // Not with -n: after --since that means the first.
      List<String> lines = machine.journal("-o", "short-precise").lines().toList();
      System.out.println(
          String.join("\n", lines.subList(Math.max(0, lines.size() - 100), lines.size())));
    } else {
      paper.say("ok");
    }
  }
}
