package jcluster.trials;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcluster.load.Report;
import jcluster.system.Machine;

/**
 * One fault under way: two workers under load, what is done to them, and what is seen of it. What
 * is seen has no process ids and no measured times, so that it can be foretold.
 */
final class Trial implements AutoCloseable {
  /** The size of the service. */
  static final String SIZE = "2";

  /** The unit. */
  static final String UNIT = "myapp@2.service";

  /** How many clients there are, and so how many requests are in flight at most. */
  static final int CLIENTS = 4;

  /** Whether the kernel tells how a process ended that is not a child (since Linux 6.15). */
  static final boolean TELLS_ENDINGS = linux() >= 6_015;

  private static final long SECONDS = 60;
  private static final String APP = "/srv/faulty.jar";

  /**
   * Asks for the page $1 until the process $2 answers. Each connection is kept: were it closed, the
   * next might always go to the worker that has fewer clients who keep theirs.
   */
  private static final String ASK =
      """
      for i in {1..20}; do
        exec {server}<>/dev/tcp/127.0.0.1/8080 || exit
        printf 'GET %s HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' "$1" >&$server
        until [[ $line == Hello* ]]; do
          read -t 20 -r line <&$server || { echo none; exit; }
        done
        echo "${line##* }"
        [ "${line##* }" != "$2" ] || exit 0
        line=
      done\
      """;

  /**
   * The workers that the last trial has left, and the configuration that they were started with.
   */
  private static List<Seat> left = List.of();

  private static List<String> leftWith = List.of();

  final Machine machine;
  private final List<String> seen = new ArrayList<>();
  private final List<Process> commands = new ArrayList<>();

  /** The JVM options of the workers. */
  private List<String> lines = List.of();

  private Map<Integer, Seat> before = Map.of();
  private Machine.Clients clients;
  private Report report;
  private double signalledAt;
  private int mayLose;
  private boolean mayRefuse;

  /** A worker's process. */
  record Seat(int slot, String pid, int generation) {}

  /** The version of the kernel, 6.15 as 6015. */
  private static int linux() {
    String[] numbers = System.getProperty("os.version").split("[^0-9]", 3);
    return Integer.parseInt(numbers[0]) * 1000 + Integer.parseInt(numbers[1]);
  }

  Trial(Machine machine) {
    this.machine = machine;
  }

  /** Makes a machine fit for all of them. */
  static void prepare(Machine machine) throws IOException, InterruptedException {
    machine.install("apps/faulty.jar", APP);
  }

  /** The command of the faulty application. */
  static String faulty(String... faults) {
    return "Command=java -XX:TieredStopAtLevel=1 -jar "
        + Stream.concat(Stream.of(APP), Stream.of(faults)).collect(Collectors.joining(" "));
  }

  // Before the fault

  /** Two workers of the faulty application that behaves, and clients that ask them all the time. */
  void underLoad(String... settings) throws IOException, InterruptedException {
    lines = lines(settings);
    machine.run("sh", "-c", "rm -rf /run/hold; mkdir /run/hold");
    if (!left.isEmpty()
        && lines.equals(leftWith)
        && machine.status(SIZE).startsWith("2/2 ready")
        && List.copyOf(seats()).equals(left)) {
      machine.forget();
      configure(lines);
    } else {
      machine.reset();
      configure(lines);
      machine.output("systemctl", "start", UNIT);
    }
    left = List.of();
    settled(2);
    before = bySlot(seats());
    clients = machine.load("--port=8080", "--new=2", "--keep-alive=2", "--think=10");
  }

  private static List<String> lines(String... settings) {
    boolean command = Arrays.stream(settings).anyMatch(l -> l.startsWith("Command="));
    return Stream.concat(command ? Stream.empty() : Stream.of(faulty()), Stream.of(settings))
        .toList();
  }

  /** Changes the configuration, and keeps the command. */
  void configure(String... settings) throws IOException, InterruptedException {
    lines = lines(settings);
    configure(lines);
  }

  private void configure(List<String> all) throws IOException, InterruptedException {
    machine.configure(all.toArray(String[]::new));
  }

  /** A worker is killed or ends itself, with what it is at. */
  void mayLoseWhatIsInFlight() {
    mayLose += CLIENTS;
  }

