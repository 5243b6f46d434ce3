package jcluster.model;

import static jcluster.model.Fleet.NEVER;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jcluster.model.Action.Level;
import jcluster.model.Action.Subject;
import jcluster.model.Fleet.Life;
import jcluster.model.Rollout.Recycling;
import jcluster.model.Rollout.Reload;

/**
 * A {@link Step} in the making: the facts, which change while one event is taken, and what is to be
 * done about them so far. It knows how to start, stop and tell, but not when.
 *
 * <p>The fields are those of {@link Fleet}.
 */
final class StepBuilder {
  /** The longest time between asking for a thread dump and SIGKILL, in nanoseconds. */
  static final long DUMP_LEAD = Time.SECOND;

  /** How much longer than a step may take the service manager is asked to wait, in nanoseconds. */
  static final long GRACE = 5 * Time.SECOND;

  /** The time of the event, in nanoseconds. */
  final long now;

  Life life;
  int target;
  Generation generation;
  int nextGeneration;
  Optional<Rollout> rollout;
  Optional<Scaling> scaling;
  boolean scaled;
  Optional<Loss> lastLoss;
  Optional<String> reloadFailure;

  private final Fleet before;
  private final Map<Integer, Worker> workers = new LinkedHashMap<>();
  private final TreeMap<Integer, Slot> slots = new TreeMap<>();
  private int nextWorker;

  private final List<Action> actions = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private boolean repeatsStatus;

  /** How long the service manager is asked to wait, in nanoseconds. */
  private long extension;

  /** A step that begins at this fleet. */
  StepBuilder(Fleet fleet, long now) {
    this.before = fleet;
    this.now = now;
    this.life = fleet.life();
    this.target = fleet.target();
    this.generation = fleet.generation();
    this.nextGeneration = fleet.nextGeneration();
    this.rollout = fleet.rollout();
    this.scaling = fleet.scaling();
    this.scaled = fleet.scaled();
    this.lastLoss = fleet.lastLoss();
    this.reloadFailure = fleet.reloadFailure();
    this.nextWorker = fleet.nextWorker();
    fleet.workers().forEach(this::put);
    fleet.slots().forEach(this::put);
  }

  // Workers

  /** All workers, the oldest first, as they are now: a copy. */
  List<Worker> workers() {
    return List.copyOf(workers.values());
  }

  /** The workers in a slot, the oldest first. */
  List<Worker> workersIn(int slot) {
    return workers.values().stream().filter(w -> w.slot() == slot).toList();
  }

  /** A worker, unless it has exited. */
  Optional<Worker> worker(int id) {
    return Optional.ofNullable(workers.get(id));
  }

  /** The oldest live worker in a slot. */
  Optional<Worker> liveIn(int slot) {
    return workersIn(slot).stream().filter(w -> w.phase().live()).findFirst();
  }

  /** How many workers are in a phase. */
  int count(Phase phase) {
    return (int) workers.values().stream().filter(w -> w.phase() == phase).count();
  }

  /** Whether one more worker may start: at most as many are starting at once as there are CPUs. */
  boolean mayStart() {
    return count(Phase.STARTING) < before.cpus();
  }

  /**
   * Whether each slot from {@code from} up to, but not including, {@code to} has a ready worker.
   */
  boolean ready(int from, int to) {
    return workers.values().stream()
            .filter(w -> w.phase() == Phase.READY && w.slot() >= from && w.slot() < to)
            .map(Worker::slot)
            .distinct()
            .count()
        >= to - from;
  }

  /** Adds a worker, or replaces what was known of it. */
  void put(Worker worker) {
    workers.put(worker.id(), worker);
  }

  void remove(Worker worker) {
    workers.remove(worker.id());
  }

  /** Starts a worker and returns its id. */
  int spawn(int slot, Generation of) {
    var worker = new Worker(nextWorker++, slot, of, now);
    put(worker);
    add(new Action.Spawn(worker.id(), slot, of));
    extend(of.settings().readyTimeout() + of.settings().minUptime());
    return worker.id();
  }

  /** Asks a worker to exit, once. */
  void end(Worker worker) {
    if (worker.phase().live()) {
      drain(worker);
      send(worker, worker.settings().stopSignal());
    }
  }

  /** Starts a worker's time to exit. */
  void drain(Worker worker) {
    long timeout = worker.settings().stopTimeout();
    put(worker.leaving(Phase.STOPPING, now, now + timeout - dumpLead(worker)));
    extend(timeout);
  }

  /** Asks a worker for a thread dump, and leaves it the time to write one. */
  void dump(Worker worker) {
    send(worker, Signal.QUIT);
    put(worker.leaving(Phase.DUMPING, now, now + dumpLead(worker)));
  }

  private static long dumpLead(Worker worker) {
    return Math.min(DUMP_LEAD, worker.settings().stopTimeout() / 4);
  }

  /** Kills a worker, once. */
  void kill(Worker worker) {
    if (worker.phase() != Phase.KILLED) {
      send(worker, Signal.KILL);
      put(worker.in(Phase.KILLED, NEVER));
    }
  }

  void send(Worker worker, Signal signal) {
    add(new Action.Send(worker.id(), signal));
  }

  // Slots

  /** A slot, which there must be. */
  Slot slot(int number) {
    return Optional.ofNullable(slots.get(number)).orElseThrow();
  }

