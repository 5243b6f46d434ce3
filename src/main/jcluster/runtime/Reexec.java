package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Time;
import jcluster.os.Exec;

/**
 * Restarts this program in the same process after it has failed, much as a service manager would
 * restart it in a new one: it finds the sockets at the same descriptors, and its state in the
 * runtime directory. If it fails again and again, the process ends.
 *
 * @param environment the environment to begin with
 * @param times how many failures there have been, each within {@link #WHILE} of the one before
 */
record Reexec(Map<String, String> environment, int times) {
  /**
   * The environment variable with their number and the time of the last: {@code TIMES NANOSECONDS}.
   */
  static final String VARIABLE = "JCLUSTER_FAILURES";

  /** The supervisor restarts after this many failures in a row, but not after the next. */
  private static final int MOST = 5;

  /** A failure this long after the one before counts as the first again, in nanoseconds. */
  private static final long WHILE = 60 * Time.SECOND;

  /**
   * The restart after a failure.
   *
   * @param environment what this program was started with
   * @param now when it failed, in nanoseconds
   */
  static Reexec of(Map<String, String> environment, long now) {
    String[] before = environment.getOrDefault(VARIABLE, "0 0").split(" ");
    int times = now - Long.parseLong(before[1]) < WHILE ? Integer.parseInt(before[0]) + 1 : 1;
    Map<String, String> next = new HashMap<>(environment);
    next.remove(Handover.VARIABLE);
    next.put(VARIABLE, times + " " + now);
    return new Reexec(next, times);
  }

  /**
   * Executes the program. Does not return.
   *
   * @param fds the numbers of the descriptors that stay open
   * @param state the file with the state to go on from; removed after too many failures, so that
   *     the next supervisor begins anew
   * @throws IOException if it has failed too often, or the program cannot be executed
   */
  void begin(List<Integer> fds, Path state) throws IOException {
    if (times > MOST) {
      RuntimeDirectory.remove(state);
      throw new IOException("this supervisor has failed " + times + " times in a row");
    }
    List<String> words = Handover.words(Files.readString(Path.of("/proc/self/cmdline")));
    Exec.exec(
        Files.readSymbolicLink(Path.of("/proc/self/exe")).toString(), words, environment, fds);
  }
}
