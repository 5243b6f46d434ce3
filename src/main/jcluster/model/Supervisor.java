package jcluster.model;

import static jcluster.model.Fleet.NEVER;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jcluster.model.Action.Subject;
import jcluster.model.Fleet.Life;
import jcluster.model.Rollout.Reload;
import jcluster.model.Settings.Order;

/**
 * Every decision the supervisor takes, as one pure function: {@link #on}.
 *
 * <p>An event changes the facts; {@link #settle} then draws every consequence of the facts and the
 * clock. Its rules look at the facts alone, not at the event, so that even an order of events that
 * nobody thought of ends in a state that somebody did think of. jcluster(1), DETAILED OPERATION,
 * specifies it.
 *
 * <p>Each layer uses those below it only: this class; {@link WorkerLifecycle}, one worker's life;
 * {@link RolloutController}, the replacement of workers; {@link StepBuilder}, the facts and what is
 * to be done.
 *
 * <p>Invariants: each slot has at most one live worker, except the slot that a rollout is
 * replacing, which may have two; nothing is done to a worker after it exited; each request is
 * answered once; each RELOADING=1 is followed by a READY=1 or a STOPPING=1.
 */
public final class Supervisor {
  private final StepBuilder step;
  private final RolloutController rollouts;
  private final WorkerLifecycle lifecycle;

  private Supervisor(StepBuilder step) {
    this.step = step;
    this.rollouts = new RolloutController(step);
    this.lifecycle = new WorkerLifecycle(step, rollouts);
  }

  /** The fleet after {@code event}, and what is to be done about it. */
  public static Step on(Fleet fleet, Event event) {
    if (fleet.life() == Life.OVER) {
      return new Step(fleet, List.of(), NEVER);
    }
    var step = new StepBuilder(fleet, event.now());
    var supervisor = new Supervisor(step);
    supervisor.take(event);
    supervisor.settle(event.heardUntil());
    return step.build();
  }

  // Events: the facts change.

  private void take(Event event) {
    if (event instanceof Event.OfWorker e) {
      lifecycle.take(e);
    } else if (event instanceof Event.Reload e) {
      reload(e);
    } else if (event instanceof Event.Misconfigured e) {
      misconfigured(e);
    } else if (event instanceof Event.Scale e) {
      scale(e);
    } else if (event instanceof Event.Stop) {
      stop();
    } else if (event instanceof Event.TakenOver) {
      takenOver();
    } else if (!(event instanceof Event.Tick)) {
      throw new AssertionError(event);
    }
  }

  private void reload(Event.Reload e) {
    if (step.life == Life.STOPPING) {
      step.answer(e.request(), Outcome.FAILED, "it is stopping");
    } else if (step.life == Life.STARTING) {
      step.answer(e.request(), Outcome.BUSY, "still starting, " + step.tally() + " ready");
    } else if (step.reload().isPresent()) {
      String text = "a reload is under way: " + step.reload().get().progress();
      step.answer(e.request(), Outcome.BUSY, text);
    } else {
      rollouts.begin(e);
    }
  }

  private void misconfigured(Event.Misconfigured e) {
    step.log(LogMessage.RELOAD_REFUSED, "reload refused, nothing was changed:\n" + e.problems());
    step.reloadFailure = e.problems().lines().findFirst();
    step.answer(e.request(), Outcome.CONFIG, e.problems());
  }

  private void scale(Event.Scale e) {
    int aim = step.aim();
    long wanted = e.relative() ? (long) aim + e.change() : e.change();
    Optional<Long> request = Optional.of(e.request());
    if (step.life == Life.STOPPING) {
      step.answer(request, Outcome.FAILED, "it is stopping");
    } else if (step.life == Life.STARTING) {
      step.answer(request, Outcome.BUSY, "still starting, " + step.tally() + " ready");
    } else if (step.scaling.isPresent()) {
      String to = Worker.text(step.scaling.get().to());
      step.answer(request, Outcome.BUSY, "a change to " + to + " is under way");
    } else if (wanted < 1 || wanted > Fleet.MAX_WORKERS) {
      String range = "allowed are 1 to " + Fleet.MAX_WORKERS + ", there are " + aim;
      step.answer(request, Outcome.FAILED, "there would be " + wanted + " workers; " + range);
    } else if (wanted == aim && step.reload().isEmpty()) {
      step.scaled = true;
      String verb = aim == 1 ? "is" : "are";
      String text = "there " + verb + " already " + Worker.text(aim);
      step.answer(request, Outcome.DONE, text);
    } else {
      scale(request, (int) wanted);
    }
  }

  private void scale(Optional<Long> request, int target) {
    String text = "scaling from " + step.target + " to " + Worker.text(target);
    step.log(LogMessage.SCALING, text);
    step.scaling = Optional.of(new Scaling(request, step.target, target));
    step.scaled = true;
    step.target = target;
    step.reload().ifPresent(r -> step.rollout = Optional.of(r.withTarget(target)));
  }

