package jcluster.trials;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jcluster.load.Report;
import jcluster.system.Machine;

/**
 * The demo as a service with clients, and what is to be expected of it. What is not as expected is
 * an {@link IllegalStateException}.
 */
final class Service implements AutoCloseable {
  /** The unit's number of workers. */
  static final int SIZE = 2;

  /** The expected answer. It names no worker, which keeps the reports of long runs short. */
  private static final String ANSWER = "Hello from pid \\d+\\n";

  /** How many requests a client of the last two kinds has in flight; the others have one. */
  private static final int DEPTH = 2;

  private static final Map<String, Integer> CLIENTS =
      Map.of("new", 2, "keep-alive", 2, "post", 1, "slow", 1, "pipeline", 1);
  private static final int PIPELINED = 2;
  private static final String UNIT = SIZE + "";
  private static final long SECONDS = 120;

  /** A line of /proc/net/tcp: its state, and its inode. */
  private static final Pattern CONNECTION =
      Pattern.compile(" *\\d+: \\S+ \\S+ (\\S\\S) \\S+ \\S+ \\S+ +\\d+ +\\d+ (\\d+) .*");

  private final Machine machine;
  private final Map<String, String> settings = new TreeMap<>();
  private Machine.Clients clients;
  private int workers = SIZE;
  private int generation = 1;
  private int lastGeneration = 1;
  private boolean lastReloadFailed;
  private String reload = "";

  // How many kills there were, how many requests they cost, and how many were in flight there
  private long kills;
  private long lost;
  private long mayBeLost;

  Service(Machine machine) {
    this.machine = machine;
  }

  void start() throws IOException, InterruptedException {
    machine.reset();
    configure();
    machine.output("systemctl", "start", "myapp@" + SIZE + ".service");
    clients =
        machine.load(
            "--port=8080",
            "--expect=" + ANSWER,
            "--think=5",
            "--depth=" + DEPTH,
            "--body=20000",
            "--new=" + CLIENTS.get("new"),
            "--keep-alive=" + CLIENTS.get("keep-alive"),
            "--post=" + CLIENTS.get("post"),
            "--slow=" + CLIENTS.get("slow"),
            "--pipeline=" + CLIENTS.get("pipeline"));
    clients.mark("calm");
    settle();
  }

  static String clients() {
    return new TreeMap<>(CLIENTS).toString();
  }

  static void check(boolean so, String otherwise) {
    if (!so) {
      throw new IllegalStateException(otherwise);
    }
  }

  // Requests

  /** Runs a command that must exit with that. */
  void expect(int status, String... command) throws IOException, InterruptedException {
    Machine.Result result = machine.run(command);
    check(result.status() == status, String.join(" ", command) + ": " + result);
  }

  /** Sets a key of the configuration, which the next reload reads; null for its default. */
  void set(String key, String value) throws IOException, InterruptedException {
    settings.put(key, value == null ? "" : value);
    configure();
  }

  String get(String key) {
    return settings.getOrDefault(key, "");
  }

  private void configure() throws IOException, InterruptedException {
    configure("java " + get("options") + " -jar " + Machine.DEMO);
  }

  /** Writes the configuration, but with these lines at its end and that command. */
  void configure(String command, String... lines) throws IOException, InterruptedException {
    var text = new StringBuilder("[Worker]\nCommand=" + command + "\n");
    settings.forEach(
        (key, value) -> {
          if (!key.equals("Order") && !key.equals("options") && !value.isEmpty()) {
            text.append(key).append('=').append(value).append('\n');
          }
        });
    if (get("MinUptime").isEmpty()) {
      text.append("MinUptime=200ms\n");
    }
    Arrays.stream(lines).forEach(line -> text.append(line).append('\n'));
    text.append("[Reload]\nOrder=").append(startsFirst() ? "start-first" : "stop-first");
    machine.write("/etc/jcluster/myapp.conf", text + "\n");
  }

  /** Writes the configuration as it is set. */
  void repair() throws IOException, InterruptedException {
    configure();
  }

  boolean startsFirst() {
    return !get("Order").equals("stop-first");
  }

  /** A reload that must replace every worker. */
  void reload(boolean throughSystemd) throws IOException, InterruptedException {
    Set<String> old = workers();
    lastGeneration++;
    if (throughSystemd) {
      expect(0, "systemctl", "reload", "myapp");
    } else {
      expect(0, "jcluster", "reload", "myapp");
    }
    reloaded(true);
    Set<String> now = workers();
    check(Collections.disjoint(old, now), "a reload made " + now + " of " + old);
  }

  /**
   * A reload of a broken build, which must fail; at most {@code paid} workers may have been
   * replaced.
   */
  void reloadInVain(int paid) throws IOException, InterruptedException {
    Set<String> old = workers();
    lastGeneration++;
    expect(1, "jcluster", "reload", "myapp");
    reloaded(false);
    settle();
    Set<String> kept = new TreeSet<>(old);
    kept.retainAll(workers());
    check(kept.size() >= old.size() - paid, "a broken build left " + kept + " of " + old);
  }

