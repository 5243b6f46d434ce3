package jcluster.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where a running cluster's sockets and other files are: {@code /run/NAME}, or a place of the
 * user's own.
 */
public final class RuntimeDirectory {
  /** The file name of the control socket. */
  public static final String CONTROL = "control.sock";

  /** The file name of the socket that workers report to. */
  public static final String NOTIFY = "notify.sock";

  /** The file name of the FIFO that the agents in the workers report to. */
  public static final String AGENT = "agent";

  /** The file name of the page by which the agents share the load evenly. */
  public static final String BALANCE = "balance";

  /** The file name of what a supervisor hands over to the one that takes its place. */
  public static final String HANDOVER = "handover";

  /** The file name of what a supervisor knows, for one that takes its place when it is gone. */
  public static final String STATE = "state";

  /** The file name of the FIFO that a supervisor holds open for as long as it lives. */
  public static final String ALIVE = "alive";

  private RuntimeDirectory() {}

  /**
   * The folder for the cluster {@code name}, made if it is not there.
   *
   * @param environment the supervisor's; a unit's RuntimeDirectory= comes as RUNTIME_DIRECTORY
   *     (systemd.exec(5))
   */
  public static Path create(String name, Map<String, String> environment) throws IOException {
    String given = environment.getOrDefault("RUNTIME_DIRECTORY", "");
    if (!given.isEmpty()) {
      return Path.of(given.split(":")[0]);
    }
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Path directory = candidates(name, environment).get(uid() == 0 ? 0 : 1);
    for (Path folder : List.of(directory.getParent(), directory)) {
      if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(folder, mode);
      }
      if (!isOwn(folder)) {
        throw new IOException(
            folder + " is not a folder that only this user may change: remove it");
      }
    }
    return directory;
  }

  /** In any other, someone could put a socket of theirs in the place of ours. */
  private static boolean isOwn(Path folder) throws IOException {
    Map<String, Object> file =
        Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    int directoryAndWritable = (Integer) file.get("mode") & 0170022;
    return file.get("uid").equals(uid()) && directoryAndWritable == 0040000;
  }

  /** The folders in which the cluster {@code name} may be, the system's first. */
  public static List<Path> candidates(String name, Map<String, String> environment) {
    List<Path> directories = new ArrayList<>();
    directories.add(Path.of("/run", name));
    String own = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    directories.add(
        own.isEmpty()
            ? Path.of(System.getProperty("java.io.tmpdir"), "jcluster-" + uid(), name)
            : Path.of(own, name));
    return directories;
  }

  private static int uid() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is not mounted", e);
    }
  }
}
