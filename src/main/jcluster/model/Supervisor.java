package jcluster.model;

import static jcluster.model.Fleet.NEVER;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import jcluster.model.Action.Level;
import jcluster.model.Fleet.Life;
import jcluster.model.Roll.Stage;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.Order;
import jcluster.model.Settings.Ready;

/**
 * Every decision the supervisor takes, as one pure function: {@link #on}.
 *
 * <p>An event changes the facts; {@link #settle} then draws every consequence of the facts and the
 * clock. Its rules look at the facts alone, not at the event, so that even an order of events that
 * nobody thought of ends in a state that somebody did think of. jcluster(1), DETAILED OPERATION,
 * specifies it.
 *
 * <p>Invariants: each slot has at most one live worker, except the slot that a roll is replacing,
 * which may have two; nothing is done to a worker after it exited; each request is answered once;
 * each RELOADING=1 is followed by a READY=1 or a STOPPING=1.
 */
public final class Supervisor {
  /** The longest time between asking for a thread dump and SIGKILL, in nanoseconds. */
  static final long DUMP_LEAD = Time.SECOND;

  /** How much longer than a step may take the service manager is asked to wait, in nanoseconds. */
  static final long GRACE = 5 * Time.SECOND;

  /**
   * If a worker's silence is noticed later than this, in nanoseconds, the supervisor itself was
   * stalled, and the worker is not to blame.
   */
  static final long LATE = Time.SECOND;

  /** How long after one run of ReadyCommand= begins the next is due, in nanoseconds. */
  static final long PROBE_INTERVAL = Time.SECOND;

  /** A failed recycling is tried again after RestartDelayMax= times this. */
  static final int RECYCLE_RETRY = 10;

  /** ECHILD, errno(3): what the service manager is told when no worker came up. */
  private static final int ECHILD = 10;

  /**
   * EINVAL, errno(3): what it is told when a worker exited with the status for a wrong
   * configuration.
   */
  private static final int EINVAL = 22;

  /** ETIMEDOUT, errno(3): what it is told when a worker was not ready in time, or fell silent. */
  private static final int ETIMEDOUT = 110;

  private final Fleet before;
  private final long now;

  /** Everything that workers reported before this time has been taken; only a tick knows it. */
  private final long heard;

  private final Map<Integer, Worker> workers = new LinkedHashMap<>();
  private final TreeMap<Integer, Slot> slots = new TreeMap<>();
  private final List<Action> actions = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private Life life;
  private int target;
  private Generation generation;
  private int numbers;
  private Rolling roll;
  private Resize resize;
  private boolean scaled;
  private String trouble;
  private String failure;
  private int errno;
  private int nextWorker;
  private long extension;

  private Supervisor(Fleet fleet, Event event) {
    this.before = fleet;
    this.now = event.now();
    this.heard = event instanceof Event.Tick tick ? tick.heard() : Long.MIN_VALUE;
    this.life = fleet.life();
    this.target = fleet.target();
    this.generation = fleet.generation();
    this.numbers = fleet.numbers();
    this.roll = fleet.roll().map(Rolling::new).orElse(null);
    this.resize = fleet.resize().orElse(null);
    this.scaled = fleet.scaled();
    this.trouble = fleet.trouble();
    this.failure = fleet.failure();
    this.errno = fleet.errno();
    this.nextWorker = fleet.nextWorker();
    fleet.workers().forEach(w -> workers.put(w.id(), w));
    fleet.slots().forEach(s -> slots.put(s.number(), s));
  }

  /** The fleet after {@code event}, and what is to be done about it. */
  public static Step on(Fleet fleet, Event event) {
    if (fleet.life() == Life.OVER) {
      return new Step(fleet, List.of(), NEVER);
    }
    var turn = new Supervisor(fleet, event);
    turn.take(event);
    turn.settle();
    return turn.step();
  }

  // Events: the facts change.