  /** A reload that must be refused, because of a mistake in the configuration. */
  void reloadRefused() throws IOException, InterruptedException {
    Set<String> old = workers();
    expect(78, "jcluster", "reload", "myapp");
    lastReloadFailed = true;
    check(old.equals(workers()), "a refused reload made " + workers() + " of " + old);
  }

  private void reloaded(boolean well) {
    lastReloadFailed = !well;
    generation = well ? lastGeneration : generation;
  }

  /** Something that happens. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException, InterruptedException;
  }

  /** A roll, and something in its midst; whether it then went well. */
  boolean roll(long delayMillis, Action meanwhile) throws IOException, InterruptedException {
    lastGeneration++;
    Process process = machine.start("systemctl", "reload", "myapp");
    Machine.awaitThat(
        "a roll",
        () -> process.isAlive() ? machine.status(UNIT) : "over",
        s -> s.startsWith("rolling") || s.equals("over"));
    TimeUnit.MILLISECONDS.sleep(delayMillis);
    meanwhile.run();
    check(process.waitFor(SECONDS, TimeUnit.SECONDS), "systemctl reload does not end");
    boolean well = process.exitValue() == 0;
    reload = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    reloaded(well);
    return well;
  }

  /** The output of the systemctl that began the last roll. */
  String reloadSaid() {
    return reload;
  }

  /** A reload while one is under way. */
  void secondReload() throws IOException, InterruptedException {
    int status = machine.run("jcluster", "reload", "myapp").status();
    if (status == 0) {
      lastGeneration++; // The first one was over.
    }
    check(status == 0 || status == 4, "a second reload ended with " + status);
  }

  /** Changes the number of workers, to at least one and at most twice the size. */
  void scale(String number, int meant) throws IOException, InterruptedException {
    Set<String> old = workers();
    expect(0, "jcluster", "scale", "myapp", number);
    workers = meant;
    Set<String> now = workers();
    boolean kept = now.size() > old.size() ? now.containsAll(old) : old.containsAll(now);
    check(now.size() == meant && kept, "scaling to " + number + " made " + now + " of " + old);
  }

  /** The same during a roll. */
  void scaleAtOnce(String number, int meant) throws IOException, InterruptedException {
    expect(0, "jcluster", "scale", "myapp", number);
    workers = meant;
  }

  int number() {
    return workers;
  }

  /** The supervisor was started anew. */
  private void fresh() {
    workers = SIZE;
    generation = 1;
    lastGeneration = 1;
    lastReloadFailed = false;
  }

  void restart() throws IOException, InterruptedException {
    String old = pid();
    expect(0, "systemctl", "restart", "myapp");
    fresh();
    check(!pid().equals(old), "a restart left process " + old);
  }

  /** Nothing but the program changes. */
  void upgrade() throws IOException, InterruptedException {
    Set<String> before = workers();
    upgradeInRoll();
    check(before.equals(workers()), "an upgrade made " + workers() + " of " + before);
  }

  void upgradeInRoll() throws IOException, InterruptedException {
    String old = pid();
    expect(0, "jcluster", "upgrade", "myapp");
    check(pid().equals(old), "an upgrade made process " + pid() + " of " + old);
  }

  // Kills: from here to the end of endangered() requests may be lost, but no more than were in
  // flight in the process that is killed.

  /** Lets something happen that costs requests, waits until it is got over, and counts them. */
  void endangered(Action action) throws IOException, InterruptedException {
    Report before = clients.report().phase("kill");
    long may = mayBeLost;
    clients.mark("kill");
    action.run();
    settle();
    long failed = clients.report().phase("kill").failed() - before.failed();
    check(
        failed <= mayBeLost - may,
        failed + " requests were lost with " + (mayBeLost - may) + " in flight");
    lost += failed;
    clients.mark("calm");
  }

  /** Sends SIGKILL to one of the workers. */
  void killWorker(int choice) throws IOException, InterruptedException {
    String victim = stopWorker(choice);
    if (!victim.isEmpty()) {
      machine.run("kill", "-KILL", victim);
    }
  }

  /**
   * Sends SIGSTOP to one of the workers and returns its pid, or an empty text if it has just ended.
   */
  String stopWorker(int choice) throws IOException, InterruptedException {
    List<String> all = List.copyOf(workers());
    String victim = all.isEmpty() ? "" : all.get(choice % all.size());
    if (victim.isEmpty() || !stop(victim)) {
      return "";
    }
    kills++;
    mayBeLost += inFlight(List.of(victim));
    return victim;
  }

  /** Stops a process, if it is there: each of its threads, which may be just accepting. */
  private boolean stop(String pid) throws IOException, InterruptedException {
    if (machine.run("kill", "-STOP", pid).status() != 0) {
      return false;
    }
    String running = "grep -L '^State:.T' /proc/" + pid + "/task/*/status 2>/dev/null";
    Machine.awaitThat(
        pid + " stopped", () -> machine.run("sh", "-c", running).output(), String::isEmpty);
    return true;
  }

