package jcluster.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import jcluster.control.RuntimeDirectory;
import jcluster.text.Reason;

/**
 * The balance page: a file that all workers map into their memory, with a seat of 64 bytes for each
 * worker. For the loop's thread.
 *
 * <p>In the first four bytes, the worker's agent tells the other workers how many connections it
 * has open plus 1. The next four are the gate: the supervisor writes {@link #OPEN} to let the
 * worker accept connections. Before that, the agent writes {@link #LISTENS} when it listens on all
 * sockets, for a supervisor that has missed its report. In the next eight, the agent notes when it
 * last accepted a connection; then come two counts of eight bytes, of the worker's answers and of
 * those that were failures, in four bytes how many connections it has open, also while it does not
 * accept, and behind four more when it began to accept. The rest is unused, so that no two workers
 * write to the same line of a CPU's cache. A free seat is all zeros.
 */
final class BalancePage {
  /** How many seats there are: for all workers, including those of a roll and those that drain. */
  static final int COUNT = 2048;

  /** The seat number of a worker that has no seat. */
  static final int NONE = -1;

  /** The size of a seat in bytes. */
  static final int SIZE = 64;

  /** The offset of the gate in a seat, in bytes. */
  private static final int GATE = 4;

  private static final int ANSWERS = 16;
  private static final int FAILURES = 24;
  private static final int CONNECTIONS = 32;

  private static final int OPEN = 1;
  private static final int LISTENS = 2;

  /**
   * What a worker's agent has counted. A worker can write anything there.
   *
   * @param connections how many are open
   * @param answers how many requests the application has answered, or left without an answer
   * @param failures how many of those it has answered with a status of 500 or more, or not at all
   */
  record Counts(int connections, long answers, long failures) {
    static final Counts NONE = new Counts(0, 0, 0);

    /** What remains of it when the worker is gone. */
    Counts closed() {
      return new Counts(0, answers, failures);
    }

    Counts plus(Counts other) {
      return new Counts(
          connections + other.connections, answers + other.answers, failures + other.failures);
    }
  }

  private final Path path;
  private final FileChannel page;
  private final BitSet taken = new BitSet(COUNT);

  /** Makes the file, for this user alone, in place of one that an earlier supervisor has left. */
  BalancePage(Path path) throws IOException {
    RuntimeDirectory.remove(path);
    this.path = path;
    try {
      this.page = open(path);
      page.write(ByteBuffer.allocate(COUNT * SIZE));
    } catch (IOException e) {
      throw Reason.with("cannot make " + path, e);
    }
  }

  /** Opens the existing file, in which these seats are taken. */
  BalancePage(Path path, Collection<Integer> seats) throws IOException {
    this.path = path;
    try {
      this.page = open(path);
    } catch (IOException e) {
      throw Reason.with("cannot open " + path, e);
    }
    seats.stream().filter(seat -> seat != NONE).forEach(taken::set);
  }

  /** Opens the existing file of a supervisor that is gone, and clears all seats but these. */
  static BalancePage left(Path path, Collection<Integer> seats) throws IOException {
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      RuntimeDirectory.remove(path); // What a symbolic link leads to must not be overwritten.
    }
    var left = new BalancePage(path, seats);
    for (int seat = left.taken.nextClearBit(0);
        seat < COUNT;
        seat = left.taken.nextClearBit(seat + 1)) {
      left.clear(seat);
    }
    return left;
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path,
        Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Takes the lowest free seat; {@link #NONE} if there is none. */
  int take() {
    int seat = taken.nextClearBit(0);
    if (seat >= COUNT) {
      return NONE;
    }
    taken.set(seat);
    clear(seat);
    return seat;
  }

  /** Lets the worker of a seat accept connections. */
  void open(int seat) {
    if (seat != NONE) {
      ByteBuffer one = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
      write(one.putInt(0, OPEN), (long) seat * SIZE + GATE);
    }
  }

  /** Whether the worker of a seat listens on all sockets, as far as the page tells. */
  boolean listens(int seat) throws IOException {
    if (seat == NONE) {
      return false;
    }
    ByteBuffer bytes = read(seat);
    int gate = bytes.getInt(GATE);
    return bytes.getInt(0) != 0 || gate == OPEN || gate == LISTENS;
  }

  /** What the worker of a seat has counted; empty for {@link #NONE}. */
  Optional<Counts> counts(int seat) throws IOException {
    if (seat == NONE) {
      return Optional.empty();
    }
    ByteBuffer bytes = read(seat);
    return Optional.of(
        new Counts(bytes.getInt(CONNECTIONS), bytes.getLong(ANSWERS), bytes.getLong(FAILURES)));
  }

  private ByteBuffer read(int seat) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE).order(ByteOrder.nativeOrder());
    page.read(bytes, (long) seat * SIZE);
    return bytes;
  }

  /** Frees the seat of a worker that is gone, which may be {@link #NONE}. */
  void free(int seat) {
    if (seat != NONE) {
      taken.clear(seat);
      clear(seat);
    }
  }

  private void clear(int seat) {
    write(ByteBuffer.allocate(SIZE), (long) seat * SIZE);
  }

  private void write(ByteBuffer bytes, long at) {
    try {
      page.write(bytes, at);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + path, e);
    }
  }

  /** Removes the file. */
  void close() throws IOException {
    page.close();
    RuntimeDirectory.remove(path);
  }
}
