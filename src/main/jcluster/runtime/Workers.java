package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import jcluster.config.Config;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.model.Event;
import jcluster.model.Settings.Ready;
import jcluster.model.Signal;
import jcluster.model.Worker;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Processes;
import jcluster.os.Sys;
import jcluster.runtime.BalancePage.Counts;
import jcluster.systemd.Endpoint;

/** The workers' processes: starts, watches, signals and reaps them. For the loop's thread. */
final class Workers {
  private final Poll poll;
  private final Events events;
  private final Log log;
  private final List<Endpoint> sockets;
  private final Channels channels;
  private final Spawner spawner;
  private final Probes probes;
  private final Map<Integer, WorkerProcess> processes = new HashMap<>();

  /** What the workers that are gone have counted, by slot. */
  private final Map<Integer, Counts> past = new HashMap<>();

  /**
   * The state for the program that takes this one's place, with descriptors as numbers.
   *
   * @param notifications the socket for what applications report
   * @param reports the FIFO for what agents report
   * @param children the processes that are not reaped yet
   * @param alive the FIFO by which the agents know that the supervisor lives
   * @param past what the workers that are gone have counted, by slot
   */
  record State(
      int notifications,
      int reports,
      List<WorkerProcess.Kept> children,
      Optional<Integer> alive,
      Map<Integer, Counts> past) {
    /** All descriptors. */
    List<Integer> fds() {
      List<Integer> fds = new ArrayList<>(List.of(notifications, reports));
      alive.ifPresent(fds::add);
      children.forEach(child -> child.pidfd().ifPresent(fds::add));
      return fds;
    }
  }

  /**
   * No workers yet.
   *
   * @param log where failures to signal go
   * @param sockets what they serve from
   */
  Workers(
      Poll poll,
      Events events,
      Log log,
      List<Endpoint> sockets,
      Channels channels,
      Spawner spawner) {
    this.poll = poll;
    this.events = events;
    this.log = log;
    this.sockets = sockets;
    this.channels = channels;
    this.spawner = spawner;
    probes = new Probes(poll, events, spawner);
  }

  /** The state for the program that takes this one's place. */
  State state() {
    return new State(
        channels.receiver().number(),
        channels.agent().number(),
        processes.values().stream().map(WorkerProcess::kept).toList(),
        Optional.of(channels.alive().number()),
        Map.copyOf(past));
  }

  // Starting, signalling, reaping

  /**
   * Starts a worker. The result becomes an event.
   *
   * @param instances how many workers share the machine
   */
  void spawn(Action.Spawn spawn, Config config, int instances) {
    int worker = spawn.worker();
    List<Jar> jars =
        Jar.of(config.command(spawn.slot()), config.workingDirectory().orElse(Path.of("")));
    int seat = channels.page().take();
    try {
      ChildProcess child = spawner.worker(spawn, config, instances, seat);
      Ready ready = spawn.generation().settings().ready();
      watch(
          new WorkerProcess(
              worker,
              spawn.slot(),
              ready,
              seat,
              child.pid(),
              child.pidfd(),
              new BindProgress(sockets),
              jars));
      events.add(now -> new Event.Spawned(now, worker, child.pid()));
    } catch (OsException e) {
      channels.page().free(seat);
      events.add(now -> new Event.SpawnFailed(now, worker, e.getMessage(), e.errno()));
    }
  }

  private void watch(WorkerProcess process) {
    processes.put(process.worker, process);
    poll.onReadable(process.pidfd, () -> reap(process));
  }

  /** Lets a worker accept connections. */
  void admit(int worker) {
    process(worker).ifPresent(process -> channels.page().open(process.seat));
  }

  /** Runs a worker's ReadyCommand=. The result becomes an event. */
  void probe(Action.Probe action, Config config) {
    process(action.worker()).ifPresent(process -> probes.run(process, action, config));
  }

  /** Sends a signal to a worker; SIGKILL goes to its whole process group. */
  void signal(int worker, Signal signal) {
    WorkerProcess process = processes.get(worker);
    if (process == null) {
      return;
    }
    probes.end(process); // From here on, it is on its way out.
    try {
      if (signal == Signal.KILL) {
        // The group has what the worker has started. While the worker is there, the group cannot be
        // another's.
        Processes.kill(-process.pid, signal.number());
      } else {
        Processes.signal(process.pidfd, signal.number());
      }
    } catch (OsException e) {
      log.write(Level.ERROR, "signal " + signal + ": " + e.getMessage());
    }
  }

  /** Takes a worker's word that it is about to exit. */
  void leaving(WorkerProcess process) {
    probes.end(process);
    events.add(now -> new Event.Leaving(now, process.worker));
  }

  private void reap(WorkerProcess process) {
    try {
      ChildProcess.endRest(process.pid);
      Processes.reap(process.pid).ifPresent(ending -> exited(process, ending));
    } catch (OsException e) {
      // ECHILD: the worker is the child of a supervisor that is gone, or a program that ran in this
      // process for a while has reaped it.
      ended(process);
    }
  }

  /** Handles the end of a worker that this process cannot reap as a child of its own. */
  private void ended(WorkerProcess process) {
    Optional<Processes.Ending> ending = Processes.ending(process.pidfd);
    if (ending.isPresent()) {
      exited(process, ending.get());
    } else if (Processes.tellsEndings(process.pidfd) && !process.awaited) {
      process.awaited = true; // The kernel tells once its parent has reaped it.
      poll.onHangUp(process.pidfd, () -> ended(process));
    } else {
      forget(process, now -> new Event.Vanished(now, process.worker));
    }
  }