  /** Sends SIGKILL to the supervisor; the next one takes its workers over. */
  void killSupervisor() throws IOException, InterruptedException {
    Set<String> before = workers();
    loseSupervisor();
    settle();
    check(before.equals(workers()), "another supervisor made " + workers() + " of " + before);
  }

  private void loseSupervisor() throws IOException, InterruptedException {
    String old = pid();
    kills++;
    expect(0, "kill", "-KILL", old);
    Machine.awaitThat("another supervisor", this::pid, p -> !p.equals(old) && !p.equals("0"));
  }

  /** Kills the supervisor during a roll, which the next one finishes. */
  void rollCutShort(long delayMillis) throws IOException, InterruptedException {
    roll(delayMillis, this::loseSupervisor);
    reloaded(true);
  }

  /** How many requests are in flight in stopped workers at most, by their connections. */
  private long inFlight(List<String> pids) throws IOException, InterruptedException {
    String list =
        pids.stream().map(pid -> "/proc/" + pid + "/fd/*").collect(Collectors.joining(" "));
    String seen =
        machine.run("sh", "-c", "readlink " + list + "; cat /proc/net/tcp /proc/net/tcp6").output();
    Set<String> descriptors = new HashSet<>();
    long connections = 0;
    for (String line : seen.split("\n")) {
      Matcher connection = CONNECTION.matcher(line);
      if (line.startsWith("socket:")) {
        descriptors.add(line.replaceAll("\\D", ""));
      } else if (connection.matches() && !connection.group(1).equals("0A")) {
        connections += descriptors.contains(connection.group(2)) ? 1 : 0;
      }
    }
    return connections + (DEPTH - 1) * Math.min(PIPELINED, connections);
  }

  // How it is

  Set<String> workers() throws IOException, InterruptedException {
    Set<String> workers = machine.workers();
    workers.remove("");
    return workers;
  }

  /** The supervisor's process. */
  String pid() throws IOException, InterruptedException {
    return machine.show(UNIT, "MainPID");
  }

  /** Waits until a worker is no more. */
  void awaitGone(String worker) throws IOException, InterruptedException {
    Machine.awaitThat("end of " + worker, () -> workers().toString(), w -> !w.contains(worker));
  }

  /** Waits until none of these workers is there any more. */
  void awaitOthers(Set<String> old) throws IOException, InterruptedException {
    Machine.awaitThat(
        "others than " + old,
        () -> String.join(" ", workers()),
        w -> Collections.disjoint(old, List.of(w.split(" "))));
  }

  /** A variable of each worker. */
  Set<String> variable(String name) throws IOException, InterruptedException {
    var values = new TreeSet<String>();
    for (String worker : workers()) {
      String all = machine.output("sh", "-c", "tr '\\0' '\\n' </proc/" + worker + "/environ");
      all.lines()
          .filter(l -> l.startsWith(name + "="))
          .forEach(l -> values.add(l.substring(name.length() + 1)));
    }
    return values;
  }

  /**
   * Waits until it is as it should be after whatever was done to it: all workers ready and no other
   * child there, and every client answered again.
   */
  void settle() throws IOException, InterruptedException {
    String failed = lastReloadFailed ? "; last reload failed: .*" : "";
    machine.awaitStatus(
        UNIT, workers + "/" + workers + " ready, generation " + generation + failed);
    Machine.awaitThat(
        workers + " children", () -> workers().size() + "", n -> n.equals(workers + ""));
    Machine.awaitThat(
        "the handle",
        () -> machine.run("systemctl", "is-active", "myapp.service").output().strip(),
        "active"::equals);
    Report before = clients.report();
    Machine.awaitThat(
        "answers for all clients",
        () -> {
          TimeUnit.MILLISECONDS.sleep(20);
          Report now = clients.report();
          return CLIENTS.entrySet().stream()
              .filter(
                  c -> answered(now, c.getKey()) < answered(before, c.getKey()) + 2 * c.getValue())
              .map(Map.Entry::getKey)
              .toList()
              .toString();
        },
        "[]"::equals);
    Report now = clients.report();
    check(now.get("refused") == 0, "refused:\n" + now);
    check(now.phase("calm").failed() == 0, "lost:\n" + now);
  }

  private static long answered(Report report, String kind) {
    return report.phase(kind).answered();
  }

  /** Ends the clients, and says how they fared. */
  Report end() throws IOException {
    return clients.end();
  }

  long kills() {
    return kills;
  }

  long lost() {
    return lost;
  }

  long mayBeLost() {
    return mayBeLost;
  }

  Machine machine() {
    return machine;
  }

  @Override
  public void close() throws IOException {
    if (clients != null) {
      clients.close();
    }
  }
}
