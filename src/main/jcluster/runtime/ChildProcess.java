package jcluster.runtime;

import java.util.List;
import jcluster.model.Signal;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Processes;
import jcluster.os.Spawn;

/**
 * A process that this one has started: a worker, a run of its ReadyCommand=, or the check before an
 * upgrade.
 *
 * @param pid its process id
 * @param pidfd becomes readable when it exits
 */
record ChildProcess(int pid, Fd pidfd) {
  /**
   * Starts a process.
   *
   * @param fds its descriptors 0, 1, 2, …
   */
  static ChildProcess start(Launch launch, List<Fd> fds) throws OsException {
    List<String> argv = launch.argv();
    int pid = Spawn.spawn(argv.get(0), argv, launch.environment(), launch.directory(), fds);
    try {
      return new ChildProcess(pid, Processes.pidfd(pid));
    } catch (OsException e) {
      Processes.destroy(pid); // One that cannot be watched must not live.
      throw e;
    }
  }

  /** Kills a child and its process group, and reaps the child. */
  static void destroy(int pid) {
    try {
      Processes.destroy(pid);
    } catch (OsException e) {
      // ECHILD: it has ended, and something else in this process has reaped it.
    }
  }

  /**
   * Kills what a process has left behind in its group. While it is a zombie, the group cannot be
   * another's.
   */
  static void endRest(int pid) {
    try {
      Processes.kill(-pid, Signal.KILL.number());
    } catch (OsException e) {
      // EPERM: what is left is another user's.
    }
  }
}
