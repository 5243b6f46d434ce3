package jcluster.agent.files;

import jcluster.agent.jdk.fs.UnixException;
import jcluster.agent.jdk.fs.UnixNativeDispatcher;
import jcluster.agent.jdk.fs.UnixPath;

/**
 * Called by the JDK's file systems to remove a file. A server of a Unix socket removes the path
 * before it binds it, and some do at their end: that of an inherited socket stays, for the others.
 */
final class KeptFiles {
  private static final String[] PATHS = paths(System.getenv("JCLUSTER_AGENT"));

  private KeptFiles() {}

  public static void unlink(UnixPath path) throws UnixException {
    String absolute = path.toAbsolutePath().normalize().toString();
    for (String kept : PATHS) {
      if (kept.equals(absolute)) {
        return;
      }
    }
    UnixNativeDispatcher.unlink(path);
  }

  private static String[] paths(String settings) {
    String[] lines = settings.split("\n");
    String[] paths = new String[lines.length];
    for (int i = 0; i < lines.length; i++) {
      paths[i] = lines[i].startsWith("socket unix ") ? lines[i].split(" ", 5)[4] : "";
    }
    return paths;
  }
}
