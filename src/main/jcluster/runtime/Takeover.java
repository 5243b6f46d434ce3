package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcluster.os.Fd;
import jcluster.os.Processes;
import jcluster.systemd.Endpoint;
import jcluster.systemd.ListenFds;

/**
 * A supervisor that is gone without having ended its workers, and what it has left.
 *
 * @param state its last state; the descriptor numbers in it mean nothing any more
 * @param survivors its workers that are still there
 */
public record Takeover(Handover state, List<OrphanedWorker> survivors) {
  /**
   * The predecessor that has left its state in {@code directory}.
   *
   * @throws IOException if there is no state, or it is of a version that is too different
   */
  public static Takeover of(Path directory, List<OrphanedWorker> survivors) throws IOException {
    return new Takeover(Handover.readState(directory), survivors);
  }

  /** Whether its workers serve from these very sockets. */
  public boolean servesFrom(List<ListenFds.Socket> sockets) {
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
    for (OrphanedWorker survivor : survivors) {
      try {
        return sockets(survivor.pid());
      } catch (IOException e) {
        why = "the sockets of worker (pid " + survivor.pid() + ") cannot be had: " + e.getMessage();
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
}
