package jcluster.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.OnErrors;
import jcluster.model.Settings.Order;
import jcluster.model.Settings.Ready;
import jcluster.model.Settings.Surge;

/**
 * A fleet driven by a script, in simulated time: each command line yields the actions it led to, a
 * line each. Log lines are left out unless asked for. Workers give the signs of life that are
 * expected, but for those that were told to be silent.
 */
final class Scenario {
  static final Settings DEFAULTS =
      new Settings(
          Ready.NOTIFY,
          60 * Time.SECOND,
          30 * Time.SECOND,
          Signal.INT,
          Time.SECOND,
          100 * Time.MILLI,
          15 * Time.SECOND,
          Optional.empty(),
          Optional.empty(),
          Order.START_FIRST,
          new Surge(1, false),
          Fallback.RESTART,
          Fallback.ABORT,
          OnErrors.ABORT,
          Optional.empty());

  private Settings settings = DEFAULTS;
  private Settings next;
  private int cpus = 2;
  private int workers = 2;
  private boolean logs;
  private long now = 1_000 * Time.SECOND;
  private String spawnFailure = "";
  private long deadline;
  private final Set<Integer> silent = new HashSet<>();
  Fleet fleet;

  /** What was logged, shown or not. */
  final List<Action.Log> logged = new ArrayList<>();

  /** Runs one command and returns what it led to. */
  List<String> run(String command) {
    String[] words = command.trim().split(" +");
    List<String> output = new ArrayList<>();
    switch (words[0]) {
      case "set" -> set(words);
      case "begin" -> {
        fleet = Fleet.of(cpus, workers, settings);
        post(new Event.Tick(now), output);
      }
      case "after" -> pass(nanos(words[1]), output);
      case "asleep" -> { // The supervisor, and so nothing is due before it wakes.
        now += nanos(words[1]);
        post(new Event.Tick(now), output);
      }
      case "without-supervisor" -> now += nanos(words[1]);
      case "silent" -> silent.add(number(words[1]));
      case "alive" -> post(new Event.Alive(now, number(words[1])), output);
      case "oversized" -> post(new Event.Oversized(now, number(words[1]), "at 612.3M"), output);
      case "failing" -> {
        String how = "failed 3 of its first 3 requests, the last one with status 500";
        post(new Event.Failing(now, number(words[1]), how), output);
      }
      case "ready" -> post(new Event.Reported(now, number(words[1])), output);
      case "probed" -> {
        boolean ready = words[2].equals("ready");
        post(new Event.Probed(now, number(words[1]), ready), output);
      }
      case "resting" -> post(new Event.Resting(now, number(words[1])), output);
      case "leaving" -> post(new Event.Leaving(now, number(words[1])), output);
      case "exit" -> post(new Event.Exited(now, number(words[1]), number(words[2])), output);
      case "killed" -> post(new Event.Killed(now, number(words[1]), number(words[2])), output);
      case "never-spawned" -> post(new Event.NeverSpawned(now, number(words[1])), output);
      case "taken-over" -> post(new Event.TakenOver(now), output);
      case "vanished" -> post(new Event.Vanished(now, number(words[1])), output);
      case "reload" -> {
        int target = words.length > 2 ? number(words[2]) : fleet.target();
        Settings wanted = next == null ? settings : next;
        post(new Event.Reload(now, request(words[1]), wanted, target), output);
      }
      case "misconfigured" ->
          post(new Event.Misconfigured(now, request(words[1]), "x.conf:3: bad"), output);
      case "scale" ->
          post(
              new Event.Scale(
                  now, number(words[1]), words[2].matches("[+-].*"), Integer.parseInt(words[2])),
              output);
      case "stop" -> post(new Event.Stop(now), output);
      case "up" -> up(output);
      default -> throw new IllegalArgumentException(command);
    }
    return output;
  }

  private void set(String[] words) {
    for (String word : List.of(words).subList(1, words.length)) {
      String[] pair = word.split("=");
      switch (pair[0]) {
        case "cpus" -> cpus = number(pair[1]);
        case "workers" -> workers = number(pair[1]);
        case "logs" -> logs = true;
        case "spawn" -> spawnFailure = pair.length > 1 ? pair[1] : "";
        default -> {
          Settings changed = with(next == null ? settings : next, pair[0], pair[1]);
          if (fleet == null) {
            settings = changed;
          } else {
            next = changed;
          }
        }
      }
    }
  }

