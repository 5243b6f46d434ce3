package jcluster.model;

import static jcluster.model.Fleet.NEVER;

import java.util.Optional;
import jcluster.model.Action.Level;
import jcluster.model.Action.Subject;
import jcluster.model.Fleet.Life;
import jcluster.model.Rollout.Reload;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.OnErrors;
import jcluster.model.Settings.Ready;

/**
 * The life of each worker: what it reports, what the clock brings, and its end. jcluster(1)
 * specifies it under "Phases of a worker" and "Loss of a worker".
 */
final class WorkerLifecycle {
  /**
   * If a worker's silence is noticed later than this, in nanoseconds, the supervisor itself was
   * stalled, and the worker is not to blame.
   */
  static final long LATE = Time.SECOND;

  /** How long after one run of ReadyCommand= begins the next is due, in nanoseconds. */
  static final long PROBE_INTERVAL = Time.SECOND;

  private final StepBuilder step;
  private final RolloutController rollouts;
  private final long now;

  WorkerLifecycle(StepBuilder step, RolloutController rollouts) {
    this.step = step;
    this.rollouts = rollouts;
    this.now = step.now;
  }

  /** Takes what happened to a worker. Ignores late news of one that has already exited. */
  void take(Event.OfWorker event) {
    step.worker(event.worker()).ifPresent(worker -> take(event, worker));
  }

  private void take(Event.OfWorker event, Worker worker) {
    if (event instanceof Event.Spawned e) {
      spawned(worker.withPid(e.pid()));
    } else if (event instanceof Event.SpawnFailed e) {
      spawnFailed(worker, e);
    } else if (event instanceof Event.Reported) {
      reported(worker);
    } else if (event instanceof Event.Probed e) {
      probed(worker, e.ready());
    } else if (event instanceof Event.Resting) {
      resting(worker);
    } else if (event instanceof Event.Alive) {
      step.put(worker.alive(now));
    } else if (event instanceof Event.Oversized e) {
      oversized(worker, e.how());
    } else if (event instanceof Event.Failing e) {
      failing(worker, e.how());
    } else if (event instanceof Event.Leaving) {
      leaving(worker);
    } else if (event instanceof Event.Exited e) {
      int errno = e.status() == Outcome.CONFIG.status() ? Loss.EINVAL : Loss.ECHILD;
      ended(worker, exitedWith(e.status()), errno);
    } else if (event instanceof Event.Killed e) {
      ended(worker, killedBy(e.signal()), Loss.ECHILD);
    } else if (event instanceof Event.Vanished) {
      ended(worker, "ended, it is not known how,", Loss.ECHILD);
    } else if (event instanceof Event.NeverSpawned) {
      step.add(new Action.Spawn(worker.id(), worker.slot(), worker.generation()));
    } else {
      throw new AssertionError(event);
    }
  }

  /**
   * Takes what the clock brings.
   *
   * @param heardUntil the time before which all reports have been taken
   */
  void passTime(long heardUntil) {
    for (Worker worker : step.workers()) {
      int id = worker.id();
      step.worker(id).filter(this::isProbeDue).ifPresent(this::probe);
      step.worker(id).filter(w -> w.deadline() <= now).ifPresent(this::expire);
      step.worker(id)
          .filter(w -> w.aliveUntil() <= heardUntil)
          .ifPresent(w -> silent(w, heardUntil));
    }
  }

  // From its start to being ready

  private void spawned(Worker worker) {
    step.put(worker);
    String text = worker + " started, generation " + worker.generation().number();
    step.log(LogMessage.WORKER_STARTED, Subject.of(worker), text);
    // Skip a worker that was told to stop before its pid was known, and one that has reported
    // already.
    if (worker.settings().ready() == Ready.START && awaitsReport(worker)) {
      probeOrAdmit(worker);
    }
  }

  private void reported(Worker worker) {
    // Only the first report counts, and none from a worker that is stopping.
    if (awaitsReport(worker)) {
      probeOrAdmit(worker);
      if (worker.settings().probe().isEmpty()) {
        logReady(worker);
      }
    }
  }