  private void take(Event event) {
    if (event instanceof Event.Spawned e) {
      ifKnown(e.worker(), w -> spawned(w.withPid(e.pid())));
    } else if (event instanceof Event.SpawnFailed e) {
      ifKnown(e.worker(), w -> spawnFailed(w, e));
    } else if (event instanceof Event.Reported e) {
      ifKnown(e.worker(), this::reported);
    } else if (event instanceof Event.Probed e) {
      ifKnown(e.worker(), w -> probed(w, e.ready()));
    } else if (event instanceof Event.Resting e) {
      ifKnown(e.worker(), this::rests);
    } else if (event instanceof Event.Alive e) {
      ifKnown(e.worker(), w -> workers.put(w.id(), w.alive(now)));
    } else if (event instanceof Event.Oversized e) {
      ifKnown(e.worker(), w -> oversized(w, e.how()));
    } else if (event instanceof Event.Leaving e) {
      ifKnown(e.worker(), this::leaving);
    } else if (event instanceof Event.Exited e) {
      String how = e.signal() == 0 ? exitedWith(e.status()) : killedBy(e.signal());
      int error = e.status() == Outcome.CONFIG.status() ? EINVAL : ECHILD;
      ifKnown(e.worker(), w -> ended(w, how, error));
    } else if (event instanceof Event.Vanished e) {
      ifKnown(e.worker(), w -> ended(w, "ended, it is not known how,", ECHILD));
    } else if (event instanceof Event.NeverSpawned e) {
      ifKnown(e.worker(), w -> actions.add(new Action.Spawn(w.id(), w.slot(), w.generation())));
    } else if (event instanceof Event.TakenOver) {
      takenOver();
    } else if (event instanceof Event.Reload e) {
      reload(e);
    } else if (event instanceof Event.Misconfigured e) {
      misconfigured(e);
    } else if (event instanceof Event.Scale e) {
      scale(e);
    } else if (event instanceof Event.Stop) {
      stop();
    } else if (!(event instanceof Event.Tick)) {
      throw new AssertionError(event);
    }
  }

  /** Ignores late news of a worker that has already exited. */
  private void ifKnown(int id, Consumer<Worker> fact) {
    Worker worker = workers.get(id);
    if (worker != null) {
      fact.accept(worker);
    }
  }

  private void spawned(Worker worker) {
    workers.put(worker.id(), worker);
    log(Level.INFO, worker + " started, generation " + worker.generation().number());
    // Skip a worker that was told to stop before its pid was known, and one that has reported
    // already.
    if (worker.generation().settings().ready() == Ready.START
        && worker.phase() == Phase.STARTING
        && worker.probing().isEmpty()) {
      reportedOrProbed(worker);
    }
  }

  private void spawnFailed(Worker worker, Event.SpawnFailed e) {
    workers.remove(worker.id());
    errno = e.errno();
    lost(worker, worker + " could not be started: " + e.reason());
  }

  private void reported(Worker worker) {
    // Only the first report counts, and none from a worker that is stopping.
    if (worker.phase() == Phase.STARTING && worker.probing().isEmpty()) {
      reportedOrProbed(worker);
      if (workers.get(worker.id()).reported()) {
        logReady(worker);
      }
    }
  }

  private void logReady(Worker worker) {
    log(Level.INFO, worker + " ready in " + Time.text(now - worker.spawnedAt()));
  }

  /**
   * The worker has reported that it is ready. If it has a probe, the clock decides what follows.
   */
  private void reportedOrProbed(Worker worker) {
    Optional<Settings.Probe> probe = worker.generation().settings().probe();
    if (probe.isPresent()) {
      workers.put(worker.id(), worker.probing(now + probe.get().delay(), false));
    } else {
      ready(worker);
    }
  }

  private void ready(Worker worker) {
    workers.put(worker.id(), worker.reported(now));
    actions.add(new Action.Admit(worker.id()));
  }

  private void probed(Worker worker, boolean ready) {
    if (worker.phase() == Phase.STARTING && worker.probing().isPresent()) {
      if (ready) {
        ready(worker);
        logReady(worker);
      } else {
        workers.put(worker.id(), worker.probing(worker.probing().get().next(), false));
      }
    }
  }

  /** Takes the next step of a starting worker's probe, which is due. */
  private void probe(Worker worker) {
    Settings.Probe probe = worker.generation().settings().probe().orElseThrow();
    if (!probe.command()) {
      ready(worker);
      logReady(worker);
    } else {
      workers.put(worker.id(), worker.probing(now + PROBE_INTERVAL, true));
      actions.add(new Action.Probe(worker.id(), worker.slot(), worker.generation()));
    }
  }

  private void rests(Worker worker) {
    if (!worker.phase().live() && !worker.rests()) {
      workers.put(worker.id(), worker.resting(now));
    }
  }

  /**
   * Repeats what the previous supervisor told the service manager, and those of its last actions
   * that may not have been performed.
   */
  private void takenOver() {
    // The requesters have already been told that their supervisor is gone.
    if (roll != null) {
      roll.request = Event.NOBODY;
    }
    if (resize != null) {
      resize = new Resize(Event.NOBODY, resize.from(), resize.to());
    }
    if (life == Life.RUNNING) {
      notices.add("READY=1");
    }
    notices.add("STATUS=" + status());
    for (Worker worker : List.copyOf(workers.values())) {
      workers.put(worker.id(), worker.alive(now)); // Nobody could hear it meanwhile.
      if (worker.reported() && worker.phase().live()) {
        actions.add(new Action.Admit(worker.id()));
      }
      if (worker.phase() == Phase.KILLED) {
        send(worker, Signal.KILL);
      }
    }
  }

