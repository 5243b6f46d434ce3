package jcluster.model;

import java.util.List;
import java.util.Optional;
import jcluster.model.Action.Subject;
import jcluster.model.Rollout.Beside;
import jcluster.model.Rollout.Fresh;
import jcluster.model.Rollout.Recycling;
import jcluster.model.Rollout.Reload;
import jcluster.model.Rollout.Retire;
import jcluster.model.Rollout.Stage;
import jcluster.model.Rollout.Turn;
import jcluster.model.Rollout.Vacate;
import jcluster.model.Rollout.Withdraw;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.Order;
import jcluster.model.Settings.Ready;

/**
 * Replaces workers slot by slot: takes each slot of a {@link Rollout} through its stages, for a
 * reload or for the recycling of one worker. jcluster(1) specifies it under "Roll" and "Recycling".
 */
final class RolloutController {
  /** A failed recycling is tried again after RestartDelayMax= times this. */
  static final int RECYCLE_RETRY = 10;

  private final StepBuilder step;
  private final long now;

  RolloutController(StepBuilder step) {
    this.step = step;
    this.now = step.now;
  }

  // How it begins

  /** Begins a reload; a recycling does not hold it up. */
  void begin(Event.Reload e) {
    step.recycling().ifPresent(r -> giveUp(r, "a reload begins"));
    var next = new Generation(step.nextGeneration++, e.settings());
    step.rollout = Optional.of(new Reload(next, now, e.request(), e.instances(), 0, List.of()));
    step.tell("RELOADING=1\nMONOTONIC_USEC=" + now / 1_000);
    step.extendForDraining();
    String text = "reload to generation " + next.number() + " begins";
    step.log(LogMessage.RELOADING, Subject.of(next), text);
  }

  /** Begins to recycle a worker, which must be ready. */
  void recycle(Worker worker) {
    String age = "after " + Time.text(worker.readyFor(now).orElseThrow());
    String reason = worker.recycleReason().orElse(age);
    step.put(worker.toBeRecycled(worker.recycleAt(), reason));
    String text = "recycling " + worker + " " + reason;
    step.log(LogMessage.RECYCLING, Subject.of(worker), text);
    Generation own = step.slot(worker.slot()).generation();
    step.rollout = Optional.of(new Recycling(own, now, reason, turnTo(worker.slot(), own)));
    advance();
  }

  // How it goes on

  /** Takes the rollout as far as the facts allow. */
  void advance() {
    Optional<Rollout> before;
    do {
      before = step.rollout;
      turns().forEach(this::advance);
      step.reload().ifPresent(this::next);
    } while (!step.rollout.equals(before));
  }

  private void advance(Turn turn) {
    Stage stage = turn.stage();
    if (turn.slot() >= step.aim()) {
      leave(turn);
    } else if (stage instanceof Beside s) {
      beside(turn, s);
    } else if (stage instanceof Retire s) {
      retire(turn, s);
    } else if (stage instanceof Withdraw s) {
      withdraw(turn, s);
    } else if (stage instanceof Vacate s) {
      vacate(turn, s);
    } else if (stage instanceof Fresh s) {
      fresh(turn, s);
    } else {
      throw new AssertionError(stage);
    }
  }

  /**
   * Turns to the lowest slot of another generation, if one more may be in hand; finishes if there
   * is none.
   */
  private void next(Reload reload) {
    Optional<Integer> next = isCurrent(reload) ? Optional.empty() : nextSlot(reload);
    if (next.isPresent() && turns().size() < limit(reload)) {
      step.rollout = Optional.of(reload.withNext(turnTo(next.get(), reload.generation())));
    } else if (next.isEmpty() && turns().isEmpty()) {
      if (!isCurrent(reload)) {
        makeCurrent(reload);
      }
      finish(reload);
    }
  }

  private Optional<Integer> nextSlot(Reload reload) {
    for (int number = 0; number < reload.target(); number++) {
      if (!isOf(reload, step.openSlot(number)) && !isInHand(number)) {
        return Optional.of(number);
      }
    }
    return Optional.empty();
  }

  /**
   * How many slots may be in hand. The first one goes alone until its new worker is ready: a build
   * that cannot run is to cost one start.
   */
  private int limit(Reload reload) {
    boolean oneServes = step.slots().stream().anyMatch(slot -> isOf(reload, slot));
    boolean stops = reload.generation().settings().order() == Order.STOP_FIRST;
    return stops || !oneServes ? 1 : reload.surge();
  }

  private static boolean isOf(Reload reload, Slot slot) {
    return slot.generation().number() == reload.generation().number();
  }

