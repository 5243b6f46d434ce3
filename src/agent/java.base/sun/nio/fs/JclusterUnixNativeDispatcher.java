package sun.nio.fs;

import sun.nio.ch.JclusterAdoption;

/**
 * Called by the JDK's file systems to remove a file. Servers remove the path of a Unix socket
 * before they bind it, and some do when they end. The path of an inherited socket stays, for the
 * other workers.
 */
final class JclusterUnixNativeDispatcher {
  private JclusterUnixNativeDispatcher() {}

  static void unlink(UnixPath path) throws UnixException {
    if (!JclusterAdoption.keeps(path.toAbsolutePath().toString())) {
      UnixNativeDispatcher.unlink(path);
    }
  }
}
