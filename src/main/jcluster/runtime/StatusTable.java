package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntFunction;
import jcluster.model.Fleet;
import jcluster.model.Phase;
import jcluster.model.Roll;
import jcluster.model.Slot;
import jcluster.model.Time;
import jcluster.model.Worker;

/**
 * What {@code jcluster status} shows: a line for the whole cluster, then one for each worker and
 * each empty slot.
 */
final class StatusTable {
  private static final List<String> HEADINGS =
      List.of("SLOT", "PID", "GENERATION", "STATE", "SINCE", "RESTARTS", "MEMORY", "STATUS");

  private StatusTable() {}

  /**
   * The table.
   *
   * @param now CLOCK_MONOTONIC in nanoseconds
   * @param memory a process's resident memory, as text
   * @param status a worker's own status text, by the worker's id
   */
  static String of(
      String name, Fleet fleet, long now, IntFunction<String> memory, IntFunction<String> status) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    for (Slot slot : fleet.slots()) {
      boolean empty = true;
      for (Worker worker : fleet.workers()) {
        if (worker.slot() == slot.number()) {
          empty = false;
          rows.add(
              List.of(
                  String.valueOf(slot.number()),
                  String.valueOf(worker.pid()),
                  String.valueOf(worker.generation().number()),
                  state(worker.phase()),
                  Time.text(now - since(worker)),
                  String.valueOf(slot.restarts()),
                  memory.apply(worker.pid()),
                  status.apply(worker.id())));
        }
      }
      if (empty) {
        String due = slot.respawnAt() > now ? "in " + Time.text(slot.respawnAt() - now) : "-";
        String generation = String.valueOf(slot.generation().number());
        rows.add(
            List.of(
                String.valueOf(slot.number()),
                "-",
                generation,
                "waiting",
                due,
                String.valueOf(slot.restarts()),
                "-",
                ""));
      }
    }
    return name + ": " + fleet.status() + roll(fleet) + "\n" + columns(rows);
  }

  private static String roll(Fleet fleet) {
    return fleet
        .roll()
        .filter(r -> r.slot() != Roll.NONE)
        .map(r -> ", worker " + r.slot() + ": " + stage(r.stage()))
        .orElse("");
  }

  private static String stage(Roll.Stage stage) {
    return switch (stage) {
      case BESIDE -> "its replacement is starting beside it";
      case RETIRE -> "replaced, the old one is draining";
      case WITHDRAW -> "its replacement did not come up and is being stopped";
      case VACATE -> "being stopped, to be started afresh";
      case FRESH -> "being started afresh";
      case NEXT, FINISH -> "done";
    };
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
      case SETTLING, READY -> worker.reportedAt();
      case STOPPING, DUMPING, KILLED -> worker.stoppedAt();
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
