package jcluster.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jcluster.model.Rollout.Reload;

/**
 * All that the state machine knows between two events. Immutable.
 *
 * @param life the stage of its life
 * @param cpus how many workers may be starting at once, at least 1
 * @param target how many workers there are to be, at least 1
 * @param generation the configuration that new slots are started with
 * @param nextGeneration the number the next generation gets, at least 2
 * @param workers every worker that has not exited, the oldest first
 * @param slots every slot that is or was in use, by number
 * @param rollout the reload under way, or the recycling of a worker
 * @param scaling the change of the number of workers under way
 * @param scaled whether someone set the number of workers by hand, which then survives reloads
 * @param lastLoss the last loss of a worker; empty once all are ready
 * @param reloadFailure why the last reload failed; empty if it did not
 * @param nextWorker the id the next worker gets
 * @param status the STATUS= text last told to the service manager; empty before the first event
 */
public record Fleet(
    Life life,
    int cpus,
    int target,
    Generation generation,
    int nextGeneration,
    List<Worker> workers,
    List<Slot> slots,
    Optional<Rollout> rollout,
    Optional<Scaling> scaling,
    boolean scaled,
    Optional<Loss> lastLoss,
    Optional<String> reloadFailure,
    int nextWorker,
    String status) {

  /** The time that never comes. */
  public static final long NEVER = Long.MAX_VALUE;

  /** The largest number of workers. */
  public static final int MAX_WORKERS = 1024;

  /** Checks the values, which may come from a file that somebody has edited. */
  public Fleet {
    if (cpus < 1 || target < 1 || target > MAX_WORKERS || nextGeneration < 2 || nextWorker < 0) {
      throw new IllegalArgumentException("a number out of range");
    }
    Set<Integer> places = slots.stream().map(Slot::number).collect(Collectors.toSet());
    rollout.stream().flatMap(r -> r.inHand().stream()).forEach(t -> require(places, t.slot()));
    workers.forEach(worker -> require(places, worker.slot()));
  }

  private static void require(Set<Integer> places, int place) {
    if (!places.contains(place)) {
      throw new IllegalArgumentException("there is no slot " + place);
    }
  }

  /** The stages of a fleet's life. */
  public enum Life {
    /** Not yet ready for the first time. */
    STARTING,
    /** Was ready once. */
    RUNNING,
    /** Told to end; workers drain. */
    STOPPING,
    /** No worker is left and none will be started. */
    OVER
  }

  /** A fleet with no worker yet; the first {@link Event.Tick} starts them. */
  public static Fleet of(int cpus, int target, Settings settings) {
    return new Fleet(
        Life.STARTING,
        cpus,
        target,
        new Generation(1, settings),
        2,
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        0,
        "");
  }

  /** How many workers are ready. */
  public int ready() {
    return (int) workers.stream().filter(w -> w.phase() == Phase.READY).count();
  }

  /** How many slots there may be: the number of workers, or the larger one of a reload. */
  public int limit() {
    return Math.max(target, rollout.flatMap(Rollout::reload).map(Reload::target).orElse(0));
  }

  /**
   * The numbers of the generations that are still needed: to run, to respawn, or to fall back to.
   */
  public TreeSet<Integer> generations() {
    var needed = new TreeSet<Integer>();
    needed.add(generation.number());
    workers.forEach(w -> needed.add(w.generation().number()));
    slots.forEach(s -> needed.add(s.generation().number()));
    rollout.ifPresent(r -> needed.add(r.generation().number()));
    return needed;
  }
}
