package jcluster.install;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * The system that applications are added to.
 *
 * @param root the folder that is its root: that of this machine, or one with an image of another
 * @param templates where the units of jcluster are, as a path in that system
 */
public record Place(Path root, Path templates) {
  /** The kernel's limit, see path_resolution(7). */
  private static final int MOST_LINKS = 40;

  /** Permissions in the mode of a file, see inode(7). */
  private static final int READ = 4;

  private static final int SEARCH_OR_EXECUTE = 1;

  /** Whether it is the system that this program runs on. */
  public boolean isHere() {
    return root.equals(Path.of("/"));
  }

  /** A path in that system, as a path here. */
  Path in(Path path) {
    return root.resolve(Path.of("/").relativize(path));
  }

  /**
   * A file with no link left in its path.
   *
   * @param folders all folders that were passed on the way to it, including those of links
   */
  record Found(Path file, List<Path> folders) {}

  /**
   * Follows a path like the kernel, but with links that lead to the root of that system.
   *
   * @param path absolute
   * @throws IOException if there are too many links, or one cannot be read
   */
  Found follow(Path path) throws IOException {
    Deque<Path> rest = new ArrayDeque<>();
    path.forEach(rest::add);
    Path done = Path.of("/");
    List<Path> folders = new ArrayList<>(List.of(done));
    int links = 0;
    while (!rest.isEmpty()) {
      // What is done has no links, so that .. is the folder above it.
      Path next = done.resolve(rest.pop()).normalize();
      if (Files.isSymbolicLink(in(next))) {
        links++;
        if (links > MOST_LINKS) {
          throw new FileSystemException(path.toString(), null, "too many links");
        }
        Path target = Files.readSymbolicLink(in(next));
        done = target.isAbsolute() ? target.getRoot() : done;
        for (int i = target.getNameCount() - 1; i >= 0; i--) {
          rest.push(target.getName(i));
        }
      } else {
        done = next;
        if (!rest.isEmpty()) {
          folders.add(done);
        }
      }
    }
    return new Found(done, folders);
  }

  /** Whether a user who is named so, or else any user, may read a file. */
  boolean mayRead(Path file, String user) throws IOException {
    return may(file, user, READ);
  }

  /** Whether a user who is named so, or else any user, may execute a file, or search a folder. */
  boolean mayExecute(Path file, String user) throws IOException {
    return may(file, user, SEARCH_OR_EXECUTE);
  }

  private boolean may(Path file, String user, int permission) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(in(file), "unix:mode,owner");
    int mode = (Integer) attributes.get("mode");
    boolean owns = attributes.get("owner").toString().equals(user);
    return ((owns ? mode >> 6 : mode) & permission) != 0;
  }
}
