package jcluster.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.Set;

/**
 * The balance page: a file that all workers map into their memory, with a seat for each, where its
 * agent tells the others how busy it is. A seat that is nobody's is all zeros. For the loop's
 * thread.
 */
final class Seats {
  /** How many seats there are; a worker more has none. */
  static final int COUNT = 256;

  /** The number of no seat. */
  static final int NONE = -1;

  /** The size of a seat in bytes; all together are a page. */
  static final int SIZE = 16;

  private final Path path;
  private final FileChannel page;
  private final BitSet taken = new BitSet(COUNT);

  /** Makes the file, for this user alone, in place of what a supervisor that is gone has left. */
  Seats(Path path) throws IOException {
    this.path = path;
    Files.deleteIfExists(path);
    page =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    page.write(ByteBuffer.allocate(COUNT * SIZE));
  }

  /** The lowest free seat, taken from now on, or {@link #NONE}. */
  int take() {
    int seat = taken.nextClearBit(0);
    if (seat >= COUNT) {
      return NONE;
    }
    taken.set(seat);
    clear(seat);
    return seat;
  }

  /** Gives a seat back, or {@link #NONE}; its worker is gone. */
  void free(int seat) {
    if (seat != NONE) {
      taken.clear(seat);
      clear(seat);
    }
  }

  private void clear(int seat) {
    try {
      page.write(ByteBuffer.allocate(SIZE), (long) seat * SIZE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + path, e);
    }
  }

  /** Removes the file. */
  void close() throws IOException {
    page.close();
    Files.deleteIfExists(path);
  }
}