  /**
   * The service is stopped: who waits in the socket's queue is reset, as often as systemd closes
   * and opens it, which it does once the stop is due; who comes after that is refused.
   */
  void mayRefuse() {
    mayRefuse = true;
  }

  // Doing

  /** Reloads with this configuration, and sees how the command ends. */
  void reloadTo(String... settings) throws IOException, InterruptedException {
    List<String> next = lines(settings);
    configure(next);
    Process reload = reload();
    ends("reload", reload);
    if (reload.exitValue() == 0) {
      lines = next;
    }
  }

  /** Begins a reload. */
  Process reload() throws IOException {
    return command("systemctl", "reload", "myapp");
  }

  /** Begins a roll and returns when its first replacement is about to bind, and waits there. */
  Process heldAtStart() throws IOException, InterruptedException {
    return held("start");
  }

  /** Begins a roll and returns when its first old worker is about to end, and waits there. */
  Process heldAtStop() throws IOException, InterruptedException {
    return held("stop");
  }

  private Process held(String phase) throws IOException, InterruptedException {
    hold(phase);
    Process reload = reload();
    machine.await("holding at " + phase, "-t", "myapp[0]");
    return reload;
  }

  void hold(String phase) throws IOException, InterruptedException {
    machine.output("touch", "/run/hold/" + phase);
  }

  void release() throws IOException, InterruptedException {
    machine.output("sh", "-c", "rm -f /run/hold/*");
  }

  Process command(String... words) throws IOException {
    Process process = machine.start(words);
    commands.add(process);
    return process;
  }

  void signal(String signal, String pid) throws IOException, InterruptedException {
    signalledAt = Double.parseDouble(machine.output("date", "+%s.%6N"));
    machine.output("kill", "-" + signal, pid);
  }

  String supervisor() throws IOException, InterruptedException {
    return machine.show(SIZE, "MainPID");
  }

  /** The newest process of a slot. */
  String worker(int slot) throws IOException, InterruptedException {
    return seats().stream()
        .filter(s -> s.slot() == slot)
        .reduce((first, second) -> second)
        .orElseThrow()
        .pid();
  }

  /** The process that had a slot before the fault. */
  String oldWorker(int slot) {
    return before.get(slot).pid();
  }

  /** Asks for a page until the worker that had this slot answers, or hangs before it has. */
  void ask(String path, int slot) throws IOException, InterruptedException {
    String worker = oldWorker(slot);
    Machine.awaitThat(
        "an answer of worker " + slot,
        () -> answers(path + slot, worker),
        a -> isLast(worker, a) || isLast("none", a));
  }

  /** Waits until this process answers. */
  void awaitAnswer(String pid) throws IOException, InterruptedException {
    Machine.awaitThat("an answer of " + pid, () -> answers("/", pid), a -> isLast(pid, a));
  }

  private static boolean isLast(String line, String lines) {
    return ("\n" + lines).endsWith("\n" + line);
  }

  /** Who answers, a line each, until this process does or one ends without. */
  private String answers(String path, String pid) throws IOException, InterruptedException {
    return machine.output("bash", "-c", ASK, "ask", path, pid).strip();
  }

  /** Waits until a process has run for so long, or has ended. */
  void awaitAge(String pid, int seconds) throws IOException, InterruptedException {
    Machine.awaitThat(
        "an age of " + seconds + " s",
        () -> machine.run("ps", "-o", "etimes=", "-p", pid).output().strip(),
        age -> age.isEmpty() || Integer.parseInt(age) >= seconds);
  }

  /** Kills the supervisor, and waits for the next. */
  void killSupervisor() throws IOException, InterruptedException {
    String old = supervisor();
    signal("KILL", old);
    awaitSupervisor(old);
  }

  /** The same while a command waits for it, without whose end there is no next one. */
  void killSupervisor(Process reload) throws IOException, InterruptedException {
    String old = supervisor();
    signal("KILL", old);
    ends("reload", reload);
    awaitSupervisor(old);
  }

  /** Waits for another supervisor than this. */
  void awaitSupervisor(String old) throws IOException, InterruptedException {
    Machine.awaitThat("a supervisor", this::supervisor, p -> !p.equals(old) && !p.equals("0"));
  }