  private void stop() {
    if (step.life == Life.STOPPING) {
      step.log(LogMessage.STOPPING_AT_ONCE, "told to stop again: killing what is left");
      step.workers().forEach(step::kill);
      return;
    }
    step.life = Life.STOPPING;
    step.lastLoss = Optional.empty();
    step.tell("STOPPING=1");
    step.log(LogMessage.STOPPING, "stopping");
    String cut = " was cut short by a stop";
    step.answer(step.reload().flatMap(Reload::request), Outcome.FAILED, "the reload" + cut);
    step.answer(step.scaling.flatMap(Scaling::request), Outcome.FAILED, "the change" + cut);
    step.rollout = Optional.empty();
    step.scaling = Optional.empty();
    step.extendForDraining();
    step.workers().forEach(step::end);
  }

  /**
   * Repeats what the previous supervisor told the service manager, and those of its last actions
   * that may not have been performed.
   */
  private void takenOver() {
    // The requesters have already been told that their supervisor is gone.
    step.reload().ifPresent(r -> step.rollout = Optional.of(r.unattended()));
    step.scaling = step.scaling.map(Scaling::unattended);
    if (step.life == Life.RUNNING) {
      step.tell("READY=1");
    }
    step.repeatStatus();
    for (Worker worker : step.workers()) {
      step.put(worker.alive(step.now)); // Nobody could hear it meanwhile.
      if (worker.wasReady() && worker.phase().live()) {
        step.add(new Action.Admit(worker.id()));
      }
      if (worker.phase() == Phase.KILLED) {
        step.send(worker, Signal.KILL);
      }
    }
  }

  // Consequences: what follows from the facts and the clock.

  private void settle(long heardUntil) {
    lifecycle.passTime(heardUntil);
    if (step.life == Life.STOPPING) {
      concludeStop();
    } else {
      rollouts.removeSurplus();
      rollouts.advance();
      fill();
      conclude();
      recycle();
    }
  }

  /** Starts the workers that slots lack; at most as many are starting at once as there are CPUs. */
  private void fill() {
    if (step.life == Life.STARTING && step.lastLoss.isPresent() && step.count(Phase.READY) == 0) {
      return; // The workers under way decide whether this build can start at all.
    }
    Set<Integer> taken = taken();
    for (int number = 0; number < step.target && step.mayStart(); number++) {
      Slot slot = step.openSlot(number);
      if (!taken.contains(number) && !isHeld(number) && slot.respawnAt() <= step.now) {
        step.spawn(number, slot.generation());
      }
    }
  }

  private boolean isHeld(int slot) {
    return step.rollout.filter(r -> r.holds(slot)).isPresent();
  }

  /**
   * The slots in which no worker may start. One may start beside a worker that drains, but not
   * beside one that was never ready, and not with {@link Order#STOP_FIRST}.
   */
  private Set<Integer> taken() {
    Set<Integer> taken = new HashSet<>();
    for (Worker worker : step.workers()) {
      Settings settings = step.slot(worker.slot()).generation().settings();
      boolean drains = !worker.phase().live() && worker.wasReady();
      if (!drains || settings.order() == Order.STOP_FIRST) {
        taken.add(worker.slot());
      }
    }
    return taken;
  }

  /** Ends what has been reached: the start, and a change of the number of workers. */
  private void conclude() {
    boolean allReady = step.ready(0, step.target);
    if (allReady) {
      step.lastLoss = Optional.empty();
    }
    if (step.life == Life.STARTING && allReady) {
      step.life = Life.RUNNING;
      step.tell("READY=1");
      Subject subject = Subject.of(step.generation);
      step.log(LogMessage.STARTED, subject, "started " + Worker.text(step.target));
    } else if (step.life == Life.STARTING && step.workers().isEmpty()) {
      step.lastLoss.ifPresent(this::startFailed);
    }
    step.scaling.filter(this::isReached).ifPresent(this::scaled);
  }

  private void startFailed(Loss loss) {
    Subject subject = Subject.of(step.generation);
    step.log(LogMessage.START_FAILED, subject, "start failed: " + loss.how());
    loss.errno().ifPresent(errno -> step.tell("ERRNO=" + errno));
    // A restart without a change would fail again (EX_CONFIG, sysexits.h).
    boolean misconfigured = loss.errno().equals(Optional.of(Loss.EINVAL));
    step.exit(misconfigured ? Outcome.CONFIG : Outcome.FAILED);
  }

  private boolean isReached(Scaling scaling) {
    return step.ready(scaling.from(), scaling.to())
        && step.workers().stream().allMatch(w -> w.slot() < scaling.to());
  }

  private void scaled(Scaling scaling) {
    String to = Worker.text(scaling.to());
    String summary = "scaled from " + scaling.from() + " to " + to;
    step.log(LogMessage.SCALED, summary);
    step.answer(scaling.request(), Outcome.DONE, summary);
    step.scaling = Optional.empty();
  }

  private void concludeStop() {
    if (step.workers().isEmpty()) {
      step.log(LogMessage.STOPPED, "stopped");
      step.exit(Outcome.DONE);
    }
  }

  /**
   * Recycles the worker that has been due for longest, if nothing else is under way and all are
   * ready.
   */
  private void recycle() {
    if (step.life == Life.RUNNING
        && step.rollout.isEmpty()
        && step.scaling.isEmpty()
        && step.ready(0, step.target)) {
      step.workers().stream()
          .filter(w -> w.phase() == Phase.READY && w.recycleAt() <= step.now)
          .min(Comparator.comparingLong(Worker::recycleAt))
          .ifPresent(rollouts::recycle);
    }
  }
}
