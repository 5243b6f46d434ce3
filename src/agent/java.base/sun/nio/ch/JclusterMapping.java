package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Maps a file, in place of {@code FileDispatcherImpl.map}, which came with release 20. From that
 * release on, the agent redirects the call of this method to that one.
 */
final class JclusterMapping {
  /** Kept, because the file is unmapped with it. */
  private static MappedByteBuffer buffer;

  private JclusterMapping() {}

  static long map(
      FileDispatcherImpl dispatcher,
      FileDescriptor file,
      int protection,
      long position,
      long length,
      boolean sync)
      throws IOException {
    try (var again = new RandomAccessFile("/proc/self/fd/" + IOUtil.fdVal(file), "rw")) {
      buffer = again.getChannel().map(FileChannel.MapMode.READ_WRITE, position, length);
      return ((DirectBuffer) buffer).address();
    }
  }
}
