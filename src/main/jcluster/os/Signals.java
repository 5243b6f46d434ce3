package jcluster.os;

import com.sun.jna.Memory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The signals for the supervisor, which are read like anything else it hears (signalfd(2)). The
 * launcher has them blocked before the JVM starts, and {@code -Xrs} keeps the JVM from letting them
 * in again, so that none is ever lost: one that comes while another program takes the place of this
 * one in the same process waits for that.
 */
public final class Signals {
  /** A terminal's end, or a request to reload. */
  public static final int HUP = Libc.SIGHUP;

  /** A request to end. */
  public static final int INT = Libc.SIGINT;

  /** A request to end. */
  public static final int TERM = Libc.SIGTERM;

  /** A request to show what the threads do. */
  public static final int QUIT = Libc.SIGQUIT;

  /** A child has ended. */
  public static final int CHLD = Libc.SIGCHLD;

  /**
   * Those that the launcher has blocked; {@link #CHLD}, too, but it is of use to process 1 alone.
   */
  private static final List<Integer> BLOCKED = List.of(HUP, INT, QUIT, TERM);

  private Signals() {}

  /** Whether the launcher has done its part: all of them are blocked in this thread. */
  private static boolean areBlocked() {
    try (var mask = new Memory(Libc.SIZEOF_SIGSET_T)) {
      Libc.pthread_sigmask(Libc.SIG_BLOCK, null, mask);
      return BLOCKED.stream().allMatch(number -> Libc.sigismember(mask, number) == 1);
    }
  }

  /**
   * A descriptor that is readable when one of them has come; not for those that this process was
   * started to ignore, as nohup(1) does it.
   *
   * @param children whether for {@link #CHLD}, too
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

  /** The number of the next one that has come, or none. */
  public static OptionalInt read(Fd signals) throws OsException {
    byte[] info = new byte[Libc.SIZEOF_SIGNALFD_SIGINFO];
    OptionalInt count = Sys.read(signals, info);
    // ssi_signo comes first, and no number is larger than a byte.
    return count.isEmpty() ? count : OptionalInt.of(info[0]);
  }
}