  /** Whether all slots of a reload are done: then its generation is the fleet's. */
  private boolean isCurrent(Reload reload) {
    return step.generation.number() == reload.generation().number();
  }

  private void makeCurrent(Reload reload) {
    step.target = reload.target();
    step.generation = reload.generation();
    if (step.scaling.isPresent() && step.scaling.get().to() != step.target) {
      String text = "a reload made it " + Worker.text(step.target);
      step.answer(step.scaling.get().request(), Outcome.FAILED, text);
      step.scaling = Optional.empty();
    }
    removeSurplus();
  }

  private void finish(Reload reload) {
    if (step.workers().stream().allMatch(w -> w.slot() < step.target && !w.rests())) {
      step.reloadFailure = Optional.empty();
      step.tell("READY=1");
      String took = Time.text(now - reload.startedAt());
      String workers = Worker.text(step.target);
      String summary =
          "reloaded " + workers + " in " + took + ", generation " + step.generation.number();
      step.log(LogMessage.RELOADED, Subject.of(step.generation), summary);
      step.answer(reload.request(), Outcome.DONE, summary);
      step.rollout = Optional.empty();
    }
  }

  /** Empties the slots beyond both the number of workers and the number of a reload. */
  void removeSurplus() {
    int limit = Math.max(step.target, step.aim());
    step.workers().stream().filter(w -> w.slot() >= limit).forEach(step::end);
    step.removeEmptySlots(limit);
  }

  /** Turns to a slot, whose next worker is of this generation. */
  private Turn turnTo(int slot, Generation generation) {
    Optional<Worker> old = step.liveIn(slot);
    boolean beside = old.isPresent() && generation.settings().order() == Order.START_FIRST;
    return new Turn(
        slot, old.flatMap(Worker::pid), beside ? new Beside(Optional.empty()) : vacated(slot));
  }

  private Vacate vacated(int slot) {
    step.workersIn(slot).forEach(step::end);
    return new Vacate(now);
  }

  /**
   * Leaves a slot that was scaled away during its turn: a recycling is given up, and a reload goes
   * on once the slot's workers are gone.
   */
  private void leave(Turn turn) {
    if (rollout() instanceof Recycling r) {
      giveUp(r, "its slot goes");
    } else if (step.workersIn(turn.slot()).isEmpty()) {
      step.rollout = step.reload().map(r -> r.withSlotLeft(turn.slot()));
    }
  }

  private void beside(Turn turn, Beside stage) {
    Optional<Worker> ready = readyReplacement(stage);
    if (stage.replacement().isEmpty()) {
      enter(turn, new Beside(spawnReplacement(turn)));
    } else if (ready.isPresent()) {
      Worker worker = ready.get();
      serve(turn);
      olderThan(worker.id(), turn).forEach(step::end);
      enter(turn, new Retire(worker.id(), worker.pid(), worker.readyIn(), now));
    }
  }

  private void retire(Turn turn, Retire stage) {
    List<Worker> old = olderThan(stage.worker(), turn);
    if (old.isEmpty()) {
      String drained = turn.oldPid().isEmpty() ? "" : ", " + drained(now - stage.since());
      done(turn, stage.pid(), came(stage.readyIn()) + drained);
    } else if (old.stream().allMatch(Worker::rests) && mayLeave(turn)) {
      // Its clients need time, but it no longer uses what the next slot needs of the machine.
      long since = old.stream().mapToLong(w -> w.restingSince().orElseThrow()).max().orElseThrow();
      String idle = ", idle in " + Time.text(Math.max(0, since - stage.since()));
      done(turn, stage.pid(), came(stage.readyIn()) + idle);
    }
  }

  /**
   * Whether a reload may go on while the old workers of a slot rest. It leaves as many resting
   * workers as it has slots in hand, so that there are at most so many more workers than otherwise.
   * One that an earlier reload has left counts, too, even in the same slot.
   */
  private boolean mayLeave(Turn turn) {
    long left =
        step.workers().stream()
            .filter(w -> w.rests() && (w.slot() == turn.slot() || !isInHand(w.slot())))
            .count();
    return step.reload().filter(r -> left <= r.surge()).isPresent();
  }

  /** One slot at a time: the old worker of each serves until then. */
  private void withdraw(Turn turn, Withdraw stage) {
    if (step.worker(stage.worker()).isEmpty() && turns().stream().noneMatch(this::isEmptied)) {
      enter(turn, vacated(turn.slot()));
    }
  }

