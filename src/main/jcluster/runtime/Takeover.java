package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import jcluster.config.Config;
import jcluster.control.ControlClient;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action.Level;
import jcluster.model.Event;
import jcluster.model.Worker;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Processes;
import jcluster.os.Sockets;
import jcluster.systemd.Endpoint;
import jcluster.systemd.ListenFds;

/**
 * What there is to take over of a supervisor that is gone without having ended its workers.
 *
 * @param state its last state; the descriptor numbers in it mean nothing any more
 * @param orphans its workers that are still there
 */
public record Takeover(Handover state, List<OrphanedWorker> orphans) {
  /** How long a worker that cannot be taken over has to stop: the default of StopTimeout=. */
  private static final long STOP_TIMEOUT = TimeUnit.SECONDS.toNanos(30);

  /**
   * Looks for a supervisor that is gone and whose workers serve from {@code sockets}, or from any
   * sockets if there are none. Workers that cannot be taken over are told to stop. Without {@code
   * sockets}, this waits until they have ended, since theirs have the addresses that are to be
   * listened on.
   *
   * @param directory its runtime directory
   */
  public static Optional<Takeover> find(Path directory, List<ListenFds.Socket> sockets, Log log)
      throws IOException {
    // A supervisor that ends properly removes this socket. One that still serves is an error,
    // reported later.
    if (!Files.exists(directory.resolve(RuntimeDirectory.NOTIFY))
        || ControlClient.answers(directory.resolve(RuntimeDirectory.CONTROL))) {
      return Optional.empty();
    }
    List<OrphanedWorker> orphans = OrphanedWorker.of(directory);
    if (orphans.isEmpty()) {
      return Optional.empty();
    }
    String why = "they serve from other sockets than those that were passed";
    try {
      var found = new Takeover(Handover.readState(directory), orphans);
      if (sockets.isEmpty() || found.servesFrom(sockets)) {
        return Optional.of(found);
      }
    } catch (IOException e) {
      why = e.getMessage(); // There is no state, or it is of a version that is too different.
    }
    for (OrphanedWorker orphan : orphans) {
      orphan.stop(log, why);
    }
    if (sockets.isEmpty()) {
      long deadline = System.nanoTime() + STOP_TIMEOUT;
      for (OrphanedWorker orphan : orphans) {
        orphan.awaitEnd(log, deadline);
      }
    }
    return Optional.empty();
  }

  /** Whether its workers serve from these very sockets. */
  private boolean servesFrom(List<ListenFds.Socket> sockets) {
    return endpoints().equals(sockets.stream().map(ListenFds.Socket::endpoint).toList());
  }

  private List<Endpoint> endpoints() {
    return state.sockets().stream().map(Handover.Socket::endpoint).toList();
  }

  /**
   * The sockets that its workers serve from, copied from a worker that still has them, for when no
   * service manager passes them.
   *
   * @throws IOException if no worker's can be copied
   */
  public List<ListenFds.Socket> sockets() throws IOException {
    String why = "";
    for (OrphanedWorker orphan : orphans) {
      try {
        return sockets(orphan.pid());
      } catch (IOException e) {
        why = "the sockets of worker (pid " + orphan.pid() + ") cannot be had: " + e.getMessage();
      }
    }
    throw new IOException(
        "a supervisor that is gone has left workers, and "
            + why
            + "; end them (kill PID), and start again");
  }

  private List<ListenFds.Socket> sockets(int pid) throws IOException {
    List<ListenFds.Socket> sockets = new ArrayList<>();
    try (Fd pidfd = Processes.pidfd(pid)) {
      for (Endpoint endpoint : endpoints()) {
        Fd copy = Processes.copy(pidfd, ListenFds.START + sockets.size());
        sockets.add(ListenFds.Socket.of(endpoint.name(), copy));
      }
    }
    if (!servesFrom(sockets)) {
      sockets.forEach(socket -> socket.fd().close());
      throw new IOException("it has closed them");
    }
    return sockets;
  }

  /** A worker's process as the supervisor last wrote it down; empty if it did not. */
  Optional<WorkerProcess.Kept> known(Worker worker) {
    return state.workers().children().stream()
        .filter(process -> process.worker() == worker.id())
        .findFirst();
  }

  /** The process of a worker, if it is still there. */
  Optional<OrphanedWorker> orphan(Worker worker) {
    return orphans.stream().filter(orphan -> isOf(orphan, worker)).findFirst();
  }

  /** Compares process ids, too: a process that the worker has started has the same worker id. */
  private boolean isOf(OrphanedWorker orphan, Worker worker) {
    return orphan.worker() == worker.id()
        && worker.pid().map(pid -> pid == orphan.pid()).orElse(true)
        && known(worker).map(known -> known.pid() == orphan.pid()).orElse(true);
  }

  /** The processes of workers that the supervisor had not written down. */
  List<OrphanedWorker> unknown() {
    return orphans.stream()
        .filter(o -> state.fleet().workers().stream().noneMatch(w -> w.id() == o.worker()))
        .toList();
  }

  /**
   * Begins to supervise the workers that were taken over.
   *
   * @param configs the configurations of their generations
   */
  void begin(Setup setup, Collection<Config> configs, Workers workers, Events events)
      throws OsException {
    // Unless NonBlocking=yes, the service manager has made the sockets blocking. O_NONBLOCK is
    // shared with the workers that are there, and their agents rely on it.
    if (configs.stream().anyMatch(Config::adopt)) {
      for (ListenFds.Socket socket : setup.sockets()) {
        Sockets.setNonBlocking(socket.fd());
      }
    }
    List<Worker> all = state.fleet().workers();
    long left = all.stream().filter(worker -> workers.has(worker.id())).count();
    setup
        .log()
        .write(
            Level.WARNING,
            "the supervisor before this one ended without ending its workers; this one goes on with"
                + " "
                + left
                + " of them");
    for (Worker worker : all) {
      if (worker.pid().isEmpty() && !workers.has(worker.id())) {
        events.add(now -> new Event.NeverSpawned(now, worker.id()));
      }
    }
    events.add(Event.TakenOver::new);
  }
}
