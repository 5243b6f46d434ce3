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
import java.util.stream.Stream;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action.Level;
import jcluster.model.Signal;
import jcluster.os.OsException;
import jcluster.os.Sys;

/**
 * A worker that has outlived its supervisor, known by its environment (proc(5)). That needs no list
 * of process ids, which could not name a worker that was started in the supervisor's last moment,
 * and might name a process that has such an id by now.
 *
 * @param worker its id
 * @param pid its process id
 * @param seat its seat on the balance page, {@link Seats#NONE} if it has none
 */
public record Survivor(int worker, int pid, int seat) {
  /** The variable that tells a worker's id. */
  static final String VARIABLE = "JCLUSTER_WORKER";

  private static final String SEAT = "seat ";

  /**
   * All of this user's that report to a supervisor with this runtime directory. Another user's
   * environment says what that user likes, and root can read it.
   */
  public static List<Survivor> of(Path directory) throws IOException {
    List<Survivor> found = new ArrayList<>();
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

  /** Tells it to stop, for it cannot be taken over, and the log why. */
  public void stop(Log log, String why) throws OsException {
    Sys.kill(pid, Signal.TERM.number());
    log.write(
        Level.WARNING,
        "worker (pid "
            + pid
            + ") of a supervisor that is gone was told to stop, for it cannot be taken over: "
            + why);
  }

  private static Optional<Survivor> of(Path directory, int pid) {
    try {
      Map<String, String> environment = environment(pid);
      boolean ours =
          isThisUsers(pid)
              && environment.containsKey(VARIABLE)
              && directory
                  .resolve(RuntimeDirectory.NOTIFY)
                  .toString()
                  .equals(environment.get("NOTIFY_SOCKET"));
      // Its own children have the same environment, but it alone has its id in it; as long as it is
      // the shell that finds this id out, it is the leader of its group.
      String own = String.valueOf(pid);
      return ours && own.equals(environment.getOrDefault("LISTEN_PID", own)) && isLeader(pid)
          ? Optional.of(
              new Survivor(Integer.parseInt(environment.get(VARIABLE)), pid, seat(environment)))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty(); // It is another user's, or gone.
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

  /** Of the process's four user ids, none is another's; whose the files are would not tell. */
  private static boolean isThisUsers(int pid) throws IOException {
    String ids = ("\t" + Sys.getuid()).repeat(4);
    return read(pid, "status").lines().anyMatch(("Uid:" + ids)::equals);
  }

  /** A file with the process's name, which may be of any bytes. */
  private static String read(int pid, String name) throws IOException {
    return Files.readString(
        Path.of("/proc", String.valueOf(pid), name), StandardCharsets.ISO_8859_1);
  }

  private static boolean isLeader(int pid) throws IOException {
    String stat = read(pid, "stat");
    // After the name, which may hold anything: state, parent, group.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return fields[2].equals(String.valueOf(pid)) && !fields[0].equals("Z");
  }

  private static int seat(Map<String, String> environment) {
    return environment
        .getOrDefault(AgentSettings.VARIABLE, "")
        .lines()
        .filter(line -> line.startsWith(SEAT))
        .map(line -> Integer.parseInt(line.substring(SEAT.length())))
        .findFirst()
        .orElse(Seats.NONE);
  }
}