  private void vacate(Turn turn, Vacate stage) {
    if (step.workersIn(turn.slot()).isEmpty()) {
      enter(turn, new Fresh(now - stage.since(), Optional.empty()));
    }
  }

  private void fresh(Turn turn, Fresh stage) {
    Optional<Worker> ready = readyReplacement(stage);
    if (stage.replacement().isEmpty()) {
      enter(turn, new Fresh(stage.drained(), spawnReplacement(turn)));
    } else if (ready.isPresent()) {
      Worker worker = ready.get();
      serve(turn);
      String drained = turn.oldPid().isEmpty() ? "" : drained(stage.drained()) + ", then ";
      done(turn, worker.pid(), drained + came(worker.readyIn()));
    }
  }

  private Optional<Integer> spawnReplacement(Turn turn) {
    if (step.mayStart()) {
      return Optional.of(step.spawn(turn.slot(), rollout().generation()));
    }
    // Too many others are starting; each of them is done by its deadline.
    step.workers().stream()
        .filter(w -> w.phase() == Phase.STARTING)
        .forEach(w -> step.extend(w.deadline() - now));
    return Optional.empty();
  }

  private Optional<Worker> readyReplacement(Stage stage) {
    return replacement(stage).filter(w -> w.phase() == Phase.READY);
  }

  private Optional<Worker> replacement(Stage stage) {
    return stage.replacement().flatMap(step::worker);
  }

  /** The replacement is ready: in a reload, its slot is now of the new generation. */
  private void serve(Turn turn) {
    step.reload().ifPresent(r -> step.put(step.slot(turn.slot()).renewed(r.generation())));
  }

  /**
   * The workers in the slot that are older than its new one, including those that earlier reloads
   * have left.
   */
  private List<Worker> olderThan(int worker, Turn turn) {
    return step.workersIn(turn.slot()).stream().filter(w -> w.id() < worker).toList();
  }

  /** The turn of a slot is over: its new worker serves, and the old one does not. */
  private void done(Turn turn, Optional<Integer> pid, String how) {
    String from = turn.oldPid().map(old -> old + " → ").orElse("");
    String line = "worker " + turn.slot() + ": pid " + from + pid.orElse(0) + ", ";
    Subject subject = Subject.of(turn.slot(), rollout().generation(), pid);
    if (rollout() instanceof Recycling r) {
      String text = line + "recycled " + r.reason() + " (" + how + ")";
      step.log(LogMessage.WORKER_RECYCLED, subject, text);
      step.rollout = Optional.empty();
    } else {
      progress(LogMessage.WORKER_REPLACED, subject, line + how);
      step.rollout = step.reload().map(r -> r.withSlotDone(turn.slot()));
    }
  }

  private String came(long readyIn) {
    Settings settings = rollout().generation().settings();
    return settings.ready() == Ready.START
        ? "alive after " + Time.text(settings.minUptime())
        : "ready in " + Time.text(readyIn);
  }

  private String drained(long took) {
    Generation old = step.reload().isPresent() ? step.generation : rollout().generation();
    boolean killed = took >= old.settings().stopTimeout();
    return (killed ? "killed after " : "drained in ") + Time.text(took);
  }

  // How it ends early

  /** Whether a worker is one that is being brought up. */
  boolean isReplacement(Worker worker) {
    return turnOf(worker).isPresent();
  }

  /** The turn that brings up a worker. */
  private Optional<Turn> turnOf(Worker replacement) {
    return turns().stream()
        .filter(t -> t.stage().replacement().equals(Optional.of(replacement.id())))
        .findFirst();
  }

  /** Takes the loss of a replacement. */
  void replacementLost(Worker worker, Loss loss, Fallback fallback) {
    Turn turn = turnOf(worker).orElseThrow();
    if (turn.stage() instanceof Beside && fallback == Fallback.RESTART) {
      String text = loss.how() + "; stopping the old one to start the slot afresh";
      progress(LogMessage.SLOT_AFRESH, Subject.of(worker), text);
      enter(turn, new Withdraw(worker.id()));
    } else {
      if (turn.stage() instanceof Fresh) {
        step.lastLoss = Optional.of(loss);
        step.put(step.slot(worker.slot()).lost(worker, now));
      }
      fail(loss.how());
    }
  }

  /** Whether a rollout has brought up this worker, and can still be given up for its sake. */
  boolean isOnTrial(Worker worker) {
    return isReplacement(worker) || isNew(worker);
  }