  /** A slot, which is made if there is none. */
  Slot openSlot(int number) {
    return slots.computeIfAbsent(number, n -> new Slot(n, generation));
  }

  /** All slots, as they are now: a copy. */
  List<Slot> slots() {
    return List.copyOf(slots.values());
  }

  /** Replaces what was known of a slot. */
  void put(Slot slot) {
    slots.put(slot.number(), slot);
  }

  /** Removes the slots from this number on that have no worker. */
  void removeEmptySlots(int from) {
    slots.keySet().removeIf(number -> number >= from && workersIn(number).isEmpty());
  }

  // What is under way

  /** The reload under way. */
  Optional<Reload> reload() {
    return rollout.flatMap(Rollout::reload);
  }

  /** The recycling under way. */
  Optional<Recycling> recycling() {
    return rollout.flatMap(Rollout::recycling);
  }

  /** How many workers there are to be once a reload is over. */
  int aim() {
    return reload().map(Reload::target).orElse(target);
  }

  // What is to be done

  void add(Action action) {
    actions.add(action);
  }

  /** Logs what is about no worker. */
  void log(LogMessage message, String line) {
    log(message, Subject.NONE, line);
  }

  /** Logs with the usual severity. */
  void log(LogMessage message, Subject subject, String line) {
    log(message, message.level(), subject, line);
  }

  void log(LogMessage message, Level level, Subject subject, String line) {
    add(new Action.Log(message, level, subject, line));
  }

  /** Gives a requester, if there is one, its final answer. */
  void answer(Optional<Long> request, Outcome outcome, String line) {
    request.ifPresent(r -> add(new Action.Answer(r, outcome, line)));
  }

  /** Tells the service manager, as in sd_notify(3). */
  void tell(String notice) {
    notices.add(notice);
  }

  /** Tells the service manager the status at the end of the step, also if it has not changed. */
  void repeatStatus() {
    repeatsStatus = true;
  }

  /**
   * Notes that something the service manager may be waiting for takes up to {@code nanos} from now.
   */
  void extend(long nanos) {
    extension = Math.max(extension, nanos + GRACE);
  }

  /** Notes how long the workers that drain already may take, since they may be waited for, too. */
  void extendForDraining() {
    for (Worker worker : workers.values()) {
      if (!worker.phase().live()) {
        extend(worker.settings().stopTimeout() - worker.stoppingFor(now));
      }
    }
  }

  /** Ends the supervisor; no worker is left. */
  void exit(Outcome outcome) {
    life = Life.OVER;
    add(new Action.Exit(outcome));
  }

  // In words

  /** How many workers are ready, as in {@code 1/2}. */
  String tally() {
    return count(Phase.READY) + "/" + target;
  }

  /** The STATUS= text. */
  String status() {
    String text =
        switch (life) {
          case STARTING -> "starting, " + tally() + " ready";
          case RUNNING -> running();
          case STOPPING -> "stopping, " + workers.size() + " left";
          case OVER -> before.life() == Life.STARTING ? "start failed" : "stopped";
        };
    Optional<String> loss = lastLoss.map(Loss::how);
    if (loss.isPresent() && !loss.equals(reloadFailure)) {
      text += "; " + loss.get();
    }
    return reload().isPresent()
        ? text
        : text + reloadFailure.map(why -> "; last reload failed: " + why).orElse("");
  }

  private String running() {
    Optional<String> rolling = reload().map(r -> "rolling " + r.replaced() + "/" + r.target());
    Optional<String> recycling = recycling().map(r -> ", recycling worker " + r.turn().slot());
    return rolling.orElse(
        tally() + " ready, generation " + generation.number() + recycling.orElse(""));
  }

  // The step

  /** The step, once all is said. */
  Step build() {
    String status = status();
    // Once in a message: the service manager takes the first.
    if (repeatsStatus || !status.equals(before.status())) {
      tell("STATUS=" + status);
    }
    boolean waitedFor = life == Life.STARTING || life == Life.STOPPING || reload().isPresent();
    if (waitedFor && extension > 0) {
      tell("EXTEND_TIMEOUT_USEC=" + extension / 1_000);
    }
    if (!notices.isEmpty()) {
      // First, so that the service manager knows before any requester gets an answer.
      actions.add(0, new Action.Notify(String.join("\n", notices)));
    }
    return new Step(fleet(status), List.copyOf(actions), deadline());
  }

  private Fleet fleet(String status) {
    return new Fleet(
        life,
        before.cpus(),
        target,
        generation,
        nextGeneration,
        workers(),
        List.copyOf(slots.values()),
        rollout,
        scaling,
        scaled,
        lastLoss,
        reloadFailure,
        nextWorker,
        status);
  }

  private long deadline() {
    long next = NEVER;
    for (Worker worker : workers.values()) {
      next = Math.min(next, Math.min(worker.deadline(), worker.aliveUntil()));
      if (worker.probing().isPresent() && !worker.probing().get().running()) {
        next = Math.min(next, worker.probing().get().nextAt());
      }
      if (worker.recycleAt() > now) {
        next = Math.min(next, worker.recycleAt());
      }
    }
    for (Slot slot : slots.values()) {
      if (slot.respawnAt() > now) {
        next = Math.min(next, slot.respawnAt());
      }
    }
    return next;
  }
}