  private static boolean awaitsReport(Worker worker) {
    return worker.phase() == Phase.STARTING && worker.probing().isEmpty();
  }

  /** If a worker that has reported has a probe, the clock decides what follows. */
  private void probeOrAdmit(Worker worker) {
    Optional<Settings.Probe> probe = worker.settings().probe();
    if (probe.isPresent()) {
      step.put(worker.withProbing(now + probe.get().delay(), false));
    } else {
      admit(worker);
    }
  }

  private boolean isProbeDue(Worker worker) {
    return worker.probing().filter(p -> !p.running() && p.nextAt() <= now).isPresent();
  }

  /** Takes the next step of a starting worker's probe, which is due. */
  private void probe(Worker worker) {
    if (worker.settings().probe().orElseThrow().command()) {
      step.put(worker.withProbing(now + PROBE_INTERVAL, true));
      step.add(new Action.Probe(worker.id(), worker.slot(), worker.generation()));
    } else {
      admit(worker);
      logReady(worker);
    }
  }

  private void probed(Worker worker, boolean ready) {
    if (worker.probing().isPresent() && ready) {
      admit(worker);
      logReady(worker);
    } else if (worker.probing().isPresent()) {
      step.put(worker.withProbing(worker.probing().get().nextAt(), false));
    }
  }

  /** The worker is ready. */
  private void admit(Worker worker) {
    step.put(worker.ready(now));
    step.add(new Action.Admit(worker.id()));
  }

  private void logReady(Worker worker) {
    String text = worker + " ready in " + Time.text(now - worker.spawnedAt());
    step.log(LogMessage.WORKER_READY, Subject.of(worker), text);
  }

  // While it serves and drains

  private void oversized(Worker worker, String how) {
    if (worker.recycleReason().isEmpty()) { // Else this is known already, or a retry is scheduled.
      step.put(worker.toBeRecycled(Math.min(worker.recycleAt(), now), how));
    }
  }

  private void leaving(Worker worker) {
    if (worker.phase().live()) {
      step.drain(worker);
      // Its exit will tell more; until then, what is known of the loss before counts.
      Optional<Integer> errno = step.lastLoss.flatMap(Loss::errno);
      var loss = new Loss(worker + " stops of its own accord", errno);
      gone(worker, LogMessage.WORKER_LEAVING, loss);
    }
  }

  private void resting(Worker worker) {
    if (!worker.phase().live() && !worker.rests()) {
      step.put(worker.resting(now));
    }
  }

  // What the clock ends

  private void expire(Worker worker) {
    switch (worker.phase()) {
      case STARTING -> notReadyInTime(worker);
      case SETTLING -> step.put(worker.in(Phase.READY, NEVER));
      case STOPPING -> {
        String text = worker + " still runs after " + took(worker) + ": thread dump";
        step.log(LogMessage.STOP_DUMP, Subject.of(worker), text);
        step.dump(worker);
      }
      case DUMPING -> {
        String text = worker + " still runs after " + took(worker) + ": killing it";
        step.log(LogMessage.STOP_KILL, Subject.of(worker), text);
        step.kill(worker);
      }
      default -> throw new AssertionError(worker);
    }
  }

  private void notReadyInTime(Worker worker) {
    String timeout = Time.text(worker.settings().readyTimeout());
    var loss = new Loss(worker + " was not ready within " + timeout, Loss.ETIMEDOUT);
    step.log(LogMessage.WORKER_LATE, Subject.of(worker), loss.how());
    if (worker.settings().ready() == Ready.LISTEN || worker.probing().isPresent()) {
      Optional<Long> request =
          rollouts.isReplacement(worker)
              ? step.reload().flatMap(Reload::request)
              : Optional.empty();
      step.add(new Action.Explain(worker.id(), request));
    }
    step.end(worker);
    lost(worker, loss, worker.settings().onTimeout());
  }

  private void silent(Worker worker, long heardUntil) {
    if (heardUntil - worker.aliveUntil() > LATE) {
      // What stalled the supervisor may have stalled the workers, too.
      step.put(worker.alive(now));
      return;
    }
    String timeout = Time.text(worker.settings().watchdog().orElseThrow());
    var loss = new Loss(worker + " gave no sign of life for " + timeout, Loss.ETIMEDOUT);
    step.log(LogMessage.WORKER_SILENT, Subject.of(worker), loss.how() + ": thread dump");
    step.dump(worker);
    lost(worker, loss, worker.settings().onCrash());
  }