  static Settings with(Settings s, String key, String value) {
    boolean restart = value.equals("restart");
    return new Settings(
        key.equals("ready") ? Ready.valueOf(value.toUpperCase(Locale.ROOT)) : s.ready(),
        key.equals("readyTimeout") ? nanos(value) : s.readyTimeout(),
        key.equals("stopTimeout") ? nanos(value) : s.stopTimeout(),
        s.stopSignal(),
        key.equals("minUptime") ? nanos(value) : s.minUptime(),
        s.restartDelay(),
        s.restartDelayMax(),
        key.equals("watchdog") ? Optional.of(nanos(value)) : s.watchdog(),
        key.equals("lifetime") ? Optional.of(nanos(value)) : s.lifetimeRecycle(),
        key.equals("order") ? Order.valueOf(value) : s.order(),
        key.equals("surge") ? new Surge(number(value), false) : s.surge(),
        key.equals("onTimeout") ? fallback(restart) : s.onTimeout(),
        key.equals("onCrash") ? fallback(restart) : s.onCrash(),
        key.equals("onErrors") ? OnErrors.valueOf(value.toUpperCase(Locale.ROOT)) : s.onErrors(),
        key.equals("readyDelay") || key.equals("readyCommand")
            ? Optional.of(probe(s, key, value))
            : s.probe());
  }

  private static Settings.Probe probe(Settings s, String key, String value) {
    var probe = s.probe().orElse(new Settings.Probe(0, false));
    return key.equals("readyDelay")
        ? new Settings.Probe(nanos(value), probe.command())
        : new Settings.Probe(probe.delay(), value.equals("yes"));
  }

  private static Fallback fallback(boolean restart) {
    return restart ? Fallback.RESTART : Fallback.ABORT;
  }

  /** Brings every worker up, as many at once as may, without showing how. */
  private void up(List<String> output) {
    List<String> hidden = new ArrayList<>();
    while (fleet.workers().stream().anyMatch(w -> w.phase() == Phase.STARTING)) {
      fleet.workers().stream()
          .filter(w -> w.phase() == Phase.STARTING)
          .forEach(w -> post(new Event.Reported(now, w.id()), hidden));
      pass(fleet.generation().settings().minUptime(), hidden);
    }
    output.add(fleet.status());
  }

  /** Lets time pass, with a tick at each deadline on the way. */
  private void pass(long nanos, List<String> output) {
    long until = now + nanos;
    while (deadline <= until) {
      now = deadline;
      fleet.workers().stream()
          .filter(w -> w.aliveUntil() <= now && !silent.contains(w.id()))
          .forEach(w -> post(new Event.Alive(now, w.id()), output));
      post(new Event.Tick(now), output);
    }
    now = until;
  }

  private void post(Event event, List<String> output) {
    Step step = Supervisor.on(fleet, event);
    fleet = step.fleet();
    deadline = step.deadline();
    List<Action> actions = step.actions();
    actions.forEach(a -> show(a, output));
    for (Action action : actions) {
      if (action instanceof Action.Spawn spawn) {
        if (spawnFailure.isEmpty()) {
          post(new Event.Spawned(now, spawn.worker(), 100 + spawn.worker()), output);
        } else {
          post(new Event.SpawnFailed(now, spawn.worker(), spawnFailure, 2), output);
        }
      }
    }
  }

  private void show(Action action, List<String> output) {
    if (action instanceof Action.Spawn a) {
      output.add(
          "spawn w"
              + a.worker()
              + " in slot "
              + a.slot()
              + ", generation "
              + a.generation().number());
    } else if (action instanceof Action.Send a) {
      output.add("SIG" + a.signal() + " to w" + a.worker());
    } else if (action instanceof Action.Notify a) {
      output.add("notify " + a.message().replace("\n", " | "));
    } else if (action instanceof Action.Admit a) {
      output.add("admit w" + a.worker());
    } else if (action instanceof Action.Probe a) {
      output.add("probe w" + a.worker());
    } else if (action instanceof Action.Explain a) {
      output.add("explain w" + a.worker() + a.request().map(r -> " to " + r).orElse(""));
    } else if (action instanceof Action.Progress a) {
      output.add("tell " + a.request() + ": " + a.line());
    } else if (action instanceof Action.Answer a) {
      output.add("answer " + a.request() + ": " + a.outcome() + ", " + a.line());
    } else if (action instanceof Action.Exit a) {
      output.add("end: " + a.outcome());
    } else if (action instanceof Action.Log a) {
      logged.add(a);
      if (logs) {
        output.add("log " + a.level() + ": " + a.line());
      }
    }
  }

  private static int number(String text) {
    return Integer.parseInt(text.replace("w", ""));
  }

  private static Optional<Long> request(String text) {
    return Optional.of(Long.valueOf(text));
  }

  private static long nanos(String text) {
    return text.endsWith("ms")
        ? Long.parseLong(text.replace("ms", "")) * Time.MILLI
        : Long.parseLong(text.replace("s", "")) * Time.SECOND;
  }
}
