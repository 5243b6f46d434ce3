package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import jcluster.model.Fleet;
import jcluster.model.Loss;
import jcluster.model.Phase;
import jcluster.model.Rollout;
import jcluster.model.Slot;
import jcluster.model.Worker;
import jcluster.runtime.BalancePage.Counts;
import jcluster.text.Printable;

/**
 * How a cluster is at a moment. The supervisor tells clients this; how it is shown is up to them
 * (package {@code view}).
 *
 * <p>Clients may be of another version than the supervisor (see {@link RecordText}). So a component
 * that is added must be one that may be empty, and no component may change its meaning.
 *
 * @param rows one for each worker and each empty slot, by slot
 */
public record ClusterStatus(Summary summary, List<Row> rows) {
  /**
   * The cluster as a whole.
   *
   * @param name the application's name
   * @param startedAt when the supervisor's process was started, in milliseconds since 1970
   * @param status its STATUS= text
   * @param rollout what a rollout does with the slots that it has in hand
   * @param state the stage of its life
   * @param instances how many workers there are to be
   * @param ready how many are ready
   * @param generation the current generation
   * @param replaced how many slots are done, during a reload
   * @param lastLoss how a worker was lost, until all are ready again
   * @param reloadFailure why the last reload failed, if it did
   */
  public record Summary(
      String name,
      long startedAt,
      String status,
      Optional<String> rollout,
      String state,
      int instances,
      int ready,
      int generation,
      Optional<Integer> replaced,
      Optional<String> lastLoss,
      Optional<String> reloadFailure) {

    /** All of it in one line for people. */
    public String line() {
      return name + ": " + status + rollout.map(text -> ", " + text).orElse("");
    }
  }

  /**
   * A worker, or a slot without one.
   *
   * @param pid its process id, once it is known
   * @param state as in {@code ready}; {@link #WAITING} for a slot without a worker
   * @param since how long ago the state began, in nanoseconds; of a slot that waits, how long until
   *     its next worker is due; empty if that is not known
   * @param restarts how often a worker in this slot was lost
   * @param pastAnswers how many requests the workers have answered that were in this slot before
   *     and are gone
   * @param pastErrors how many of those were failures
   * @param memory its resident memory in bytes; empty if it has no process any more
   * @param connections how many connections it has open; like the next two, as its agent counts
   *     them, and empty if it has none
   * @param answers how many requests it has answered, or left without an answer
   * @param errors how many of those it has answered with a status of 500 or more, or not at all
   * @param text its own status, one line, which may be empty
   */
  public record Row(
      int slot,
      Optional<Integer> pid,
      int generation,
      String state,
      Optional<Long> since,
      int restarts,
      long pastAnswers,
      long pastErrors,
      Optional<Long> memory,
      Optional<Integer> connections,
      Optional<Long> answers,
      Optional<Long> errors,
      String text) {

    /** Whether it is a slot without a worker. */
    public boolean waits() {
      return state.equals(WAITING);
    }
  }

  /** In place of a state, for a slot without a worker. */
  public static final String WAITING = "waiting";

  /** How many of the slots that a rollout has in hand are told. */
  private static final int MOST = 3;

  /** How much is told of a text whose length nothing else limits, in chars. */
  private static final int LONGEST = 2000;

  /**
   * The status of a fleet.
   *
   * @param startedAt when the supervisor's process was started, in milliseconds since 1970
   * @param now CLOCK_MONOTONIC in nanoseconds
   * @param memory a process's resident memory in bytes, unless it is gone
   * @param counts what a worker's agent has counted, by the worker's id
   * @param past what the agents of the workers that are gone have counted, by slot
   * @param text a worker's own status, by the worker's id
   */
  static ClusterStatus of(
      String name,
      long startedAt,
      Fleet fleet,
      long now,
      IntFunction<Optional<Long>> memory,
      IntFunction<Optional<Counts>> counts,
      IntFunction<Counts> past,
      IntFunction<String> text) {
    List<Row> rows = new ArrayList<>();
    for (Slot slot : fleet.slots()) {
      Counts before = past.apply(slot.number());
      List<Worker> workers =
          fleet.workers().stream().filter(w -> w.slot() == slot.number()).toList();
      for (Worker worker : workers) {
        Optional<Counts> own = counts.apply(worker.id());
        rows.add(
            new Row(
                slot.number(),
                worker.pid(),
                worker.generation().number(),
                state(worker.phase()),
                Optional.of(now - since(worker)),
                slot.restarts(),
                before.answers(),
                before.failures(),
                worker.pid().flatMap(memory::apply),
                own.map(Counts::connections),
                own.map(Counts::answers),
                own.map(Counts::failures),
                text.apply(worker.id())));
      }
      if (workers.isEmpty()) {
        rows.add(waiting(slot, before, now));
      }
    }
    return new ClusterStatus(summary(name, startedAt, fleet), List.copyOf(rows));
  }

