package jcluster.os;

import java.lang.ref.Reference;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Turns this process into one of another program (execve(2)): its id and its children stay, and of
 * its descriptors 0 to 2 and those that are to be kept.
 */
public final class Exec {
  private Exec() {}

  /**
   * Becomes another program. Returns only if that failed, and then nothing has changed. All other
   * threads end.
   *
   * @param path the program, not searched for
   * @param argv its arguments, the first being its name
   * @param environment its environment
   * @param keep the numbers of the descriptors that it can {@link Sys#adopt}
   * @throws OsException if the program cannot be run
   */
  public static void exec(
      String path, List<String> argv, Map<String, String> environment, Collection<Integer> keep)
      throws OsException {
    var arguments = new Sys.StringVector(argv);
    var variables =
        new Sys.StringVector(
            environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    // The JVM does not mark all of its own, and each would stay open for good.
    Sys.check("close_range", Libc.close_range(3, -1, Libc.CLOSE_RANGE_CLOEXEC));
    try {
      for (int number : keep) {
        Sys.check("fcntl", Libc.fcntl(number, Libc.F_SETFD, 0));
      }
      Sys.check("execve " + path, Libc.execve(path, arguments.pointer(), variables.pointer()));
    } finally {
      for (int number : keep) {
        Libc.fcntl(number, Libc.F_SETFD, Libc.FD_CLOEXEC);
      }
      Reference.reachabilityFence(arguments);
      Reference.reachabilityFence(variables);
    }
  }
}