  private void oversized(Worker worker, String how) {
    if (worker.due().isEmpty()) { // Otherwise this is known already, or a retry is scheduled.
      workers.put(worker.id(), worker.due(how, Math.min(worker.recycleAt(), now)));
    }
  }

  private void leaving(Worker worker) {
    if (worker.phase().live()) {
      drain(worker);
      lost(worker, worker + " stops of its own accord");
    }
  }

  private void ended(Worker worker, String how, int error) {
    workers.remove(worker.id());
    if (worker.phase().live()) {
      String when =
          worker.generation().settings().ready() == Ready.START
              ? " after " + Time.text(now - worker.spawnedAt())
              : worker.reported()
                  ? " " + Time.text(now - worker.reportedAt()) + " after it was ready"
                  : " after " + Time.text(now - worker.spawnedAt()) + ", before it was ready";
      errno = error;
      lost(worker, worker + " " + how + when);
    } else {
      log(Level.INFO, worker + " " + how + " " + took(worker) + " after it was asked to stop");
    }
  }

  private static String exitedWith(int status) {
    // The shell's own exit statuses: sh(1), EXIT STATUS.
    String meaning =
        switch (status) {
          case 126 -> " (its command cannot be executed)";
          case 127 -> " (its command was not found)";
          default -> "";
        };
    return "exited with status " + status + meaning;
  }

  private static String killedBy(int number) {
    for (Signal signal : Signal.values()) {
      if (signal.number() == number) {
        return "was killed by SIG" + signal;
      }
    }
    return "was killed by signal " + number;
  }

  private String took(Worker worker) {
    return Time.text(now - worker.stoppedAt());
  }

  private void reload(Event.Reload e) {
    switch (life) {
      case STARTING -> answer(e.request(), Outcome.BUSY, "still starting, " + tally() + " ready");
      case RUNNING -> {
        if (reloading()) {
          answer(e.request(), Outcome.BUSY, "a reload is under way: " + rolling());
        } else {
          if (roll != null) {
            giveUp("a reload begins");
          }
          var next = new Generation(++numbers, e.settings());
          roll = new Rolling("", next, e.instances(), e.request(), now);
          notices.add("RELOADING=1\nMONOTONIC_USEC=" + now / 1_000);
          extendForDraining();
          log(Level.NOTICE, "reload to generation " + numbers + " begins");
        }
      }
      default -> answer(e.request(), Outcome.FAILED, "it is stopping");
    }
  }

  private void misconfigured(Event.Misconfigured e) {
    log(Level.ERROR, "reload refused, nothing was changed:\n" + e.problems());
    failure = e.problems().lines().findFirst().orElse("");
    answer(e.request(), Outcome.CONFIG, e.problems());
  }

  private void scale(Event.Scale e) {
    int aim = aim();
    long wanted = e.relative() ? (long) aim + e.change() : e.change();
    if (life == Life.STOPPING) {
      answer(e.request(), Outcome.FAILED, "it is stopping");
    } else if (life == Life.STARTING) {
      answer(e.request(), Outcome.BUSY, "still starting, " + tally() + " ready");
    } else if (resize != null) {
      answer(e.request(), Outcome.BUSY, "a change to " + people(resize.to()) + " is under way");
    } else if (wanted < 1 || wanted > Fleet.MAX_WORKERS) {
      answer(
          e.request(),
          Outcome.FAILED,
          "there would be "
              + wanted
              + " workers; allowed are 1 to "
              + Fleet.MAX_WORKERS
              + ", there are "
              + aim);
    } else if (wanted == aim && !reloading()) {
      scaled = true;
      answer(
          e.request(),
          Outcome.DONE,
          "there " + (aim == 1 ? "is" : "are") + " already " + people(aim));
    } else {
      scaled = true;
      resize = new Resize(e.request(), target, (int) wanted);
      target = (int) wanted;
      if (roll != null) {
        roll.target = target;
      }
      log(Level.NOTICE, "scaling from " + resize.from() + " to " + people(target));
    }
  }

