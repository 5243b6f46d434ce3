package jcluster.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jcluster.text.Reason;

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

  /** Whose files are that have no owner here: overflowuid, see user_namespaces(7). */
  private static final int NOBODY = 65534;

  private RuntimeDirectory() {}

  /**
   * The folder for the cluster {@code name}, made if it is not there.
   *
   * @param environment the supervisor's; a unit's RuntimeDirectory= comes as RUNTIME_DIRECTORY
   *     (systemd.exec(5))
   * @throws IOException if it cannot be made, or someone else could put another in its place
   */
  public static Path create(String name, Map<String, String> environment) throws IOException {
    Optional<Path> given = given(environment);
    return given.isPresent() ? given.get() : create(usual(name, environment, uid()), uid());
  }

  static Path create(Path directory, int user) throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    for (Path folder : List.of(directory.getParent(), directory)) {
      try {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(folder, mode);
        }
      } catch (IOException e) {
        throw Reason.with("cannot make the folder " + folder, e);
      }
      Optional<String> distrust = distrust(folder, user);
      if (distrust.isPresent()) {
        throw new IOException(directory + " is not safe to use: " + distrust.get());
      }
    }
    if (!isOwn(directory, user)) {
      throw new IOException(
          directory + " is not a folder that only this user may change: remove it");
    }
    return directory;
  }

  /**
   * Removes a file from it, if it is there.
   *
   * @throws IOException if it cannot be removed; the message names it
   */
  public static void remove(Path file) throws IOException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw Reason.with("cannot remove " + file, e);
    }
  }

  /** Whether there is a FIFO at this very path: nothing else can be waited for as one can. */
  public static boolean isFifo(Path path) throws IOException {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && (Entry.of(path).mode() & 0170000) == 0010000;
  }

  /** In any other, someone could put a socket of theirs in the place of ours. */
  private static boolean isOwn(Path folder, int user) throws IOException {
    var file = Entry.of(folder);
    return file.uid() == user && file.isDirectory() && !file.othersMayWrite();
  }

  /** The folder that a unit gives to what it runs, if it does: the first of RUNTIME_DIRECTORY. */
  public static Optional<Path> given(Map<String, String> environment) {
    String first = environment.getOrDefault("RUNTIME_DIRECTORY", "").split(":", -1)[0];
    return first.isEmpty() ? Optional.empty() : Optional.of(Path.of(first));
  }

  /** The folder that the cluster {@code name} gets where no unit gives one. */
  private static Path usual(String name, Map<String, String> environment, int user) {
    List<Path> candidates = candidates(name, environment, user);
    return candidates.get(user == 0 ? 0 : candidates.size() - 1);
  }

  /** The folders in which the cluster {@code name} may be, the system's first. */
  public static List<Path> candidates(String name, Map<String, String> environment) {
    return candidates(name, environment, uid());
  }

  /** Anyone may make a folder in /tmp: nothing of root's is there. */
  static List<Path> candidates(String name, Map<String, String> environment, int user) {
    List<Path> directories = new ArrayList<>();
    directories.add(Path.of("/run", name));
    String own = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (!own.isEmpty()) {
      directories.add(Path.of(own, name));
    } else if (user != 0) {
      directories.add(Path.of(System.getProperty("java.io.tmpdir"), "jcluster-" + user, name));
    }
    return directories;
  }

  /** Whether nobody but root and this user could have put a folder there. */
  static boolean isTrusted(Path folder) {
    try {
      return distrust(folder, uid()).isEmpty();
    } catch (AccessDeniedException e) {
      return true; // What is in there this user cannot reach anyway, and is told so.
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * How others than root and a user could have put a folder there; nothing if they could not. Whose
   * it is then does not matter: the folder of a unit is its user's, but in /run, which is root's.
   *
   * @throws IOException if it is not there, or cannot be looked at
   */
  static Optional<String> distrust(Path folder, int user) throws IOException {
    if (!folder.isAbsolute()) {
      return Optional.of(folder + " is not an absolute path");
    }
    // Through links of root's and the user's own alone; where these lead is looked at likewise.
    Optional<String> distrust = distrustAlong(folder, user, false);
    return distrust.isPresent() ? distrust : distrustAlong(folder.toRealPath(), user, true);
  }

  private static Optional<String> distrustAlong(Path folder, int user, boolean real)
      throws IOException {
    Path path = folder.getRoot();
    var entry = Entry.of(path);
    // Who has the root of all files is the system, also where root is nobody (user_namespaces(7)).
    Set<Integer> trusted = Set.copyOf(List.of(0, user, entry.uid()));
    for (Path name : folder) {
      if (entry.isDirectory() && entry.othersMayWrite() && !entry.sticky()) {
        return Optional.of("others may change " + path);
      }
      boolean firm = !real || !entry.othersMayWrite();
      path = path.resolve(name);
      entry = Entry.of(path);
      boolean last = path.equals(folder) && entry.isDirectory();
      if (!trusted.contains(entry.uid()) && !(last && firm)) {
        return Optional.of(path + " belongs to uid " + entry.uid());
      }
    }
    return Optional.empty();
  }

  /**
   * Whether it is the folder of a dynamic user, mounted for the service with that user as its owner
   * (systemd 257 does that where the kernel can: mount_setattr(2)). Elsewhere it belongs to nobody,
   * in a folder that only root can enter.
   *
   * @throws IOException if it is not there, or cannot be looked at
   */
  static boolean isMapped(Path folder) throws IOException {
    Path real = folder.toRealPath();
    var entry = Entry.of(real);
    var parent = Entry.of(real.getParent());
    return entry.uid() == NOBODY
        && entry.isDirectory()
        && !entry.othersMayWrite()
        && parent.uid() == 0
        && (parent.mode() & 0077) == 0;
  }

  /** What is at a path: stat(2), without following a link. */
  private record Entry(int uid, int mode) {
    static Entry of(Path path) throws IOException {
      Map<String, Object> file =
          Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
      return new Entry((Integer) file.get("uid"), (Integer) file.get("mode"));
    }

    boolean isDirectory() {
      return (mode & 0170000) == 0040000;
    }

    boolean othersMayWrite() {
      return (mode & 0022) != 0;
    }

    /** Others may add to it, but not take away what is not theirs. */
    boolean sticky() {
      return (mode & 01000) != 0;
    }
  }

  private static int uid() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is not mounted", e);
    }
  }
}
