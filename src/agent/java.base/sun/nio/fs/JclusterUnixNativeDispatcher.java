package sun.nio.fs;

import sun.nio.ch.JclusterAdoption;

/**
 * Called by the JDK's file systems to remove a file. A server of a Unix socket removes the path
 * before it binds it, and some do at their end: that of an inherited socket stays, for the others.
 */
final class JclusterUnixNativeDispatcher {
  private JclusterUnixNativeDispatcher() {}

  static void unlink(UnixPath path) throws UnixException {
    if (!JclusterAdoption.keeps(path.toAbsolutePath().toString())) {
      UnixNativeDispatcher.unlink(path);
    }
  }
}