  private void stop() {
    if (life == Life.STOPPING) {
      log(Level.WARNING, "told to stop again: killing what is left");
      workers.values().stream().toList().forEach(this::kill);
      return;
    }
    life = Life.STOPPING;
    trouble = "";
    notices.add("STOPPING=1");
    log(Level.NOTICE, "stopping");
    if (roll != null) {
      answer(roll.request, Outcome.FAILED, "the reload was cut short by a stop");
      roll = null;
    }
    if (resize != null) {
      answer(resize.request(), Outcome.FAILED, "the change was cut short by a stop");
      resize = null;
    }
    extendForDraining();
    workers.values().stream().toList().forEach(this::end);
  }

  // Losses: what follows when a worker goes without having been asked to.

  private void lost(Worker worker, String how) {
    if (life == Life.STOPPING) {
      log(Level.INFO, how);
    } else if (isReplacement(worker)) {
      log(Level.ERROR, how);
      replacementLost(worker, how, worker.generation().settings().onCrash());
    } else {
      log(Level.WARNING, how);
      slotLost(worker, how);
    }
  }

  /** The loss of a worker that no roll is bringing up: its slot is to be filled again. */
  private void slotLost(Worker worker, String how) {
    trouble = how;
    Slot slot = slots.get(worker.slot()).lost(worker, now);
    slots.put(slot.number(), slot);
    extend(slot.respawnAt() - now);
    if (roll != null && roll.slot == slot.number() && worker.pid() == roll.oldPid) {
      roll.oldPid = 0;
    }
    if (resize != null && slot.number() >= resize.from() && slot.number() < target) {
      answer(resize.request(), Outcome.FAILED, how + "; it will be tried again");
      resize = null;
    }
    if (roll != null
        && !roll.recycles()
        && roll.stage != Stage.FINISH // All slots are of the new generation; there is no way back.
        && worker.generation().number() == roll.generation.number()
        && worker.generation().settings().onCrash() == Fallback.ABORT) {
      slots.put(slot.number(), slot.of(generation));
      fail(how);
    }
  }

  private boolean isReplacement(Worker worker) {
    return roll != null
        && roll.worker == worker.id()
        && (roll.stage == Stage.BESIDE || roll.stage == Stage.FRESH);
  }

  private void replacementLost(Worker worker, String how, Fallback fallback) {
    if (roll.stage == Stage.BESIDE && fallback == Fallback.RESTART) {
      progress(how + "; stopping the old one to start the slot afresh");
      enter(Stage.WITHDRAW);
    } else {
      if (roll.stage == Stage.FRESH) {
        trouble = how;
        Slot slot = slots.get(worker.slot());
        slots.put(slot.number(), slot.lost(worker, now));
      }
      fail(how);
    }
  }

  /** Ends the roll where it is. What it has replaced stays replaced; the rest is not touched. */
  private void fail(String why) {
    Worker replacement = workers.get(roll.worker);
    if (replacement != null && replacement.phase() != Phase.READY) {
      end(replacement);
    }
    if (roll.recycles()) {
      recyclingFailed(why);
    } else {
      failure = why;
      notices.add("READY=1");
      log(Level.ERROR, "reload to generation " + roll.generation.number() + " failed: " + why);
      answer(
          roll.request,
          Outcome.FAILED,
          "reload failed: " + why + "; " + rolling() + paid() + ", the others were left alone");
    }
    roll = null;
  }

  /** Tells of the slot that a failed roll had emptied, if there is one. */
  private String paid() {
    boolean emptied = roll.stage == Stage.VACATE || roll.stage == Stage.FRESH;
    return emptied && roll.slot < target
        ? ", worker " + roll.slot + " is started again as it was"
        : "";
  }

  // Consequences: what follows from the facts and the clock.

  private void settle() {
    for (int id : List.copyOf(workers.keySet())) {
      if (isProbeDue(workers.get(id))) {
        probe(workers.get(id));
      }
      if (workers.get(id).deadline() <= now) {
        expire(workers.get(id));
      }
      if (workers.get(id).aliveUntil() <= heard) {
        silent(workers.get(id));
      }
    }
    switch (life) {
      case STARTING, RUNNING -> {
        removeSurplus();
        advance();
        fill();
        conclude();
        recycle();
      }
      default -> {
        if (workers.isEmpty()) {
          log(Level.NOTICE, "stopped");
          over(Outcome.DONE);
        }
      }
    }
  }

  private boolean isProbeDue(Worker worker) {
    return worker.phase() == Phase.STARTING
        && worker.probing().filter(p -> !p.underWay() && p.next() <= now).isPresent();
  }

