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
 * The directory of a running cluster's sockets and other files: {@code /run/NAME}, or one of the
 * user's own.
 */
public final class RuntimeDirectory {
  /** The file name of the control socket. */
  public static final String CONTROL = "control.sock";

  /** The file name of the socket that workers report to. */
  public static final String NOTIFY = "notify.sock";

  /** The file name of the FIFO that the agents in the workers report to. */
  public static final String AGENT = "agent";

  /** The file name of the balance page, by which the agents share the load evenly. */
  public static final String BALANCE = "balance";

  /** The file name of the state that a supervisor hands over to the program that replaces it. */
  public static final String HANDOVER = "handover";

  /** The file name of a supervisor's state, for the one that takes its place when it is gone. */
  public static final String STATE = "state";

  /** The file name of the FIFO that a supervisor holds open for as long as it lives. */
  public static final String ALIVE = "alive";

  /**
   * The owner shown for files whose owner has no mapping here: overflowuid, see user_namespaces(7).
   */
  private static final int NOBODY = 65534;

  private RuntimeDirectory() {}

  /**
   * The directory of the cluster {@code name}, created if it does not exist.
   *
   * @param environment the supervisor's environment, where RUNTIME_DIRECTORY holds the unit's
   *     RuntimeDirectory= (systemd.exec(5))
   * @throws IOException if it cannot be created, or another user could replace it
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
   * Removes a file, if it exists.
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

  /**
   * Whether there is a FIFO at this very path, not behind a link: no other file can be waited for
   * like a FIFO.
   */
  public static boolean isFifo(Path path) throws IOException {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && (Entry.of(path).mode() & 0170000) == 0010000;
  }

  /**
   * Whether it is a directory that only this user may change. In any other, someone could replace
   * our socket with their own.
   */
  private static boolean isOwn(Path folder, int user) throws IOException {
    var file = Entry.of(folder);
    return file.uid() == user && file.isDirectory() && !file.othersMayWrite();
  }

  /** The runtime directory of the unit, if it has one: the first of RUNTIME_DIRECTORY. */
  public static Optional<Path> given(Map<String, String> environment) {
    String first = environment.getOrDefault("RUNTIME_DIRECTORY", "").split(":", -1)[0];
    return first.isEmpty() ? Optional.empty() : Optional.of(Path.of(first));
  }

  /** The directory of the cluster {@code name} if no unit provides one. */
  private static Path usual(String name, Map<String, String> environment, int user) {
    List<Path> candidates = candidates(name, environment, user);
    return candidates.get(user == 0 ? 0 : candidates.size() - 1);
  }

  /** The directories where the cluster {@code name} may be, the system's first. */
  public static List<Path> candidates(String name, Map<String, String> environment) {
    return candidates(name, environment, uid());
  }

  /** The same for a given user; for root, none in /tmp, where anyone may create a directory. */
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

  /** Whether only root and this user can have put a directory there. */
  static boolean isTrusted(Path folder) {
    try {
      return distrust(folder, uid()).isEmpty();
    } catch (AccessDeniedException e) {
      return true; // This user cannot reach its contents anyway, and is told so.
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Says how anyone but root and {@code user} could have put a directory there; empty if nobody
   * could. The owner of the directory itself does not matter then: a unit's directory belongs to
   * the unit's user, but /run belongs to root.
   *
   * @throws IOException if it does not exist, or cannot be examined
   */
  static Optional<String> distrust(Path folder, int user) throws IOException {
    if (!folder.isAbsolute()) {
      return Optional.of(folder + " is not an absolute path");
    }
    // Only links of root or the user may lead there; the path to which they lead is checked
    // likewise.
    Optional<String> distrust = distrustAlong(folder, user, false);
    return distrust.isPresent() ? distrust : distrustAlong(folder.toRealPath(), user, true);
  }

  private static Optional<String> distrustAlong(Path folder, int user, boolean real)
      throws IOException {
    Path path = folder.getRoot();
    var entry = Entry.of(path);
    // The owner of / is the system, even where root shows as nobody (user_namespaces(7)).
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
   * Whether it is the directory of a dynamic user, which is mounted for the service with that user
   * as its owner (systemd 257 does that if the kernel can, see mount_setattr(2)). Outside the
   * service, it belongs to nobody and is in a directory that only root can enter.
   *
   * @throws IOException if it does not exist, or cannot be examined
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

  /** The file at a path, without following a link (stat(2)). */
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

    /** Whether others may add files to the directory, but not remove those of other users. */
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
