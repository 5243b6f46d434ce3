package java.io;

import sun.nio.ch.JclusterAdoption;

/**
 * Called by {@link File} to delete a file, also when the JVM exits. The path of an inherited Unix
 * socket stays, since the other workers need it, too.
 */
final class JclusterFileSystem {
  private JclusterFileSystem() {}

  static boolean delete(FileSystem files, File file) {
    return JclusterAdoption.keeps(files.resolve(file)) || files.delete(file);
  }
}