  private void expire(Worker worker) {
    switch (worker.phase()) {
      case STARTING -> {
        String timeout = Time.text(worker.generation().settings().readyTimeout());
        String how = worker + " was not ready within " + timeout;
        boolean replacement = isReplacement(worker);
        log(Level.WARNING, how);
        if (worker.generation().settings().ready() == Ready.LISTEN
            || worker.probing().isPresent()) {
          actions.add(new Action.Explain(worker.id(), replacement ? roll.request : Event.NOBODY));
        }
        errno = ETIMEDOUT;
        end(worker);
        if (replacement) {
          replacementLost(worker, how, worker.generation().settings().onTimeout());
        } else {
          slotLost(worker, how);
        }
      }
      case SETTLING -> workers.put(worker.id(), worker.in(Phase.READY, NEVER));
      case STOPPING -> {
        log(Level.WARNING, worker + " still runs after " + took(worker) + ": thread dump");
        send(worker, Signal.QUIT);
        workers.put(worker.id(), worker.in(Phase.DUMPING, now + dumpLead(worker)));
      }
      case DUMPING -> {
        log(Level.WARNING, worker + " still runs after " + took(worker) + ": killing it");
        kill(worker);
      }
      default -> throw new AssertionError(worker);
    }
  }

  private void silent(Worker worker) {
    if (heard - worker.aliveUntil() > LATE) {
      // What stalled the supervisor may have stalled the workers, too.
      workers.put(worker.id(), worker.alive(now));
      return;
    }
    String timeout = Time.text(worker.generation().settings().watchdog());
    String how = worker + " gave no sign of life for " + timeout;
    log(Level.WARNING, how + ": thread dump");
    errno = ETIMEDOUT;
    send(worker, Signal.QUIT);
    workers.put(worker.id(), worker.leaving(Phase.DUMPING, now, now + dumpLead(worker)));
    if (isReplacement(worker)) {
      replacementLost(worker, how, worker.generation().settings().onCrash());
    } else {
      slotLost(worker, how);
    }
  }

  /** Empties the slots beyond both the number of workers and the number that a roll is to bring. */
  private void removeSurplus() {
    int limit = roll == null ? target : Math.max(target, roll.target);
    workers.values().stream().filter(w -> w.slot() >= limit).toList().forEach(this::end);
    slots.keySet().removeIf(s -> s >= limit && workers.values().stream().noneMatch(in(s)));
  }

  /** Takes the roll as far as the facts allow. */
  private void advance() {
    Stage stage = null;
    while (roll != null && roll.stage != stage) {
      stage = roll.stage;
      if (roll.slot >= roll.target) {
        skip();
        continue;
      }
      switch (stage) {
        case NEXT -> nextSlot();
        case BESIDE -> beside();
        case RETIRE -> retire();
        case WITHDRAW -> withdraw();
        case VACATE -> vacate();
        case FRESH -> fresh();
        case FINISH -> finish();
      }
    }
  }

  private void nextSlot() {
    for (int number = 0; number < roll.target; number++) {
      Slot slot = slots.computeIfAbsent(number, n -> new Slot(n, generation));
      if (slot.generation().number() != roll.generation.number()) {
        turnTo(number);
        return;
      }
    }
    target = roll.target;
    generation = roll.generation;
    if (resize != null && resize.to() != target) {
      answer(resize.request(), Outcome.FAILED, "a reload made it " + people(target));
      resize = null;
    }
    enter(Stage.FINISH);
    removeSurplus();
  }

  private void turnTo(int number) {
    Worker old = liveIn(number);
    roll.turnTo(number, old == null ? 0 : old.pid());
    if (old != null && roll.generation.settings().order() == Order.START_FIRST) {
      enter(Stage.BESIDE);
    } else {
      empty();
    }
  }

  /**
   * Leaves a slot that was scaled away during its turn: a recycling is given up, and a reload goes
   * on once the slot's workers are gone.
   */
  private void skip() {
    if (roll.recycles()) {
      giveUp("its slot goes");
    } else if (workers.values().stream().noneMatch(in(roll.slot))) {
      roll.turnTo(Roll.NONE, 0);
      enter(Stage.NEXT);
    }
  }

  private void beside() {
    if (roll.worker == Roll.NONE) {
      spawnReplacement();
    } else if (replacementReady()) {
      serve();
      old().forEach(this::end);
      enter(Stage.RETIRE);
    }
  }

  private void retire() {
    if (old().isEmpty()) {
      roll.drained = now - roll.since;
      slotDone(roll.oldPid == 0 ? came() : came() + ", " + drained());
    } else if (!roll.recycles() && old().stream().allMatch(Worker::rests) && onlyOneRests()) {
      // Its clients need time, but it no longer uses what the next slot needs of the machine.
      long since =
          old().stream().mapToLong(w -> w.restingSince().orElseThrow()).max().orElseThrow();
      slotDone(came() + ", idle in " + Time.text(Math.max(0, since - roll.since)));
    }
  }