  private static Summary summary(String name, long startedAt, Fleet fleet) {
    return new Summary(
        name,
        startedAt,
        line(fleet.status()),
        rollout(fleet),
        fleet.life().name().toLowerCase(Locale.ROOT),
        fleet.target(),
        fleet.ready(),
        fleet.generation().number(),
        fleet.rollout().flatMap(Rollout::reload).map(Rollout.Reload::replaced),
        fleet.lastLoss().map(Loss::how).map(ClusterStatus::line),
        fleet.reloadFailure().map(ClusterStatus::line));
  }

  private static String line(String text) {
    return Printable.cut(Printable.of(text), LONGEST);
  }

  private static Row waiting(Slot slot, Counts past, long now) {
    long wait = slot.respawnAt() - now;
    return new Row(
        slot.number(),
        Optional.empty(),
        slot.generation().number(),
        WAITING,
        wait > 0 ? Optional.of(wait) : Optional.empty(),
        slot.restarts(),
        past.answers(),
        past.failures(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "");
  }

  private static String state(Phase phase) {
    return switch (phase) {
      case STARTING -> "starting";
      case SETTLING -> "settling";
      case READY -> "ready";
      case STOPPING, DUMPING -> "draining";
      case KILLED -> "killed";
    };
  }

  private static long since(Worker worker) {
    return switch (worker.phase()) {
      case STARTING -> worker.spawnedAt();
      case SETTLING, READY -> worker.readyAt().orElseThrow();
      case STOPPING, DUMPING, KILLED -> worker.stoppedAt().orElseThrow();
    };
  }

  private static Optional<String> rollout(Fleet fleet) {
    List<Rollout.Turn> turns = fleet.rollout().map(Rollout::inHand).orElse(List.of());
    if (turns.isEmpty()) {
      return Optional.empty();
    }
    String first =
        turns.stream()
            .limit(MOST)
            .map(turn -> "worker " + turn.slot() + ": " + stage(turn.stage()))
            .collect(Collectors.joining(", "));
    int more = turns.size() - MOST;
    return Optional.of(more > 0 ? first + ", and " + more + " more" : first);
  }

  private static String stage(Rollout.Stage stage) {
    if (stage instanceof Rollout.Beside) {
      return "its replacement is starting beside it";
    } else if (stage instanceof Rollout.Retire) {
      return "replaced, the old one is draining";
    } else if (stage instanceof Rollout.Withdraw) {
      return "its replacement did not come up and is being stopped";
    } else if (stage instanceof Rollout.Vacate) {
      return "being stopped, to be started afresh";
    } else if (stage instanceof Rollout.Fresh) {
      return "being started afresh";
    }
    throw new AssertionError(stage);
  }

  /**
   * The answer to a client: a line for people, then a line for the summary and one for each row,
   * because an answer may have no line of any length.
   */
  String text() {
    var lines = new StringJoiner("\n");
    lines.add(summary.line());
    lines.add(RecordText.write(summary));
    rows.forEach(row -> lines.add(RecordText.write(row)));
    return lines.toString();
  }

  /**
   * Reads the answer of a supervisor.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static ClusterStatus read(String text) {
    List<String> records = text.lines().skip(1).toList();
    if (records.isEmpty()) {
      throw new IllegalArgumentException("there is only one line");
    }
    try {
      return new ClusterStatus(
          RecordText.read(records.get(0), Summary.class),
          records.stream().skip(1).map(row -> RecordText.read(row, Row.class)).toList());
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("it has too much in it", e);
    }
  }
}
