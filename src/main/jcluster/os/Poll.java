package jcluster.os;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The descriptors that one thread waits for, and the actions it runs when they are ready (poll(2)).
 * For that thread only.
 */
public final class Poll {
  private final Map<Fd, Watch> watches = new LinkedHashMap<>();

  private record Watch(Fd fd, int events, Runnable action) {}

  /** Runs {@code action} whenever {@code fd} is readable, at its end, or in error. */
  public void onReadable(Fd fd, Runnable action) {
    watches.put(fd, new Watch(fd, Libc.POLLIN, action));
  }

  /**
   * Runs {@code action} whenever {@code fd} can be written to, or is in error; replaces the action
   * that {@code fd} had before.
   */
  public void onWritable(Fd fd, Runnable action) {
    watches.put(fd, new Watch(fd, Libc.POLLOUT, action));
  }

  /**
   * Runs {@code action} whenever {@code fd} is hung up, or is in error; replaces the action that
   * {@code fd} had before.
   */
  public void onHangUp(Fd fd, Runnable action) {
    watches.put(fd, new Watch(fd, 0, action));
  }

  /** Stops watching {@code fd}; to be called before it is closed. */
  public void forget(Fd fd) {
    watches.remove(fd);
  }

  /**
   * Waits until {@code fd} is readable, at its end, or in error.
   *
   * @param nanos how long at most, rounded up to milliseconds; not at all if negative
   * @return false if the time was over before that
   */
  public static boolean isReadable(Fd fd, long nanos) throws OsException {
    var readable = new AtomicBoolean();
    long deadline = System.nanoTime() + nanos;
    Poll poll = new Poll();
    poll.onReadable(fd, () -> readable.set(true));
    do {
      poll.await(deadline - System.nanoTime());
    } while (!readable.get() && System.nanoTime() < deadline);
    return readable.get();
  }

  /**
   * Waits until a descriptor is ready or the time is over. Then runs the actions of the ready
   * descriptors, in the order in which they were first watched. An action may change what is
   * watched: if it forgets a descriptor or replaces its action, the old action does not run any
   * more.
   *
   * @param nanos how long at most, rounded up to milliseconds; {@link Long#MAX_VALUE} for ever
   */
  public void await(long nanos) throws OsException {
    List<Watch> asked = new ArrayList<>(watches.values());
    List<Watch> ready = new ArrayList<>();
    // struct pollfd { int fd; short events; short revents; }
    try (var array = new Memory(Math.max(1, asked.size()) * (long) Libc.SIZEOF_POLLFD)) {
      for (int i = 0; i < asked.size(); i++) {
        long at = (long) i * Libc.SIZEOF_POLLFD;
        array.setInt(at, asked.get(i).fd().number());
        array.setShort(at + 4, (short) asked.get(i).events());
        array.setShort(at + 6, (short) 0);
      }
      int count = Libc.poll(array, asked.size(), milliseconds(nanos));
      if (count < 0 && Native.getLastError() == Libc.EINTR) {
        return;
      }
      Sys.check("poll", count);
      for (int i = 0; i < asked.size(); i++) {
        if (array.getShort((long) i * Libc.SIZEOF_POLLFD + 6) != 0) {
          ready.add(asked.get(i));
        }
      }
    }
    for (Watch watch : ready) {
      if (watch.equals(watches.get(watch.fd()))) {
        watch.action().run();
      }
    }
  }

  private static int milliseconds(long nanos) {
    if (nanos == Long.MAX_VALUE) {
      return -1;
    }
    long rounded = nanos <= 0 ? 0 : (nanos - 1) / 1_000_000 + 1;
    return (int) Math.min(rounded, Integer.MAX_VALUE);
  }
}