  /**
   * Whether exactly one worker rests. A roll goes on beside one resting worker but not beside two,
   * so that there is at most one more worker than otherwise. One that an earlier roll has left
   * counts, too, even in the same slot.
   */
  private boolean onlyOneRests() {
    return workers.values().stream().filter(Worker::rests).count() == 1;
  }

  private void withdraw() {
    if (!workers.containsKey(roll.worker)) {
      empty();
    }
  }

  private void empty() {
    workers.values().stream().filter(in(roll.slot)).toList().forEach(this::end);
    enter(Stage.VACATE);
  }

  private void vacate() {
    if (workers.values().stream().noneMatch(in(roll.slot))) {
      roll.drained = now - roll.since;
      roll.worker = Roll.NONE;
      enter(Stage.FRESH);
    }
  }

  private void fresh() {
    if (roll.worker == Roll.NONE) {
      spawnReplacement();
    } else if (replacementReady()) {
      serve();
      slotDone(roll.oldPid == 0 ? came() : drained() + ", then " + came());
    }
  }

  private String came() {
    Settings settings = roll.generation.settings();
    return settings.ready() == Ready.START
        ? "alive after " + Time.text(settings.minUptime())
        : "ready in " + Time.text(roll.readyIn);
  }

  private String drained() {
    Generation had = roll.recycles() ? roll.generation : generation;
    boolean killed = roll.drained >= had.settings().stopTimeout();
    return (killed ? "killed after " : "drained in ") + Time.text(roll.drained);
  }

  private void spawnReplacement() {
    if (mayStart()) {
      roll.worker = spawn(roll.slot, roll.generation);
    } else {
      // Too many others are starting; each of them is done by its deadline.
      workers.values().stream()
          .filter(w -> w.phase() == Phase.STARTING)
          .forEach(w -> extend(w.deadline() - now));
    }
  }

  private boolean replacementReady() {
    Worker replacement = workers.get(roll.worker);
    return replacement != null && replacement.phase() == Phase.READY;
  }

  /** The replacement is ready: in a reload, its slot is now of the new generation. */
  private void serve() {
    Worker worker = workers.get(roll.worker);
    if (!roll.recycles()) {
      slots.put(roll.slot, slots.get(roll.slot).renewed(roll.generation));
    }
    roll.readyIn = worker.reportedAt() - worker.spawnedAt();
    roll.newPid = worker.pid();
  }

  private void slotDone(String how) {
    String from = roll.oldPid == 0 ? "" : roll.oldPid + " → ";
    String pids = "worker " + roll.slot + ": pid " + from + roll.newPid + ", ";
    if (roll.recycles()) {
      log(Level.NOTICE, pids + "recycled " + roll.due + " (" + how + ")");
      roll = null;
    } else {
      progress(pids + how);
      roll.replaced++;
      roll.turnTo(Roll.NONE, 0);
      enter(Stage.NEXT);
    }
  }

  private void finish() {
    if (workers.values().stream().allMatch(w -> w.slot() < target && !w.rests())) {
      failure = "";
      notices.add("READY=1");
      String took = Time.text(now - roll.startedAt);
      String summary = "reloaded " + people(target) + " in " + took + ", generation ";
      log(Level.NOTICE, summary + generation.number());
      answer(roll.request, Outcome.DONE, summary + generation.number());
      roll = null;
    }
  }

  /** Starts the workers that slots lack; at most as many are starting at once as there are CPUs. */
  private void fill() {
    boolean anyReady = workers.values().stream().anyMatch(w -> w.phase() == Phase.READY);
    if (life == Life.STARTING && !trouble.isEmpty() && !anyReady) {
      return; // The workers under way decide whether this build can start at all.
    }
    Set<Integer> taken = taken();
    for (int number = 0; number < target && mayStart(); number++) {
      Slot slot = slots.computeIfAbsent(number, n -> new Slot(n, generation));
      boolean held = roll != null && roll.holds(number);
      if (!held && !taken.contains(number) && slot.respawnAt() <= now) {
        spawn(number, slot.generation());
      }
    }
  }

  /**
   * The slots in which no worker may start. One may start beside a worker that drains, but not
   * beside one that was never ready, and not with {@link Order#STOP_FIRST}.
   */
  private Set<Integer> taken() {
    Set<Integer> taken = new HashSet<>();
    for (Worker worker : workers.values()) {
      Settings settings = slots.get(worker.slot()).generation().settings();
      boolean drains = !worker.phase().live() && worker.reported();
      if (!drains || settings.order() == Order.STOP_FIRST) {
        taken.add(worker.slot());
      }
    }
    return taken;
  }

