package jcluster.os;

import com.sun.jna.Memory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The supervisor's signals, which it reads from a descriptor like its other input (signalfd(2)).
 * The launcher blocks them before the JVM starts, and {@code -Xrs} keeps the JVM from unblocking
 * them, so that none is ever lost. A signal that arrives while another program takes the place of
 * this one in the same process stays pending for that program.
 */
public final class Signals {
  /** The terminal was closed, or a request to reload. */
  public static final int HUP = Libc.SIGHUP;

  /** A request to end. */
  public static final int INT = Libc.SIGINT;

  /** A request to end. */
  public static final int TERM = Libc.SIGTERM;

  /** A request for a thread dump. */
  public static final int QUIT = Libc.SIGQUIT;

  /** A child has ended. */
  public static final int CHLD = Libc.SIGCHLD;

  /**
   * The signals that the launcher blocks. It blocks {@link #CHLD}, too, which only process 1 uses.
   */
  private static final List<Integer> BLOCKED = List.of(HUP, INT, QUIT, TERM);

  private Signals() {}

  /** Whether all of them are blocked in this thread, which is the launcher's part. */
  private static boolean areBlocked() {
    try (var mask = new Memory(Libc.SIZEOF_SIGSET_T)) {
      Libc.pthread_sigmask(Libc.SIG_BLOCK, null, mask);
      return BLOCKED.stream().allMatch(number -> Libc.sigismember(mask, number) == 1);
    }
  }

  /**
   * A descriptor that is readable when a signal has arrived. Signals that this process was started
   * to ignore, as by nohup(1), are left out.
   *
   * @param children whether to include {@link #CHLD}
   * @throws IOException if they are not blocked
   */
  public static Fd open(boolean children) throws IOException {
    if (!areBlocked()) {
      throw new IOException(
          "jcluster run is to be started by the launcher, which blocks signals before it is there");
    }
    List<Integer> numbers = new ArrayList<>(BLOCKED);
    if (children) {
      numbers.add(CHLD);
    }
    try (var action = new Memory(Libc.SIZEOF_SIGACTION);
        var set = new Memory(Libc.SIZEOF_SIGSET_T)) {
      numbers.removeIf(
          number -> {
            Libc.sigaction(number, null, action);
            return action.getLong(0) == Libc.SIG_IGN;
          });
      Libc.sigemptyset(set);
      numbers.forEach(number -> Libc.sigaddset(set, number));
      int flags = Libc.SFD_CLOEXEC | Libc.SFD_NONBLOCK;
      return new Fd(Sys.check("signalfd", Libc.signalfd(-1, set, flags)));
    }
  }

  /** The number of the next signal that has arrived; empty if there is none. */
  public static OptionalInt read(Fd signals) throws OsException {
    byte[] info = new byte[Libc.SIZEOF_SIGNALFD_SIGINFO];
    OptionalInt count = Sys.read(signals, info);
    // ssi_signo comes first, and no number is larger than a byte.
    return count.isEmpty() ? count : OptionalInt.of(info[0]);
  }
}
