package jcluster.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action.Level;
import jcluster.model.Signal;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Processes;
import jcluster.os.Sys;

/**
 * A worker that has outlived its supervisor, recognized by its environment (proc(5)). A stored list
 * of process ids would not do: it could miss a worker that was started in the supervisor's last
 * moment, and an id in it could belong to another process by now.
 *
 * @param worker its id
 * @param pid its process id
 * @param seat its seat on the balance page, {@link BalancePage#NONE} if it has none
 */
public record OrphanedWorker(int worker, int pid, int seat) {
  /** The environment variable with a worker's id. */
  static final String VARIABLE = "JCLUSTER_WORKER";

  /** How long the end of a process that was killed is waited for: the kernel may be busy. */
  private static final long KILLED = TimeUnit.SECONDS.toNanos(5);

  /**
   * Finds this user's workers that report to a supervisor with this runtime directory. Processes of
   * other users do not count, even where root can read their environment: they can put anything
   * into it.
   */
  public static List<OrphanedWorker> of(Path directory) throws IOException {
    List<OrphanedWorker> found = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        String name = process.getFileName().toString();
        if (name.matches("[0-9]{1,9}")) {
          of(directory, Integer.parseInt(name)).ifPresent(found::add);
        }
      }
    }
    return found;
  }

  /** Tells the worker to stop, since it cannot be taken over, and logs why. */
  public void stop(Log log, String why) throws OsException {
    Processes.kill(pid, Signal.TERM.number());
    log.write(
        Level.WARNING,
        "worker (pid "
            + pid
            + ") of a supervisor that is gone was told to stop, for it cannot be taken over: "
            + why);
  }

  /**
   * Waits until the worker, which was told to stop, has ended. Kills it and its process group at
   * the deadline.
   *
   * @param deadline by {@link System#nanoTime}
   */
  void awaitEnd(Log log, long deadline) throws OsException {
    try (Fd pidfd = Processes.pidfd(pid)) {
      if (!Poll.isReadable(pidfd, deadline - System.nanoTime())) {
        log.write(Level.WARNING, "worker (pid " + pid + ") did not stop in time and was killed");
        Processes.kill(-pid, Signal.KILL.number());
        Poll.isReadable(pidfd, KILLED);
      }
    } catch (OsException e) {
      if (e.errno() != OsException.ESRCH) {
        throw e;
      } // It has ended.
    }
  }

  private static Optional<OrphanedWorker> of(Path directory, int pid) {
    try {
      Map<String, String> environment = environment(pid);
      boolean ours =
          isThisUsers(pid)
              && environment.containsKey(VARIABLE)
              && directory
                  .resolve(RuntimeDirectory.NOTIFY)
                  .toString()
                  .equals(environment.get("NOTIFY_SOCKET"));
      // The worker's children inherit its environment, but LISTEN_PID= names the worker alone.
      // Before the shell has set it, the worker is known as the leader of its process group.
      String own = String.valueOf(pid);
      return ours && own.equals(environment.getOrDefault("LISTEN_PID", own)) && isLeader(pid)
          ? Optional.of(
              new OrphanedWorker(
                  Integer.parseInt(environment.get(VARIABLE)),
                  pid,
                  AgentSettings.seat(environment.getOrDefault(AgentSettings.VARIABLE, ""))))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty(); // The process is another user's, or gone.
    }
  }

  private static Map<String, String> environment(int pid) throws IOException {
    byte[] text = Files.readAllBytes(Path.of("/proc", String.valueOf(pid), "environ"));
    Map<String, String> environment = new HashMap<>();
    for (String variable : new String(text, StandardCharsets.UTF_8).split("\0")) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        environment.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return environment;
  }

  /**
   * Whether all four user ids of the process are this user's. The owner of its files in /proc would
   * not tell.
   */
  private static boolean isThisUsers(int pid) throws IOException {
    String ids = ("\t" + Sys.getuid()).repeat(4);
    return read(pid, "status").lines().anyMatch(("Uid:" + ids)::equals);
  }

  /** Reads a file in /proc/PID that has the process's name in it, which may be any bytes. */
  private static String read(int pid, String name) throws IOException {
    return Files.readString(
        Path.of("/proc", String.valueOf(pid), name), StandardCharsets.ISO_8859_1);
  }

  private static boolean isLeader(int pid) throws IOException {
    String stat = read(pid, "stat");
    // The fields after the name, which may contain anything: state, parent, process group.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return fields[2].equals(String.valueOf(pid)) && !fields[0].equals("Z");
  }
}
