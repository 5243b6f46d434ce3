package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcluster.config.Config;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Sys;
import jcluster.systemd.JournalStream;

/** Starts workers and runs of their ReadyCommand=, and gives them their descriptors. */
final class Spawner {
  private final Setup setup;
  private final Launch.Surroundings surroundings;

  Spawner(Setup setup, Launch.Surroundings surroundings) {
    this.setup = setup;
    this.surroundings = surroundings;
  }

  /**
   * Starts a worker.
   *
   * @param instances how many workers share the machine
   * @param seat its seat on the balance page, {@link BalancePage#NONE} if it has none
   */
  ChildProcess worker(Action.Spawn spawn, Config config, int instances, int seat)
      throws OsException {
    Optional<Fd> stream = journalStream(spawn.slot());
    try {
      Launch launch =
          Launch.of(
              config,
              spawn.worker(),
              spawn.slot(),
              spawn.generation().number(),
              instances,
              seat,
              stream.map(JournalStream::id),
              surroundings);
      // Standard input is the first socket, for System.inheritedChannel().
      List<Fd> fds = withOutputs(setup.sockets().get(0).fd(), stream);
      setup.sockets().forEach(socket -> fds.add(socket.fd()));
      return ChildProcess.start(launch, fds);
    } finally {
      stream.ifPresent(Fd::close);
    }
  }

  /** Starts a run of a worker's ReadyCommand=. */
  ChildProcess readyCommand(Action.Probe probe, Config config) throws OsException {
    Launch launch = Launch.probe(config, probe.slot(), probe.generation().number(), surroundings);
    Optional<Fd> stream = journalStream(probe.slot());
    try (Fd input = Sys.open("/dev/null")) {
      return ChildProcess.start(launch, withOutputs(input, stream));
    } finally {
      stream.ifPresent(Fd::close);
    }
  }

  /** Standard input, output and error: the journal stream, or else the supervisor's own. */
  private static List<Fd> withOutputs(Fd input, Optional<Fd> stream) {
    List<Fd> fds = new ArrayList<>();
    fds.add(input);
    fds.add(stream.orElseGet(Sys::standardOutput));
    fds.add(stream.orElseGet(Sys::standardError));
    return fds;
  }

  /** A journal stream of the worker's own, so that its lines carry its slot and its pid. */
  private Optional<Fd> journalStream(int slot) {
    if (!setup.journal()) {
      return Optional.empty();
    }
    try {
      return Optional.of(JournalStream.open(setup.name() + "[" + slot + "]"));
    } catch (OsException e) {
      setup
          .log()
          .write(
              Level.WARNING,
              "worker "
                  + slot
                  + " logs under the supervisor's name, for want of a journal stream: "
                  + e.getMessage());
      return Optional.empty();
    }
  }
}