  /** Waits until each worker there is has run for so long. */
  void awaitAges(int seconds) throws IOException, InterruptedException {
    for (Seat seat : seats()) {
      awaitAge(seat.pid(), seconds);
    }
  }

  /** Leaves the supervisor so many descriptors beyond those it has; returns its hard limit. */
  String descriptors(int spare) throws IOException, InterruptedException {
    String pid = supervisor();
    String last =
        machine.output("sh", "-c", "ls /proc/" + pid + "/fd | sort -n | tail -n 1").strip();
    String hard = limit(pid, "--nofile", "--output=HARD", "--noheadings");
    String limit = String.valueOf(Integer.parseInt(last) + 1 + spare);
    limit(pid, "--nofile=" + limit + ":");
    return hard.strip();
  }

  /** Runs prlimit(1) for a process as its user: root of a sandbox may lack the right. */
  String limit(String pid, String... options) throws IOException, InterruptedException {
    String script =
        "exec setpriv --reuid=$(stat -c %u /proc/$1) --regid=$(stat -c %g /proc/$1) --clear-groups"
            + " prlimit --pid \"$@\"";
    List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh", pid));
    command.addAll(List.of(options));
    return machine.output(command.toArray(String[]::new));
  }

  /** Has a journal of its own that has no room. */
  void fillJournal() throws IOException, InterruptedException {
    machine.output("mount", "-t", "tmpfs", "-o", "size=4M", "tmpfs", "/run/log/journal");
    machine.output("systemctl", "restart", "systemd-journald");
    machine.run("sh", "-c", "cat /dev/zero >/run/log/journal/filler");
  }

  String roomInJournal() throws IOException, InterruptedException {
    return machine.output("stat", "-f", "-c", "%a", "/run/log/journal");
  }

  void emptyJournal() throws IOException, InterruptedException {
    machine.output("umount", "--lazy", "/run/log/journal");
    machine.output("systemctl", "restart", "systemd-journald");
  }

  /** Has a {@link Crowd} at the control socket, and returns what it says, line by line. */
  BufferedReader crowd(String what) throws IOException {
    return command(
            System.getProperty("jcluster.java.home") + "/bin/java",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("jcluster.build") + "/test/trials",
            Crowd.class.getName(),
            what)
        .inputReader();
  }

  // Seeing

  void see(String what) {
    seen.add(what);
  }

