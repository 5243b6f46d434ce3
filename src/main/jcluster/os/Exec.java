package jcluster.os;

import java.lang.ref.Reference;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Replaces the program of this process (execve(2)). The process keeps its id, its children, its
 * descriptors 0 to 2, and the descriptors that it is told to keep.
 */
public final class Exec {
  private Exec() {}

  /**
   * Runs another program in this process, which ends all other threads. If that fails, this program
   * goes on.
   *
   * @param path the program's path; PATH is not searched
   * @param argv its arguments, the first being its name
   * @param environment its environment
   * @param keep the numbers of the descriptors that stay open, for the program to {@link Sys#adopt}
   * @throws OsException if the program cannot be run
   */
  public static void exec(
      String path, List<String> argv, Map<String, String> environment, Collection<Integer> keep)
      throws OsException {
    var arguments = new Sys.StringVector(argv);
    var variables =
        new Sys.StringVector(
            environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    // The JVM does not set FD_CLOEXEC on all of its descriptors, and the others would stay open for
    // good.
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
