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
import java.util.Collection;
import java.util.Set;

/**
 * The balance page: a file that all workers map into their memory, with a seat for each, where its
 * agent tells the others how busy it is. A seat that is nobody's is all zeros. For the loop's
 * thread.
 */
final class Seats {
  /** How many seats there are; a worker more has none. */
  static final int COUNT = 2048;

  /** The number of no seat. */
  static final int NONE = -1;

  /** The size of a seat in bytes; all together are a page. */
  static final int SIZE = 16;

  private final Path path;
  private final FileChannel page;
  private final BitSet taken = new BitSet(COUNT);

  /** Makes the file, for this user alone, in place of what a supervisor that is gone has left. */
  Seats(Path path) throws IOException {
    Files.deleteIfExists(path);
    this.path = path;
    this.page = open(path);
    page.write(ByteBuffer.allocate(COUNT * SIZE));
  }

  /** Goes on with the file that is there, where these seats are taken. */
  Seats(Path path, Collection<Integer> seats) throws IOException {
    this.path = path;
    this.page = open(path);
    seats.stream().filter(seat -> seat != NONE).forEach(taken::set);
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
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
