package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A jar as it was when a worker was started. The JVM keeps the file open and reads from it for as
 * long as it runs, so the file must not change; a new one must take its place by rename(2).
 *
 * @param path where it was; if relative, to the supervisor's working directory
 * @param id the device and inode of the file, whatever is at that path now
 * @param version its size and modification time, which change when the file is written to
 */
record Jar(String path, String id, String version) {

  /**
   * The jars that a command names, as a word or on a class path, as they are now.
   *
   * @param directory the directory that relative names are resolved against
   */
  static List<Jar> of(List<String> command, Path directory) {
    var names = new LinkedHashSet<String>();
    for (String word : command) {
      for (String part : word.split("[\\s:=\"']+")) {
        if (part.endsWith(".jar")) {
          names.add(part);
        }
      }
    }
    List<Jar> jars = new ArrayList<>();
    for (String name : names) {
      try {
        at(directory.resolve(name)).ifPresent(jars::add);
      } catch (InvalidPathException e) {
        // It is not a valid path.
      }
    }
    return jars;
  }

  private static Optional<Jar> at(Path path) {
    try {
      Map<String, Object> file = Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime");
      return Optional.of(
          new Jar(
              path.toString(),
              file.get("dev") + ":" + file.get("ino"),
              file.get("size") + " " + file.get("lastModifiedTime")));
    } catch (IOException e) {
      return Optional.empty(); // It is missing, or this user may not see it.
    }
  }

  /** Whether the same file has been written to since. */
  boolean overwritten() {
    return at(Path.of(path))
        .filter(now -> now.id.equals(id))
        .filter(now -> !now.equals(this))
        .isPresent();
  }

  /** What has gone wrong, and what to do the next time. */
  String advice() {
    return path
        + " was overwritten while workers have it open, which makes them fail, at the latest while"
        + " they stop: put the new one beside it and rename it, as with cp NEW "
        + path
        + ".new && mv "
        + path
        + ".new "
        + path;
  }
}
