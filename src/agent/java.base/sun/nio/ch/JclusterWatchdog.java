package sun.nio.ch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends signs of life. They show that the JVM runs Java code and has memory for it. They do not
 * show that the application makes progress, which it has to report itself.
 */
final class JclusterWatchdog extends Thread {
  /** How many signs of life are sent in the time in which one is expected. */
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
        // Then this sign of life is missing.
      }
      LockSupport.parkNanos(interval);
      interrupted(); // Clears an interrupt by the application, with which it could not park.
    }
  }
}