  private void exited(WorkerProcess process, Processes.Ending ending) {
    int worker = process.worker;
    if (ending instanceof Processes.Ending.Exited e) {
      forget(process, now -> new Event.Exited(now, worker, e.status()));
    } else if (ending instanceof Processes.Ending.Killed e) {
      forget(process, now -> new Event.Killed(now, worker, e.signal()));
    }
  }

  private void forget(WorkerProcess process, LongFunction<Event> end) {
    probes.end(process);
    poll.forget(process.pidfd);
    process.pidfd.close();
    processes.remove(process.worker);
    free(process.slot, process.seat);
    events.add(end);
  }

  /** Frees the seat of a worker that is gone; what it has counted stays with its slot. */
  private void free(int slot, int seat) {
    counted(seat).ifPresent(counts -> past.merge(slot, counts.closed(), Counts::plus));
    channels.page().free(seat);
  }

  // Going on with those of another

  /** Goes on with the workers of the program before this one in this process. */
  void resume(State state) throws OsException {
    past.putAll(state.past());
    for (WorkerProcess.Kept process : state.children()) {
      resume(process);
    }
  }

  /**
   * Goes on with a worker. It may have ended since, and a program in between may have reaped it.
   */
  private void resume(WorkerProcess.Kept state) throws OsException {
    try {
      // Prefer the pidfd that was kept: by now, the pid alone could be another process's.
      Fd pidfd =
          state.pidfd().isPresent() ? Sys.adopt(state.pidfd().get()) : Processes.pidfd(state.pid());
      watch(new WorkerProcess(state, pidfd, new BindProgress(sockets, state.binding())));
      if (state.probe().isPresent()) {
        // Nobody watches that run of ReadyCommand=; another one takes its place.
        ChildProcess.destroy(state.probe().get());
        probes.lost(state.worker());
      }
    } catch (OsException e) {
      if (e.errno() != OsException.ESRCH) {
        throw e;
      }
      free(state.slot(), state.seat());
      vanished(state.worker());
    }
  }

  /** Takes over the workers that a supervisor that is gone has left. */
  void takeOver(Takeover takeover) throws IOException {
    past.putAll(takeover.state().workers().past());
    for (Worker worker : takeover.state().fleet().workers()) {
      Optional<WorkerProcess.Kept> known = takeover.known(worker);
      Optional<OrphanedWorker> orphan = takeover.orphan(worker);
      if (orphan.isPresent()) {
        takeOver(worker, known, orphan.get());
      } else if (known.isPresent() || worker.pid().isPresent()) {
        vanished(worker.id());
      } // Otherwise it was never spawned, and NeverSpawned follows.
    }
    for (OrphanedWorker orphan : takeover.unknown()) {
      orphan.stop(log, "the last supervisor had not written it down");
    }
  }

  private void takeOver(Worker worker, Optional<WorkerProcess.Kept> known, OrphanedWorker orphan)
      throws IOException {
    int pid = orphan.pid();
    Fd pidfd;
    try {
      pidfd = Processes.pidfd(pid);
    } catch (OsException e) {
      free(worker.slot(), orphan.seat());
      vanished(worker.id());
      return;
    }
    WorkerProcess process =
        known.isPresent()
            ? new WorkerProcess(
                known.get(), pidfd, new BindProgress(sockets, known.get().binding()))
            : new WorkerProcess(
                worker.id(),
                worker.slot(),
                worker.generation().settings().ready(),
                orphan.seat(),
                pid,
                pidfd,
                new BindProgress(sockets),
                List.of());
    watch(process);
    if (worker.pid().isEmpty()) {
      events.add(now -> new Event.Spawned(now, worker.id(), pid));
    }
    if (process.isToListen() && channels.page().listens(process.seat)) {
      process.binding.begins();
      process.binding.ends();
      if (process.reportsReady(Ready.LISTEN)) {
        events.add(now -> new Event.Reported(now, worker.id()));
      }
    }
    if (worker.probing().map(Worker.Probing::running).orElse(false)) {
      probes.lost(worker.id());
    }
  }

  private void vanished(int worker) {
    events.add(now -> new Event.Vanished(now, worker));
  }

  // What is known of them

  /** A worker's process, if it is not reaped yet. */
  Optional<WorkerProcess> process(int worker) {
    return Optional.ofNullable(processes.get(worker));
  }

  /** The processes that are not reaped yet. */
  Collection<WorkerProcess> processes() {
    return processes.values();
  }

  /** Whether a worker's process is known. */
  boolean has(int worker) {
    return processes.containsKey(worker);
  }

  /** The ids of all workers and runs of ReadyCommand= that are not reaped yet. */
  Set<Integer> pids() {
    Set<Integer> pids = new HashSet<>();
    for (WorkerProcess process : processes.values()) {
      pids.add(process.pid);
      process.probe.ifPresent(probe -> pids.add(probe.pid()));
    }
    return pids;
  }

  /**
   * What a worker last said with STATUS=, or else which sockets it has yet to bind; empty if
   * neither.
   */
  String status(int worker) {
    return process(worker).map(WorkerProcess::status).orElse("");
  }

  /** What a worker's agent has counted; empty if it has none. */
  Optional<Counts> counts(int worker) {
    return process(worker).flatMap(process -> counted(process.seat));
  }

  /** What the agents of the workers that were in a slot before and are gone have counted. */
  Counts past(int slot) {
    return past.getOrDefault(slot, Counts.NONE);
  }

  private Optional<Counts> counted(int seat) {
    try {
      return channels.page().counts(seat);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The jars that were overwritten while a worker had them open. */
  Set<Jar> overwritten() {
    return processes.values().stream()
        .flatMap(process -> process.jars.stream())
        .filter(Jar::overwritten)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
