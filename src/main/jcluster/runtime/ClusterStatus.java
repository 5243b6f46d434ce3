package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import jcluster.model.Fleet;
import jcluster.model.Phase;
import jcluster.model.Slot;
import jcluster.model.Worker;
import jcluster.runtime.BalancePage.Counts;

/**
 * How a cluster is at a moment, as {@code jcluster status} shows it: {@link StatusTable} for
 * people, {@link StatusJson} for programs.
 *
 * @param name the application's name
 * @param rows one for each worker and each empty slot, by slot
 */
record ClusterStatus(String name, Fleet fleet, List<Row> rows) {
  /**
   * A worker, or a slot without one.
   *
   * @param pid its process id, once it is known
   * @param state as in {@code ready}; {@code waiting} for a slot without a worker
   * @param since how long ago the state began, in nanoseconds; of a slot that waits, how long until
   *     its next worker is due; empty if that is not known
   * @param restarts how often a worker in this slot was lost
   * @param memory its resident memory in bytes; empty if it has no process any more
   * @param counts what its agent has counted; empty if it has none
   * @param text its own status, one line, which may be empty
   */
  record Row(
      int slot,
      Optional<Integer> pid,
      int generation,
      String state,
      Optional<Long> since,
      int restarts,
      Optional<Long> memory,
      Optional<Counts> counts,
      String text) {}

  /** In place of a state, for a slot without a worker. */
  static final String WAITING = "waiting";

  /**
   * The status of a fleet.
   *
   * @param now CLOCK_MONOTONIC in nanoseconds
   * @param memory a process's resident memory in bytes, unless it is gone
   * @param counts what a worker's agent has counted, by the worker's id
   * @param text a worker's own status, by the worker's id
   */
  static ClusterStatus of(
      String name,
      Fleet fleet,
      long now,
      IntFunction<Optional<Long>> memory,
      IntFunction<Optional<Counts>> counts,
      IntFunction<String> text) {
    List<Row> rows = new ArrayList<>();
    for (Slot slot : fleet.slots()) {
      List<Worker> workers =
          fleet.workers().stream().filter(w -> w.slot() == slot.number()).toList();
      for (Worker worker : workers) {
        rows.add(
            new Row(
                slot.number(),
                worker.pid(),
                worker.generation().number(),
                state(worker.phase()),
                Optional.of(now - since(worker)),
                slot.restarts(),
                worker.pid().flatMap(memory::apply),
                counts.apply(worker.id()),
                text.apply(worker.id())));
      }
      if (workers.isEmpty()) {
        rows.add(waiting(slot, now));
      }
    }
    return new ClusterStatus(name, fleet, List.copyOf(rows));
  }

  private static Row waiting(Slot slot, long now) {
    long wait = slot.respawnAt() - now;
    return new Row(
        slot.number(),
        Optional.empty(),
        slot.generation().number(),
        WAITING,
        wait > 0 ? Optional.of(wait) : Optional.empty(),
        slot.restarts(),
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
}
