package sun.nio.ch;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.concurrent.locks.LockSupport;
import jdk.internal.misc.Unsafe;

/**
 * Least connections first, without a proxy. Each worker publishes in a shared page how many
 * connections it has open. A worker that is busier than another defers to it: it lets the other
 * accept first, but only for a moment. If no idler worker accepts in that time, the busier one
 * stops deferring for a while.
 *
 * <p>Each worker has a seat of 64 bytes, see {@code BalancePage} of the supervisor. At 0 is how
 * many connections it has open plus 1, or 0 if it does not accept. At 4, the supervisor writes
 * {@link #OPEN} to let the worker accept; before that, the worker writes {@link #LISTENS} there
 * once it listens. At 8 is when it last accepted, by CLOCK_MONOTONIC, which is the same clock for
 * all, and at 40 when it began to accept. For the supervisor alone, at 32 is how many connections
 * it has open, also if it does not accept.
 */
final class JclusterBalance {
  private static final int SEAT = 64;
  private static final int SEATS = 2048;
  private static final int GATE = 4;
  private static final int OPEN = 1;
  private static final int LISTENS = 2;
  private static final int LAST = 8;
  static final int ANSWERS = 16;
  static final int FAILURES = 24;
  private static final int CONNECTIONS = 32;
  private static final int BEGAN = 40;

  /** Seats are given out from the lowest: after this many free ones, no further one is taken. */
  private static final int GAP = 16;

  /** How long to defer to a worker that has fewer connections open, in ns. */
  private static final long FOR_FEWER = 2_000_000;

  /** How long to defer to one that has as many open, but has waited for longer, in ns. */
  private static final long FOR_LONGER = 200_000;

  /** After deferring in vain, a worker does not defer for this many times as long. */
  private static final long TRUST_LOST = 5;

  /** MAP_RW of FileDispatcherImpl: shared, for reading and writing. */
  private static final int MAP_SHARED = 1;

  private static final long PAUSE = 20_000;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  /** The address of the page; 0 if it is not mapped. */
  private static volatile long page;

  /** The number of this worker's seat. */
  static int number;

  /** Whether this worker may accept once it listens, or only once the supervisor lets it. */
  static boolean opensItself = true;

  private static volatile boolean isOpen;
  private static boolean listens;
  private static long seat;

  /** Whether the others are told that this worker does not accept; see {@link JclusterRamp}. */
  private static volatile boolean full;

  private static long steppedBackSince;
  private static long steppedBackLast;
  private static long impatientUntil;

  /** When any other worker last accepted. */
  private static long othersLast;

  private JclusterBalance() {}

  /** Maps the page and takes the seat, once. */
  static synchronized void map() throws IOException {
    if (page != 0) {
      return;
    }
    String path = JclusterAdoption.directory.concat("/balance");
    if (!new File(path).exists()) {
      throw new IOException("there is no " + path);
    }
    try (RandomAccessFile file = new RandomAccessFile(path, "rw")) {
      long address =
          JclusterMapping.map(
              new FileDispatcherImpl(), file.getFD(), MAP_SHARED, 0, (long) SEAT * SEATS, false);
      seat = address + (long) SEAT * number;
      MEMORY.putLong(seat + LAST, System.nanoTime());
      page = address;
    }
  }

  /** The application listens on all sockets. */
  static void listening() {
    listens = true;
    if (page != 0) {
      // For a supervisor that takes over, and has missed the report.
      MEMORY.compareAndSetInt(null, seat + GATE, 0, LISTENS);
    }
    isOpen();
  }

  /** Whether this worker may accept; it may once it is ready. */
  static boolean isOpen() {
    if (isOpen) {
      return true;
    }
    if (opensItself ? listens : page != 0 && MEMORY.getIntVolatile(null, seat + GATE) == OPEN) {
      JclusterRamp.begin();
      if (page != 0) {
        MEMORY.putLong(seat + BEGAN, System.nanoTime());
      }
      JclusterAnswers.begin();
      isOpen = true;
      publish(JclusterConnections.open());
      return true;
    }
    return false;
  }

