package sun.nio.ch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Signs of life: they show that the JVM runs Java code and has memory for it. They do not show that
 * the application gets on, for which it has to speak itself.
 */
final class JclusterWatchdog extends Thread {
  /** How many signs of life there are in the time in which one is expected. */
  private static final int BEATS = 3;

  private final long interval;

  private JclusterWatchdog(long millis) {
    super(null, null, "jcluster watchdog", 0, false);
    interval = TimeUnit.MILLISECONDS.toNanos(millis) / BEATS;
  }

  /**
   * Begins to give signs of life.
   *
   * @param millis Watchdog=
   */
  static void begin(long millis) {
    JclusterWatchdog watchdog = new JclusterWatchdog(millis);
    watchdog.setDaemon(true);
    watchdog.start();
  }

  @Override
  public void run() {
    while (true) {
      try {
        JclusterReports.tell("WATCHDOG", "1");
      } catch (OutOfMemoryError e) {
        // That was none, then.
      }
      LockSupport.parkNanos(interval);
      interrupted(); // An application that interrupts all there is; it could not park any more.
    }
  }
}