  /**
   * Takes the loss of any other worker, whose slot is to be filled again.
   *
   * @param fallback what a reload does if it has brought up this worker
   */
  void otherLost(Worker worker, Loss loss, Fallback fallback) {
    turns().stream()
        .filter(t -> t.slot() == worker.slot() && t.oldPid().equals(worker.pid()))
        .forEach(t -> put(t.withoutOld()));
    if (isNew(worker) && fallback == Fallback.ABORT) {
      step.put(step.slot(worker.slot()).withGeneration(step.generation));
      fail(loss.how());
    }
  }

  /**
   * Whether a worker is of the generation that a reload brings. Once all slots are of it, there is
   * no way back.
   */
  private boolean isNew(Worker worker) {
    return step.reload()
        .filter(r -> !isCurrent(r))
        .filter(r -> r.generation().number() == worker.generation().number())
        .isPresent();
  }

  /** Ends the rollout where it is. What it has replaced stays replaced; the rest is not touched. */
  private void fail(String why) {
    turns().forEach(this::abandon);
    step.reload().ifPresent(r -> reloadFailed(r, why));
    step.recycling().ifPresent(r -> recyclingFailed(r, why));
    step.rollout = Optional.empty();
  }

  private void abandon(Turn turn) {
    Optional<Worker> replacement = replacement(turn.stage());
    if (isEmptied(turn) && replacement.filter(w -> w.phase() == Phase.READY).isPresent()) {
      serve(turn); // Nobody else does in this slot.
    } else {
      replacement.ifPresent(step::end);
    }
  }

  private void reloadFailed(Reload reload, String why) {
    step.reloadFailure = Optional.of(why);
    step.tell("READY=1");
    String text = "reload to generation " + reload.generation().number() + " failed: " + why;
    step.log(LogMessage.RELOAD_FAILED, Subject.of(reload.generation()), text);
    step.answer(
        reload.request(),
        Outcome.FAILED,
        "reload failed: "
            + why
            + "; "
            + reload.progress()
            + emptied(reload)
            + ", the others were left alone");
  }

  /** Tells of the slot that a failed reload had emptied, if there is one. */
  private String emptied(Reload reload) {
    return reload.inHand().stream()
        .filter(t -> isEmptied(t) && t.slot() < step.target)
        .map(t -> ", worker " + t.slot() + " is started again as it was")
        .findFirst()
        .orElse("");
  }

  private void recyclingFailed(Recycling recycling, String why) {
    int slot = recycling.turn().slot();
    String text = "recycling worker " + slot + " failed: " + why;
    Optional<Worker> old = step.liveIn(slot);
    if (old.isPresent()) {
      long delay = RECYCLE_RETRY * old.get().settings().restartDelayMax();
      step.put(old.get().toBeRecycled(now + delay, recycling.reason()));
      text += "; it is tried again in " + Time.text(delay);
    }
    Subject subject = Subject.of(slot, recycling.generation(), old.flatMap(Worker::pid));
    step.log(LogMessage.RECYCLING_FAILED, subject, text);
  }

  /** Ends a recycling in favour of something that does not wait for it. */
  private void giveUp(Recycling recycling, String why) {
    Turn turn = recycling.turn();
    if (turn.stage() instanceof Retire s) {
      done(turn, s.pid(), came(s.readyIn()));
      return;
    }
    Subject subject = Subject.of(turn.slot(), recycling.generation(), turn.oldPid());
    String text = "recycling worker " + turn.slot() + " is given up: " + why;
    step.log(LogMessage.RECYCLING_GIVEN_UP, subject, text);
    if (turn.stage() instanceof Beside s) {
      replacement(s).ifPresent(step::end);
    }
    step.rollout = Optional.empty();
  }

  // Helpers

  private Rollout rollout() {
    return step.rollout.orElseThrow();
  }

  /** The slots in hand. */
  private List<Turn> turns() {
    return step.rollout.map(Rollout::inHand).orElse(List.of());
  }

  private boolean isInHand(int slot) {
    return turns().stream().anyMatch(t -> t.slot() == slot);
  }

  /** Whether a turn has its slot emptied before its replacement starts. */
  private boolean isEmptied(Turn turn) {
    return turn.stage() instanceof Vacate || turn.stage() instanceof Fresh;
  }

  private void enter(Turn turn, Stage stage) {
    put(turn.in(stage));
  }

  private void put(Turn turn) {
    step.rollout = Optional.of(rollout().with(turn));
  }

  /** Tells the log and the requester how a reload goes; a recycling has no requester. */
  private void progress(LogMessage message, Subject subject, String line) {
    step.log(message, subject, line);
    step.reload()
        .flatMap(Reload::request)
        .ifPresent(request -> step.add(new Action.Progress(request, line)));
  }
}