  /** Publishes how many connections this worker has open. */
  static void publish(int open) {
    if (page != 0) {
      MEMORY.putInt(seat + CONNECTIONS, open);
    }
    if (page != 0 && isOpen) {
      MEMORY.putIntVolatile(null, seat, JclusterDrain.draining || full ? 0 : open + 1);
    }
  }

  /** Notes that this worker has accepted a connection. */
  static void accepted() {
    if (page != 0) {
      MEMORY.putLong(seat + LAST, System.nanoTime());
    }
  }

  /** Adds 1 to one of this worker's counts, and returns it; 0 if there is no page. */
  static long add(int count) {
    return page == 0 ? 0 : MEMORY.getAndAddLong(null, seat + count, 1) + 1;
  }

  /** One of this worker's counts. */
  static long own(int count) {
    return page == 0 ? 0 : MEMORY.getLongVolatile(null, seat + count);
  }

  /** The sum of a count of all other workers. */
  static long others(int count) {
    long sum = 0;
    for (int i = 0, free = 0; page != 0 && i < SEATS && free < GAP; i++) {
      long other = page + (long) SEAT * i;
      long own = MEMORY.getLongVolatile(null, other + count);
      free = MEMORY.getLong(other + LAST) == 0 ? free + 1 : 0;
      sum += other == seat ? 0 : own;
    }
    return sum;
  }

  /** Whether to leave the waiting connection to another worker. If so, pauses first. */
  static boolean stepBack() {
    if (page == 0) {
      return false;
    }
    long patience = patience();
    if (patience == 0) {
      return false;
    }
    long now = System.nanoTime();
    if (now - impatientUntil < 0) {
      return false;
    }
    // If another worker has accepted since then, deferring was not in vain, and what waits now is
    // another connection. A time in the future is garbage in the page, and would have this worker
    // step back for ever.
    boolean came = othersLast - steppedBackSince > 0 && othersLast - now <= 0;
    if (now - steppedBackLast > Math.max(2 * FOR_FEWER, patience / 4) || came) {
      steppedBackSince = now;
    }
    steppedBackLast = now;
    if (now - steppedBackSince > patience) {
      steppedBackLast = now - 3 * FOR_FEWER - patience;
      impatientUntil = now + TRUST_LOST * patience;
      return false;
    }
    LockSupport.parkNanos(full ? JclusterNet.CLOSED_PAUSE : PAUSE);
    return true;
  }

  /** How long to defer to another worker, in ns; 0 for not at all. */
  private static long patience() {
    int mine = JclusterConnections.open() + 1;
    long last = MEMORY.getLong(seat + LAST);
    long patience = 0;
    long newest = 0;
    boolean alone = true;
    long oldest = MEMORY.getLong(seat + BEGAN);
    for (int i = 0, free = 0; i < SEATS && free < GAP; i++) {
      long other = page + (long) SEAT * i;
      int open = other == seat ? mine : MEMORY.getIntVolatile(null, other);
      if (open == 0) {
        free++;
        continue;
      }
      free = 0;
      if (other != seat) {
        alone = false;
        newest = Math.max(newest, MEMORY.getLong(other + LAST));
        oldest = Math.min(oldest, MEMORY.getLong(other + BEGAN));
      }
      if (patience == 0 && open < mine) {
        patience = FOR_FEWER;
      }
      if (patience == 0 && open == mine && MEMORY.getLong(other + LAST) - last < 0) {
        patience = FOR_LONGER;
      }
    }
    othersLast = newest;
    long leaves = alone ? 0 : JclusterRamp.leaves(oldest);
    boolean nowFull = leaves > 0;
    if (full != nowFull) {
      full = nowFull;
      publish(JclusterConnections.open());
    }
    return nowFull ? leaves : patience;
  }
}
