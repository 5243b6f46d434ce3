package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import jcluster.control.RuntimeDirectory;
import jcluster.os.Fd;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import jcluster.text.Reason;

/**
 * What workers report through, and share: the files in the runtime directory that connect the
 * supervisor with its workers.
 *
 * @param directory the runtime directory
 * @param receiver the socket for what applications report
 * @param agent the FIFO for what agents report
 * @param alive the FIFO by which the agents know that the supervisor lives
 * @param page the balance page
 */
record Channels(Path directory, Fd receiver, Fd agent, Fd alive, BalancePage page) {
  /** Those of a supervisor that begins, or goes on from another. */
  static Channels open(Setup setup) throws IOException {
    if (setup.handover().isPresent()) {
      return handedOver(setup.directory(), setup.handover().get().workers());
    } else if (setup.takeover().isPresent()) {
      return left(setup.directory(), setup.takeover().get().orphans(), setup.receiver());
    }
    return made(setup.directory());
  }

  /** Makes them, in place of those that an earlier supervisor has left. */
  private static Channels made(Path directory) throws IOException {
    return new Channels(
        directory,
        bound(directory.resolve(RuntimeDirectory.NOTIFY)),
        AgentReports.make(directory.resolve(RuntimeDirectory.AGENT)),
        opened(directory.resolve(RuntimeDirectory.ALIVE)),
        new BalancePage(directory.resolve(RuntimeDirectory.BALANCE)));
  }

  /** Those of the program before this one in this process. */
  private static Channels handedOver(Path directory, Workers.State state) throws IOException {
    return new Channels(
        directory,
        Sys.adopt(state.notifications()),
        Sys.adopt(state.reports()),
        state.alive().isPresent()
            ? Sys.adopt(state.alive().get())
            : opened(directory.resolve(RuntimeDirectory.ALIVE)),
        new BalancePage(
            directory.resolve(RuntimeDirectory.BALANCE),
            state.children().stream().map(WorkerProcess.Kept::seat).toList()));
  }

  /**
   * Those that a supervisor that is gone has left.
   *
   * @param kept the receiver, if the service manager has kept it; then no report that came
   *     meanwhile is lost
   */
  private static Channels left(Path directory, List<OrphanedWorker> orphans, Optional<Fd> kept)
      throws IOException {
    return new Channels(
        directory,
        kept.isPresent() ? kept.get() : bound(directory.resolve(RuntimeDirectory.NOTIFY)),
        opened(directory.resolve(RuntimeDirectory.AGENT)),
        opened(directory.resolve(RuntimeDirectory.ALIVE)),
        BalancePage.left(
            directory.resolve(RuntimeDirectory.BALANCE),
            orphans.stream().map(OrphanedWorker::seat).toList()));
  }

  /** Opens the FIFO at a path, or makes it, in place of anything else that is there. */
  private static Fd opened(Path path) throws IOException {
    if (RuntimeDirectory.isFifo(path)) {
      return Sys.openFifo(path.toString());
    }
    RuntimeDirectory.remove(path);
    return Sys.fifo(path.toString());
  }

  private static Fd bound(Path path) throws IOException {
    RuntimeDirectory.remove(path);
    Fd socket = Sockets.receiverUnix(path.toString());
    try {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw Reason.with("cannot listen on " + path, e);
    }
    return socket;
  }

  /** Closes and removes them, but for the agents' FIFO, which {@link AgentReports} removes. */
  void close() throws IOException {
    receiver.close();
    alive.close();
    RuntimeDirectory.remove(directory.resolve(RuntimeDirectory.NOTIFY));
    RuntimeDirectory.remove(directory.resolve(RuntimeDirectory.ALIVE));
    page.close();
  }
}
