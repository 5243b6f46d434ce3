package jcluster.agent.inside;

import java.io.FileDescriptor;
import java.io.IOException;
import jcluster.agent.jdk.Net;
import jcluster.agent.jdk.Unsafe;

/**
 * A connection that the application accepted from an inherited socket, and how far its talk has
 * come. Reads are told by one thread at a time, and writes; the drain looks on without a lock, and
 * looks more than once.
 */
final class Connection {
  /** Nothing was read yet. */
  static final int FRESH = 0;

  /** A request is being read or answered. */
  static final int BUSY = 1;

  /** All that was asked is answered. */
  static final int IDLE = 2;

  /** What cannot be looked into: another protocol, or one that is encrypted. */
  static final int OPAQUE = 3;

  private static final int SHUT_RD = 0;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  final FileDescriptor fd;

  /** Counts reads and writes: what does not change is quiet. */
  int operations;

  /** Whether the last of them was a read. */
  boolean read;

  /** What the drain knows of it: the operations it has seen, and when it saw the last new one. */
  int seen = -1;

  long quietSince;

  /** Whether it was closed for reading, so that the application lets go of it. */
  boolean released;

  /** Who last read, which in most servers is who is at work for it. */
  private Thread reader;

  private boolean closed;
  private boolean opaque;
  private final Framing requests = new Framing(false);
  private final Framing answers = new Framing(true);

  /** How many bytes of answers are framed but not yet written. */
  private long ahead;

  Connection(FileDescriptor fd) {
    this.fd = fd;
  }

  int state() {
    if (opaque || requests.broken() || answers.broken() || answers.upgraded) {
      return OPAQUE;
    }
    if (requests.begun == 0 && !requests.within()) {
      return FRESH;
    }
    boolean busy =
        requests.within() || answers.within() || ahead > 0 || requests.begun > answers.ended;
    return busy ? BUSY : IDLE;
  }

  /** Whether there is a request of whose answer nothing was written yet. */
  boolean isUnanswered() {
    return state() == BUSY && !answers.within() && ahead == 0;
  }

  /** Whether that thread is the one that would have to answer. */
  boolean isOf(Thread thread) {
    return reader == thread;
  }

  /** These were read. */
  void read(long address, long count) {
    operations++;
    read = true;
    reader = Thread.currentThread();
    if (!opaque) {
      requests.feed(null, address, count, null);
      opaque = requests.broken();
    }
  }

  /**
   * These are about to be written, at least their beginning; what was not is written again. Before
   * the write, because as soon as the client has the answer it may ask for the next.
   */
  void writing(long address, long count) {
    operations++;
    read = false;
    if (!opaque && count > ahead) {
      answers.feed(null, address + ahead, count - ahead, requests);
      ahead = count;
    }
  }

  /** Like {@link #writing(long, long)}, from {@code count} pieces (struct iovec, readv(2)). */
  void writingVector(long vectors, int count) {
    operations++;
    read = false;
    long skip = ahead;
    for (int i = 0; i < count && !opaque; i++) {
      long address = MEMORY.getLong(vectors + 16L * i);
      long size = MEMORY.getLong(vectors + 16L * i + 8);
      long skipped = Math.min(skip, size);
      skip -= skipped;
      answers.feed(null, address + skipped, size - skipped, requests);
      ahead += size - skipped;
    }
  }

  /** So many were written; negative counts mean none. */
  void written(long count) {
    if (count > 0) {
      ahead -= Math.min(count, ahead);
    }
  }

  /** Whether the next bytes written begin the last answer to what was asked so far. */
  boolean beginsAnswer() {
    return !opaque && ahead == 0 && !answers.within() && requests.begun == answers.ended + 1;
  }

  synchronized void close() {
    closed = true;
  }

  /**
   * Lets nothing more be read, unless something has come that nobody has read yet, which may be a
   * request that waits for a thread; or unless it is closed: its number may be another's by then.
   */
  synchronized void release() {
    try {
      released = closed || Net.available(fd) == 0;
      if (released && !closed) {
        Net.shutdown(fd, SHUT_RD);
      }
    } catch (IOException e) {
      released = true; // ENOTCONN: gone already.
    }
  }
}
