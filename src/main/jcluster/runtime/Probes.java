package jcluster.runtime;

import java.util.Optional;
import jcluster.config.Config;
import jcluster.model.Action;
import jcluster.model.Event;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Processes;

/** The runs of ReadyCommand=, at most one for each worker. For the loop's thread. */
final class Probes {
  private final Poll poll;
  private final Events events;
  private final Spawner spawner;

  Probes(Poll poll, Events events, Spawner spawner) {
    this.poll = poll;
    this.events = events;
    this.spawner = spawner;
  }

  /** Starts a run, unless one is under way. Its result becomes an event. */
  void run(WorkerProcess process, Action.Probe action, Config config) {
    if (process.probe.isPresent()) {
      return;
    }
    try {
      ChildProcess probe = spawner.readyCommand(action, config);
      process.probe = Optional.of(probe);
      poll.onReadable(probe.pidfd(), () -> exited(process));
    } catch (OsException e) {
      process.probed = "could not be started: " + e.getMessage();
      post(process.worker, false);
    }
  }

  private void exited(WorkerProcess process) {
    boolean ready = false;
    try {
      int pid = process.probe.orElseThrow().pid();
      ChildProcess.endRest(pid);
      Optional<Processes.Ending> ending = Processes.reap(pid);
      if (ending.isEmpty()) {
        return;
      }
      ready = ending.get().success();
      process.probed =
          ending.get() instanceof Processes.Ending.Exited exited
              ? "last exited with status " + exited.status()
              : "was last killed by " + ending.get().text();
    } catch (OsException e) {
      process.probed = "last ended, it is not known how"; // ECHILD
    }
    forget(process);
    post(process.worker, ready);
  }

  /** Ends the run that is under way, if there is one: its answer is of no use any more. */
  void end(WorkerProcess process) {
    process.probe.ifPresent(
        probe -> {
          forget(process);
          ChildProcess.destroy(probe.pid());
        });
  }

  /** Replaces a run that nobody watches any more: the model starts another one. */
  void lost(int worker) {
    post(worker, false);
  }

  private void post(int worker, boolean ready) {
    events.add(now -> new Event.Probed(now, worker, ready));
  }

  private void forget(WorkerProcess process) {
    Fd pidfd = process.probe.orElseThrow().pidfd();
    poll.forget(pidfd);
    pidfd.close();
    process.probe = Optional.empty();
  }
}