  // Its end

  private void spawnFailed(Worker worker, Event.SpawnFailed e) {
    step.remove(worker);
    var loss = new Loss(worker + " could not be started: " + e.reason(), e.errno());
    gone(worker, LogMessage.WORKER_NOT_STARTED, loss);
  }

  private void ended(Worker worker, String how, int errno) {
    step.remove(worker);
    if (worker.phase().live()) {
      var loss = new Loss(worker + " " + how + " " + when(worker), errno);
      boolean early = !worker.wasReady() && worker.settings().ready() != Ready.START;
      gone(worker, early ? LogMessage.WORKER_DIED_EARLY : LogMessage.WORKER_DIED, loss);
    } else {
      String text = worker + " " + how + " " + took(worker) + " after it was asked to stop";
      step.log(LogMessage.WORKER_STOPPED, Subject.of(worker), text);
    }
  }

  private String when(Worker worker) {
    String age = "after " + Time.text(now - worker.spawnedAt());
    if (worker.settings().ready() == Ready.START) {
      return age;
    }
    return worker
        .readyFor(now)
        .map(time -> Time.text(time) + " after it was ready")
        .orElse(age + ", before it was ready");
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
    return Time.text(worker.stoppingFor(now));
  }

  // Its loss: it goes without having been asked to

  /** Takes that a worker ended, or is about to. Once the supervisor stops, this is no loss. */
  private void gone(Worker worker, LogMessage message, Loss loss) {
    if (step.life == Life.STOPPING) {
      step.log(message, Level.INFO, Subject.of(worker), loss.how());
    } else {
      Level level = rollouts.isReplacement(worker) ? Level.ERROR : message.level();
      step.log(message, level, Subject.of(worker), loss.how());
      lost(worker, loss, worker.settings().onCrash());
    }
  }

  /**
   * Takes the loss of a worker.
   *
   * @param fallback what a rollout does if it was bringing up this worker
   */
  private void lost(Worker worker, Loss loss, Fallback fallback) {
    if (rollouts.isReplacement(worker)) {
      rollouts.replacementLost(worker, loss, fallback);
    } else {
      slotLost(worker, loss);
    }
  }

  /** The slot of a worker that no rollout was bringing up is to be filled again. */
  private void slotLost(Worker worker, Loss loss) {
    slotLost(worker, loss, worker.settings().onCrash());
  }

  private void slotLost(Worker worker, Loss loss, Fallback fallback) {
    step.lastLoss = Optional.of(loss);
    Slot slot = step.slot(worker.slot()).lost(worker, now);
    step.put(slot);
    step.extend(slot.respawnAt() - now);
    step.scaling
        .filter(s -> slot.number() >= s.from() && slot.number() < step.target)
        .ifPresent(s -> scalingFailed(s, loss));
    rollouts.otherLost(worker, loss, fallback);
  }

  /** Takes that a worker fails its requests. A new one that a rollout brings counts as lost. */
  private void failing(Worker worker, String how) {
    var loss = new Loss(worker + " " + how, Loss.ECHILD);
    boolean counts = rollouts.isOnTrial(worker) && worker.phase().live();
    counts &= worker.settings().onErrors() == OnErrors.ABORT;
    Level level = counts ? Level.ERROR : LogMessage.WORKER_FAILING.level();
    step.log(LogMessage.WORKER_FAILING, level, Subject.of(worker), loss.how());
    if (!counts) {
      return;
    }
    step.end(worker);
    if (rollouts.isReplacement(worker)) {
      rollouts.replacementLost(worker, loss, Fallback.ABORT);
    } else {
      slotLost(worker, loss, Fallback.ABORT);
    }
  }

  private void scalingFailed(Scaling scaling, Loss loss) {
    step.answer(scaling.request(), Outcome.FAILED, loss.how() + "; it will be tried again");
    step.scaling = Optional.empty();
  }
}
