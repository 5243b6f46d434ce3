package jcluster.os;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;
import java.util.Optional;
import java.util.Set;

/**
 * System calls for processes, typed and checked like those of {@link Sys}. {@link Spawn} creates
 * processes.
 */
public final class Processes {
  private static final int SIGKILL = 9;

  private Processes() {}

  /** A descriptor that becomes readable when the process {@code pid} exits (pidfd_open(2)). */
  public static Fd pidfd(int pid) throws OsException {
    return new Fd(Sys.check("pidfd_open", Libc.pidfd_open(pid, 0)));
  }

  /** How a process ended. */
  public sealed interface Ending {
    /** It exited with {@code status}. */
    record Exited(int status) implements Ending {}

    /** The signal number {@code signal} killed it. */
    record Killed(int signal) implements Ending {}

    /** Unpacks a status as the kernel packs it (wait(2)). */
    private static Ending of(int status) {
      int signal = status & 0x7f;
      return signal == 0 ? new Exited(status >> 8 & 0xff) : new Killed(signal);
    }

    /** Whether it exited with status 0. */
    default boolean success() {
      return equals(new Exited(0));
    }

    /** {@code status 1}, {@code signal 9}. */
    default String text() {
      return this instanceof Exited e
          ? "status " + e.status()
          : "signal " + ((Killed) this).signal();
    }
  }

  /**
   * Reaps the child {@code pid} if it has exited (waitpid(2), for this child only: the JDK has
   * children of its own).
   *
   * @throws OsException ECHILD, if it is not an unreaped child of this process
   */
  public static Optional<Ending> reap(int pid) throws OsException {
    var status = new IntByReference();
    if (Sys.check("waitpid", Libc.waitpid(pid, status, Libc.WNOHANG)) == 0) {
      return Optional.empty();
    }
    return Optional.of(Ending.of(status.getValue()));
  }

  /**
   * How a process that is not a child of this one ended. Empty until its parent has reaped it, and
   * if the kernel does not tell (PIDFD_GET_INFO, since Linux 6.15).
   */
  public static Optional<Ending> ending(Fd pidfd) {
    try (var info = new Memory(Libc.SIZEOF_PIDFD_INFO)) {
      info.clear();
      info.setLong(0, Libc.PIDFD_INFO_EXIT);
      boolean told =
          Libc.ioctl(pidfd.number(), Libc.PIDFD_GET_INFO, info) == 0
              && (info.getLong(0) & Libc.PIDFD_INFO_EXIT) != 0;
      return told ? Optional.of(Ending.of(info.getInt(60))) : Optional.empty();
    }
  }

  /** Whether the kernel will tell how a process that is not a child of this one ended. */
  public static boolean tellsEndings(Fd pidfd) {
    try (var info = new Memory(Libc.SIZEOF_PIDFD_INFO)) {
      info.clear();
      return Libc.ioctl(pidfd.number(), Libc.PIDFD_GET_INFO, info) == 0;
    }
  }

  /**
   * Sends a signal to a process (pidfd_send_signal(2)), whether or not it is a child of this one.
   *
   * @return false if it has been reaped
   */
  public static boolean signal(Fd pidfd, int signal) throws OsException {
    int result = Libc.pidfd_send_signal(pidfd.number(), signal, null, 0);
    if (result < 0 && Native.getLastError() == Libc.ESRCH) {
      return false;
    }
    Sys.check("pidfd_send_signal", result);
    return true;
  }

  /**
   * A copy of another process's descriptor (pidfd_getfd(2)); requires permission to trace that
   * process.
   */
  public static Fd copy(Fd pidfd, int number) throws OsException {
    return new Fd(Sys.check("pidfd_getfd", Libc.pidfd_getfd(pidfd.number(), number, 0)));
  }

  /** Reaps the exited children that are not in {@code own}, up to the first that is. */
  public static void reapStrangers(Set<Integer> own) throws OsException {
    try (var info = new Memory(Libc.SIZEOF_SIGINFO_T)) {
      while (true) {
        info.clear();
        int options = Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT;
        int result = Libc.waitid(Libc.P_ALL, 0, info, options);
        int pid = info.getInt(16);
        if (result < 0 || pid == 0 || own.contains(pid)) {
          return; // ECHILD: there is none at all.
        }
        reap(pid);
      }
    }
  }

  /** Kills the child {@code pid} and its process group, waits for the child and reaps it. */
  public static void destroy(int pid) throws OsException {
    kill(-pid, SIGKILL);
    Sys.check("waitpid", Libc.waitpid(pid, new IntByReference(), 0));
  }

  /**
   * Sends a signal to a process, or with {@code -pid} to a process group (kill(2)).
   *
   * @return false if there is no such process or group
   * @throws IllegalArgumentException for -1 and 0, which mean every process and this process's own
   *     group
   */
  public static boolean kill(int pid, int signal) throws OsException {
    if (pid == -1 || pid == 0) {
      throw new IllegalArgumentException("kill " + pid);
    }
    int result = Libc.kill(pid, signal);
    if (result < 0 && Native.getLastError() == Libc.ESRCH) {
      return false;
    }
    Sys.check("kill", result);
    return true;
  }
}
