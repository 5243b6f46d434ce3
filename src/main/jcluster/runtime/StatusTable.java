package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import jcluster.model.Fleet;
import jcluster.model.Phase;
import jcluster.model.Rollout;
import jcluster.model.Slot;
import jcluster.model.Time;
import jcluster.model.Worker;
import jcluster.runtime.BalancePage.Counts;

/**
 * What {@code jcluster status} shows: a line for the whole cluster, then one for each worker and
 * each empty slot.
 */
final class StatusTable {
  private static final List<String> HEADINGS =
      List.of(
          "SLOT",
          "PID",
          "GENERATION",
          "STATE",
          "SINCE",
          "RESTARTS",
          "MEMORY",
          "OPEN",
          "ANSWERS",
          "ERRORS",
          "STATUS");

  /** In place of what is not known, or is of no worker. */
  private static final String UNKNOWN = "-";

  private StatusTable() {}

  /**
   * The table.
   *
   * @param now CLOCK_MONOTONIC in nanoseconds
   * @param memory a process's resident memory, as text
   * @param counts what a worker's agent has counted, by the worker's id
   * @param status a worker's own status text, by the worker's id
   */
  static String of(
      String name,
      Fleet fleet,
      long now,
      IntFunction<String> memory,
      IntFunction<Optional<Counts>> counts,
      IntFunction<String> status) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    for (Slot slot : fleet.slots()) {
      List<Worker> workers =
          fleet.workers().stream().filter(w -> w.slot() == slot.number()).toList();
      for (Worker worker : workers) {
        rows.add(row(slot, worker, now, memory, counts, status));
      }
      if (workers.isEmpty()) {
        rows.add(row(slot, now));
      }
    }
    return name + ": " + fleet.status() + rollout(fleet) + "\n" + columns(rows);
  }

  private static List<String> row(
      Slot slot,
      Worker worker,
      long now,
      IntFunction<String> memory,
      IntFunction<Optional<Counts>> counts,
      IntFunction<String> status) {
    Optional<Counts> counted = counts.apply(worker.id());
    return List.of(
        String.valueOf(slot.number()),
        worker.pid().map(String::valueOf).orElse(UNKNOWN),
        String.valueOf(worker.generation().number()),
        state(worker.phase()),
        Time.text(now - since(worker)),
        String.valueOf(slot.restarts()),
        worker.pid().map(memory::apply).orElse(UNKNOWN),
        count(counted.map(Counts::connections)),
        count(counted.map(Counts::answers)),
        count(counted.map(Counts::failures)),
        status.apply(worker.id()));
  }

  private static List<String> row(Slot slot, long now) {
    return List.of(
        String.valueOf(slot.number()),
        UNKNOWN,
        String.valueOf(slot.generation().number()),
        "waiting",
        slot.respawnAt() > now ? "in " + Time.text(slot.respawnAt() - now) : UNKNOWN,
        String.valueOf(slot.restarts()),
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
        "");
  }

  private static String count(Optional<? extends Number> number) {
    return number.map(String::valueOf).orElse(UNKNOWN);
  }

  private static String rollout(Fleet fleet) {
    return fleet.rollout().stream()
        .flatMap(rollout -> rollout.inHand().stream())
        .map(turn -> ", worker " + turn.slot() + ": " + stage(turn.stage()))
        .collect(Collectors.joining());
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

  private static String columns(List<List<String>> rows) {
    var text = new StringBuilder();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
        line.append(row.get(column)).append(" ".repeat(width - row.get(column).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString().stripTrailing();
  }

  /** A process's resident memory, or {@code -} if it is gone. */
  static String memory(int pid) {
    OptionalLong bytes = Memory.resident(pid);
    return bytes.isPresent() ? Memory.text(bytes.getAsLong()) : "-";
  }
}
