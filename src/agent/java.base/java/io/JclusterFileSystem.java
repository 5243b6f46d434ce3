package java.io;

import sun.nio.ch.JclusterAdoption;

/**
 * Called by {@link File} to delete a file, also at the JVM's end: the path of an inherited Unix
 * socket stays, since it is the other workers', too.
 */
final class JclusterFileSystem {
  private JclusterFileSystem() {}

  static boolean delete(FileSystem files, File file) {
    return JclusterAdoption.keeps(files.resolve(file)) || files.delete(file);
  }
}
