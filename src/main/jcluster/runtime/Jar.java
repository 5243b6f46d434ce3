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
 * A jar as a worker found it when it was started. The JVM keeps it open and reads from it as long
 * as it runs, so it must not change: a new one takes its place by rename(2).
 *
 * @param path where it was, absolute
 * @param id the file that this was, whatever is there now
 * @param version what changes when the file is written to
 */
record Jar(String path, String id, String version) {

  /**
   * The jars that a command names, on a class path or as a word, as they are now.
   *
   * @param directory what relative names begin at
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
        // It is no file's name.
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
      return Optional.empty(); // It is not there, or not for us to see.
    }
  }

  /** Whether it was written to since. */
  boolean overwritten() {
    return at(Path.of(path))
        .filter(now -> now.id.equals(id))
        .filter(now -> !now.equals(this))
        .isPresent();
  }

  /** What to do the next time. */
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
