package sun.nio.ch;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.concurrent.locks.LockSupport;
import jdk.internal.misc.Unsafe;

/**
 * Least connections first, without a proxy: each worker publishes how many connections it has open
 * in a page that all share, and one that is busier than another lets that one accept. It does so
 * for a moment only: who does not come in that time is not waited for again for a while.
 *
 * <p>Each worker has a seat of 16 bytes, see {@code Seats} of the supervisor: how many connections
 * it has open plus 1, or 0 if it does not accept; at 4, which the supervisor writes, whether it may
 * ({@link #OPEN}), after this worker has said that it listens; at 8, when it last accepted, by
 * CLOCK_MONOTONIC, which is the same clock for all.
 */
final class JclusterBalance {
  private static final int SEAT = 16;
  private static final int SEATS = 2048;
  private static final int GATE = 4;
  private static final int OPEN = 1;
  private static final int LISTENS = 2;
  private static final int LAST = 8;

  /** Seats are given out from the lowest; after so many free ones none is taken. */
  private static final int GAP = 16;

  /** For how long one lets another accept that has fewer open, in ns. */
  private static final long FOR_FEWER = 2_000_000;

  /** For how long if it has as many, but has waited for longer. */
  private static final long FOR_LONGER = 200_000;

  /** After one that did not come, nobody is let go first for so many times what it was given. */
  private static final long TRUST_LOST = 5;

  /** MAP_RW of FileDispatcherImpl: shared, to read and write. */
  private static final int MAP_SHARED = 1;

  private static final long PAUSE = 20_000;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  /** Where the page is, or 0. */
  private static volatile long page;

  /** The number of this worker's seat. */
  static int number;

  /** Whether this worker accepts from when it listens, and not only when the supervisor lets it. */
  static boolean opensItself = true;

  private static volatile boolean isOpen;
  private static boolean listens;
  private static long seat;
  private static long steppedBackSince;
  private static long steppedBackLast;
  private static long impatientUntil;

  /** When another one last accepted. */
  private static long othersLast;

  private JclusterBalance() {}

  /** Takes the seat, once. */
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
      // For a supervisor that takes over and was not there when it was told.
      MEMORY.compareAndSetInt(null, seat + GATE, 0, LISTENS);
    }
    isOpen();
  }

  /** Whether this worker may accept, which it may from when it is ready. */
  static boolean isOpen() {
    if (isOpen) {
      return true;
    }
    if (opensItself ? listens : page != 0 && MEMORY.getIntVolatile(null, seat + GATE) == OPEN) {
      isOpen = true;
      publish(JclusterConnections.open());
      return true;
    }
    return false;
  }

  /** Tells the others how many connections this worker has open, if it accepts any. */
  static void publish(int open) {
    if (page != 0 && isOpen) {
      MEMORY.putIntVolatile(null, seat, JclusterDrain.draining ? 0 : open + 1);
    }
  }

  /** This worker has accepted a connection. */
  static void accepted() {
    if (page != 0) {
      MEMORY.putLong(seat + LAST, System.nanoTime());
    }
  }

  /** Whether another worker should have the connection that waits. Pauses before it says so. */
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
    // If one accepted since then, it came, and what waits now is another connection. A time that
    // is still to come is garbage in the page, for which one would step back for ever.
    boolean came = othersLast - steppedBackSince > 0 && othersLast - now <= 0;
    if (now - steppedBackLast > 2 * FOR_FEWER || came) {
      steppedBackSince = now;
    }
    steppedBackLast = now;
    if (now - steppedBackSince > patience) {
      steppedBackLast = now - 3 * FOR_FEWER;
      impatientUntil = now + TRUST_LOST * patience;
      return false;
    }
    LockSupport.parkNanos(PAUSE);
    return true;
  }

  /** For how long, in ns, another one should be let go first. */
  private static long patience() {
    int mine = MEMORY.getIntVolatile(null, seat);
    long last = MEMORY.getLong(seat + LAST);
    long patience = 0;
    long newest = 0;
    for (int i = 0, free = 0; i < SEATS && free < GAP; i++) {
      long other = page + (long) SEAT * i;
      int open = other == seat ? mine : MEMORY.getIntVolatile(null, other);
      if (open == 0) {
        free++;
        continue;
      }
      free = 0;
      if (other != seat) {
        newest = Math.max(newest, MEMORY.getLong(other + LAST));
      }
      if (open < mine) {
        patience = FOR_FEWER;
      }
      if (patience == 0 && open == mine && MEMORY.getLong(other + LAST) - last < 0) {
        patience = FOR_LONGER;
      }
    }
    othersLast = newest;
    return patience;
  }
}
