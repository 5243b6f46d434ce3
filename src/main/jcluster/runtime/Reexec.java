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
 * The program begins again in the same process, as a service manager would start it in another one:
 * it finds the sockets where they were, and what it knew in its runtime directory. Not for ever: a
 * failure that comes back at once ends the process.
 *
 * @param environment the environment to begin with
 * @param times how often it has failed within {@link #WHILE} of the failure before
 */
record Reexec(Map<String, String> environment, int times) {
  /** The variable that counts: {@code TIMES NANOSECONDS}. */
  static final String VARIABLE = "JCLUSTER_FAILURES";

  /** After so many it is over. */
  private static final int MOST = 5;

  /** A failure so long after the one before is the first again, in nanoseconds. */
  private static final long WHILE = 60 * Time.SECOND;

  /**
   * After a failure.
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
   * Begins; does not return.
   *
   * @param fds the numbers of the descriptors that stay
   * @param state what it would go on from; removed if that was tried too often, so that the next
   *     supervisor begins anew
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