  /** Notes how a command ends, and returns its output. */
  String ends(String name, Process process) throws IOException, InterruptedException {
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError(name + " does not end");
    }
    // It says little: a pipe holds that.
    String said;
    try (BufferedReader output = process.inputReader()) {
      said = output.lines().collect(Collectors.joining("\n"));
    }
    see(name + " exits " + process.exitValue());
    return said;
  }

  /** Sees how a command ends and the last that it says. */
  void says(String name, Process process) throws IOException, InterruptedException {
    String[] said = ends(name, process).split("\n");
    see("says '" + plain(said[said.length - 1]) + "'");
  }

  /** Has the installed version take over, and sees how that ends and in which process. */
  void upgrade() throws IOException, InterruptedException {
    String supervisor = supervisor();
    Process upgrade = command("jcluster", "upgrade", "myapp");
    String said = ends("upgrade", upgrade);
    if (upgrade.exitValue() != 0) {
      see("says '" + plain(said).replaceFirst("\\([0-9.]+\\)", "(V)") + "'");
    }
    see(supervisor.equals(supervisor()) ? "the same process" : "another process");
  }

  /** Sees why the last reload failed. */
  void why() throws IOException, InterruptedException {
    String status = machine.status(SIZE);
    see(plain(status.replaceFirst("(?s).*last reload failed: ", "")));
  }

  /** Sees a line that the supervisor wrote, or waits for it. */
  void log(String pattern) throws IOException, InterruptedException {
    see("log: " + plain(found(pattern, "-t", "myapp")));
  }

  /** Sees a line that a worker of this slot wrote, or waits for it. */
  void workerLog(int slot, String pattern) throws IOException, InterruptedException {
    see("worker " + slot + " wrote: " + plain(found(pattern, "-t", "myapp[" + slot + "]")));
  }

  /** Notes whether such a line came within {@code seconds} of the last signal. */
  void within(double seconds, String pattern) throws IOException, InterruptedException {
    double at =
        machine
            .journal("-t", "myapp", "-o", "short-unix")
            .lines()
            .filter(has(pattern))
            .mapToDouble(l -> Double.parseDouble(l.replaceFirst(" .*", "")))
            .findFirst()
            .orElseThrow();
    double after = at - signalledAt;
    see(after <= seconds ? "in time" : String.format(Locale.ROOT, "%.1f s late", after - seconds));
  }

  /** How many thread dumps the workers of this slot wrote. */
  long dumps(int slot) throws IOException, InterruptedException {
    return machine
        .journal("-t", "myapp[" + slot + "]")
        .lines()
        .filter(has("Full thread dump"))
        .count();
  }

  /** How many lines of the supervisor have this. */
  long count(String pattern) throws IOException, InterruptedException {
    return machine.journal("-t", "myapp").lines().filter(has(pattern)).count();
  }

  private static Predicate<String> has(String pattern) {
    return Pattern.compile(pattern).asPredicate();
  }

  /** Waits until this many workers have been recycled. */
  void recycled(int count) throws IOException, InterruptedException {
    Machine.awaitThat(
        count + " recycled workers",
        () -> count("recycled after") + "",
        n -> Integer.parseInt(n) >= count);
  }

  /** How often a worker of each slot was recycled, how many at once, and how many in a reload. */
  String recyclings() throws IOException, InterruptedException {
    int now = 0;
    int most = 0;
    int inReload = 0;
    boolean reloading = false;
    var slots = new TreeSet<String>();
    for (String line : machine.journal("-t", "myapp", "-o", "cat").split("\n")) {
      if (line.matches("recycling worker \\d+ \\(.*")) {
        now++;
        inReload += reloading ? 1 : 0;
      } else if (line.matches(".* (recycled after|is given up|recycling .* failed).*")) {
        slots.add(line.replaceFirst("(?s).*?worker (\\d+).*", "$1"));
        now--;
      } else if (line.matches("reload to generation .* begins")) {
        reloading = true;
      } else if (line.matches("reloaded .*")) {
        reloading = false;
      }
      most = Math.max(most, now);
    }
    return "recycled " + slots + ", " + most + " at once, " + inReload + " in the reload";
  }

  private String found(String pattern, String... filter) throws IOException, InterruptedException {
    machine.await(pattern, filter);
    var matcher = Pattern.compile(pattern).matcher(machine.journal(filter));
    if (!matcher.find()) {
      throw new AssertionError("'" + pattern + "' came and went");
    }
    return matcher.group();
  }

  /** Sees which processes there are when all is quiet, and whether each answers. */
  void workers() throws IOException, InterruptedException {
    workers(2);
  }

  void workers(int count) throws IOException, InterruptedException {
    settled(count);
    clients.mark("after");
    Map<Integer, Seat> now = bySlot(seats());
    int newest = before.values().stream().mapToInt(Seat::generation).max().orElse(0);
    var fates = new LinkedHashMap<String, List<Integer>>();
    now.forEach(
        (slot, seat) ->
            fates
                .computeIfAbsent(
                    seat.equals(before.get(slot))
                        ? "kept"
                        : seat.generation() > newest ? "new" : "restarted",
                    f -> new ArrayList<>())
                .add(slot));
    see(
        fates.size() == 1 && count == 2
            ? "both workers " + fates.keySet().iterator().next()
            : fates.entrySet().stream()
                .map(f -> slots(f.getValue()) + " " + f.getKey())
                .collect(Collectors.joining(", ")));
    Set<String> pids = now.values().stream().map(Seat::pid).collect(Collectors.toSet());
    Set<String> answering = answering(pids);
    if (!answering.equals(pids)) {
      see("of " + pids + " there answer " + answering);
    }
    left = count == 2 ? List.copyOf(now.values()) : List.of();
  }

  private static String slots(List<Integer> slots) {
    String numbers =
        slots.toString().replaceAll("[\\[\\]]", "").replaceFirst(", (\\d+)$", " and $1");
    return (slots.size() == 1 ? "worker " : "workers ") + numbers;
  }

  /**
   * Which of these processes answer when each is sought, for so long that it does not matter if it
   * has no CPU for a moment, in which the others answer.
   */
  private Set<String> answering(Set<String> pids) throws IOException, InterruptedException {
    var answering = new TreeSet<String>();
    for (String pid : pids) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (!answering.contains(pid) && System.nanoTime() < end) {
        answering.addAll(List.of(answers("/", pid).split("\n")));
      }
    }
    return answering;
  }

  /** Waits until exactly this many workers are there and ready. */
  private void settled(int count) throws IOException, InterruptedException {
    machine.awaitStatus(SIZE, count + "/" + count + " ready, generation \\d+(; last .*)?");
    Machine.awaitThat(
        count + " workers", () -> seats().size() + "", n -> n.equals(String.valueOf(count)));
  }

  /** The processes there are, by slot and age. */
  Collection<Seat> seats() throws IOException, InterruptedException {
    String each =
        "for p in "
            + String.join(" ", machine.workers())
            + "; do echo $p $(tr '\\0' '\\n' </proc/$p/environ | sort |"
            + " sed -n 's/^APP_INSTANCE=//p; s/^JCLUSTER_GENERATION=//p'); done 2>/dev/null; :";
    return parse(machine.output("sh", "-c", each));
  }

  private static Collection<Seat> parse(String text) {
    return text.lines()
        .map(line -> line.split(" "))
        .filter(words -> words.length == 3)
        .map(w -> new Seat(Integer.parseInt(w[1]), w[0], Integer.parseInt(w[2])))
        .sorted(Comparator.comparingInt(Seat::slot).thenComparing(s -> Integer.valueOf(s.pid())))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static Map<Integer, Seat> bySlot(Collection<Seat> seats) {
    return seats.stream()
        .collect(Collectors.toMap(Seat::slot, s -> s, (first, second) -> second, TreeMap::new));
  }

  /** The text without numbers that differ from run to run. */
  static String plain(String text) {
    return text.replaceAll(" ?\\(pid \\d+\\)", "")
        .replaceAll("pid \\d+( → \\d+)?", "pid N")
        .replaceAll("killed after (\\d+)(\\.\\d+)? s", "killed after $1 s")
        .replaceAll("(?<!killed) after [\\d.]+ m?s(?=[,;]|$)", "")
        .replaceAll(" [\\d.]+ m?s after ", " after ")
        .replaceAll("\\bin [\\d.]+ m?s", "in T")
        .replaceAll("at [\\d.]+M", "at its size")
        .replaceAll("generation \\d+", "generation N");
  }

  // After it

  /** All that was noted. */
  String seen() throws IOException {
    report = clients.end();
    Set<String> kinds = new TreeSet<>(report.outcomes().keySet());
    kinds.removeAll(Set.of("answered", "retryable"));
    long lost = report.failed();
    if (mayRefuse) {
      kinds.removeAll(Set.of("refused", "reset"));
      lost -= report.get("refused") + report.get("reset");
    }
    Set<String> allowed =
        mayLose == 0 ? Set.of() : Set.of("reset", "closedBeforeAnswer", "closedMidAnswer");
    if (lost > mayLose || !allowed.containsAll(kinds)) {
      see("lost: " + report.outcomes() + " " + report.examples());
    }
    leftWith = lines;
    return String.join("; ", seen);
  }

  /** All that was noted before the failure. */
  String seenBefore(Throwable e) {
    see(String.valueOf(e.getMessage()));
    left = List.of();
    return String.join("; ", seen);
  }

  /** How many requests were lost, of how many. */
  String lost() {
    if (report == null) {
      return "?";
    }
    String kinds =
        report.outcomes().entrySet().stream()
            .filter(e -> !e.getKey().equals("answered"))
            .map(e -> ", " + e.getKey() + " " + e.getValue())
            .collect(Collectors.joining());
    return String.format("%,d of %,d%s", report.failed(), report.requests(), kinds);
  }

  @Override
  public void close() throws IOException {
    commands.forEach(Process::destroy);
    if (clients != null) {
      clients.close();
    }
  }
}