  private boolean mayStart() {
    return workers.values().stream().filter(w -> w.phase() == Phase.STARTING).count()
        < before.cpus();
  }

  private void conclude() {
    boolean allReady = ready(0, target);
    if (allReady) {
      trouble = "";
    }
    if (life == Life.STARTING) {
      if (allReady) {
        life = Life.RUNNING;
        notices.add("READY=1");
        log(Level.NOTICE, "started " + people(target));
      } else if (workers.isEmpty() && !trouble.isEmpty()) {
        log(Level.ERROR, "start failed: " + trouble);
        notices.add("ERRNO=" + errno);
        // A restart without a change would fail again (EX_CONFIG, sysexits.h).
        over(errno == EINVAL ? Outcome.CONFIG : Outcome.FAILED);
      }
    }
    if (resize != null
        && ready(resize.from(), resize.to())
        && workers.values().stream().allMatch(w -> w.slot() < resize.to())) {
      String summary = "scaled from " + resize.from() + " to " + people(resize.to());
      log(Level.NOTICE, summary);
      answer(resize.request(), Outcome.DONE, summary);
      resize = null;
    }
  }

  // Recycling: a roll for one worker.

  /**
   * Recycles the worker that has been due for longest, if nothing else is under way and all are
   * ready.
   */
  private void recycle() {
    if (life == Life.RUNNING && roll == null && resize == null && ready(0, target)) {
      workers.values().stream()
          .filter(w -> w.phase() == Phase.READY && w.recycleAt() <= now)
          .min(Comparator.comparingLong(Worker::recycleAt))
          .ifPresent(this::recycle);
    }
  }

  private void recycle(Worker worker) {
    String age = "after " + Time.text(now - worker.reportedAt());
    String due = worker.due().isEmpty() ? age : worker.due();
    workers.put(worker.id(), worker.due(due, worker.recycleAt()));
    log(Level.NOTICE, "recycling " + worker + " " + due);
    Generation own = slots.get(worker.slot()).generation();
    roll = new Rolling(due, own, target, Event.NOBODY, now);
    turnTo(worker.slot());
    advance();
  }

  private void recyclingFailed(String why) {
    String text = "recycling worker " + roll.slot + " failed: " + why;
    Worker old = liveIn(roll.slot);
    if (old == null) {
      log(Level.ERROR, text);
    } else {
      long delay = RECYCLE_RETRY * old.generation().settings().restartDelayMax();
      workers.put(old.id(), old.due(roll.due, now + delay));
      log(Level.ERROR, text + "; it is tried again in " + Time.text(delay));
    }
  }

  /** Ends a recycling in favour of something that does not wait for it. */
  private void giveUp(String why) {
    if (roll.stage == Stage.RETIRE) {
      slotDone(came());
      return;
    }
    log(Level.NOTICE, "recycling worker " + roll.slot + " is given up: " + why);
    if (roll.stage == Stage.BESIDE && roll.worker != Roll.NONE) {
      end(workers.get(roll.worker));
    }
    roll = null;
  }

  private void over(Outcome outcome) {
    life = Life.OVER;
    actions.add(new Action.Exit(outcome));
  }

  // Helpers.

  private int spawn(int slot, Generation of) {
    var worker = new Worker(nextWorker++, slot, of, now);
    workers.put(worker.id(), worker);
    actions.add(new Action.Spawn(worker.id(), slot, of));
    extend(of.settings().readyTimeout() + of.settings().minUptime());
    return worker.id();
  }

  /** Asks a worker to exit, once. */
  private void end(Worker worker) {
    if (worker.phase().live()) {
      drain(worker);
      send(worker, worker.generation().settings().stopSignal());
    }
  }

  /** Starts a worker's time to exit. */
  private void drain(Worker worker) {
    long timeout = worker.generation().settings().stopTimeout();
    long dumpAt = now + timeout - dumpLead(worker);
    workers.put(worker.id(), worker.leaving(Phase.STOPPING, now, dumpAt));
    extend(timeout);
  }

  private static long dumpLead(Worker worker) {
    return Math.min(DUMP_LEAD, worker.generation().settings().stopTimeout() / 4);
  }

  private void kill(Worker worker) {
    if (worker.phase() != Phase.KILLED) {
      send(worker, Signal.KILL);
      workers.put(worker.id(), worker.in(Phase.KILLED, NEVER));
    }
  }

  private void send(Worker worker, Signal signal) {
    actions.add(new Action.Send(worker.id(), signal));
  }

  private static Predicate<Worker> in(int slot) {
    return w -> w.slot() == slot;
  }

  private Worker liveIn(int slot) {
    return workers.values().stream()
        .filter(in(slot).and(w -> w.phase().live()))
        .findFirst()
        .orElse(null);
  }

  /**
   * The workers in the roll's slot that are older than its replacement, including those that
   * earlier rolls have left.
   */
  private List<Worker> old() {
    return workers.values().stream().filter(in(roll.slot).and(w -> w.id() < roll.worker)).toList();
  }

  /**
   * Whether each slot from {@code from} up to, but not including, {@code to} has a ready worker.
   */
  private boolean ready(int from, int to) {
    return workers.values().stream()
            .filter(w -> w.phase() == Phase.READY && w.slot() >= from && w.slot() < to)
            .map(Worker::slot)
            .distinct()
            .count()
        >= to - from;
  }

  private void enter(Stage stage) {
    roll.enter(stage, now);
  }

  /**
   * Notes that something the service manager may be waiting for takes up to {@code nanos} from now.
   */
  private void extend(long nanos) {
    extension = Math.max(extension, nanos + GRACE);
  }

  /** Notes how long the workers that drain already may take, since they may be waited for, too. */
  private void extendForDraining() {
    for (Worker worker : workers.values()) {
      if (!worker.phase().live()) {
        extend(worker.stoppedAt() + worker.generation().settings().stopTimeout() - now);
      }
    }
  }

  private void log(Level level, String line) {
    actions.add(new Action.Log(level, line));
  }

  private void progress(String line) {
    log(Level.NOTICE, line);
    if (roll.request != Event.NOBODY) {
      actions.add(new Action.Progress(roll.request, line));
    }
  }

  private void answer(long request, Outcome outcome, String line) {
    if (request != Event.NOBODY) {
      actions.add(new Action.Answer(request, outcome, line));
    }
  }

  /** Whether a reload is under way; the recycling of a worker does not count. */
  private boolean reloading() {
    return roll != null && !roll.recycles();
  }

  private int aim() {
    return roll == null ? target : roll.target;
  }

  private static String people(int workers) {
    return workers == 1 ? "1 worker" : workers + " workers";
  }

  private String tally() {
    return workers.values().stream().filter(w -> w.phase() == Phase.READY).count() + "/" + target;
  }

  private String rolling() {
    return roll.replaced + " of " + people(roll.target) + " replaced";
  }

  private String status() {
    String text =
        switch (life) {
          case STARTING -> "starting, " + tally() + " ready";
          case RUNNING ->
              reloading()
                  ? "rolling " + roll.replaced + "/" + roll.target
                  : tally()
                      + " ready, generation "
                      + generation.number()
                      + (roll == null ? "" : ", recycling worker " + roll.slot);
          case STOPPING -> "stopping, " + workers.size() + " left";
          case OVER -> before.life() == Life.STARTING ? "start failed" : "stopped";
        };
    if (!trouble.isEmpty() && !trouble.equals(failure)) {
      text += "; " + trouble;
    }
    return failure.isEmpty() || reloading() ? text : text + "; last reload failed: " + failure;
  }

  private Step step() {
    String status = status();
    if (!status.equals(before.status())) {
      notices.add("STATUS=" + status);
    }
    boolean waitedFor = life == Life.STARTING || life == Life.STOPPING || reloading();
    if (waitedFor && extension > 0) {
      notices.add("EXTEND_TIMEOUT_USEC=" + extension / 1_000);
    }
    if (!notices.isEmpty()) {
      // First, so that the service manager knows before any requester gets an answer.
      actions.add(0, new Action.Notify(String.join("\n", notices)));
    }
    var fleet =
        new Fleet(
            life,
            before.cpus(),
            target,
            generation,
            numbers,
            List.copyOf(workers.values()),
            List.copyOf(slots.values()),
            Optional.ofNullable(roll).map(Rolling::roll),
            Optional.ofNullable(resize),
            scaled,
            trouble,
            failure,
            errno,
            nextWorker,
            status);
    return new Step(fleet, List.copyOf(actions), deadline());
  }

  private long deadline() {
    long next = NEVER;
    for (Worker worker : workers.values()) {
      next = Math.min(next, Math.min(worker.deadline(), worker.aliveUntil()));
      if (worker.phase() == Phase.STARTING && worker.probing().isPresent()) {
        Worker.Probing probing = worker.probing().get();
        next = Math.min(next, probing.underWay() ? NEVER : probing.next());
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
