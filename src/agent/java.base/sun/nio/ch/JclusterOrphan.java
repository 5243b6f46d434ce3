package sun.nio.ch;

import java.io.FileInputStream;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends this worker when it has had no supervisor for a minute, as if it had been told to stop:
 * nobody else would end it. The supervisor holds a FIFO open for writing for as long as it lives. A
 * read of the FIFO waits until the supervisor is gone, and opening it waits until the next one is
 * there (fifo(7)).
 */
final class JclusterOrphan extends Thread {
  /** How long a worker waits for the next supervisor, in ns. */
  private static final long PATIENCE = 60_000_000_000L;

  /** The exit status of a JVM that SIGTERM ends. */
  private static final int STATUS = 143;

  private static String path;

  /** How many supervisors have gone. */
  private static volatile int gone;

  /** How many of them another one has followed. */
  private static volatile int back;

  private final int waitsFor;

  private JclusterOrphan(int waitsFor) {
    super(null, null, "jcluster supervisor", 0, false);
    this.waitsFor = waitsFor;
    setDaemon(true);
  }

  /**
   * Begins to watch.
   *
   * @param fifo the FIFO's path
   */
  static void begin(String fifo) {
    path = fifo;
    new JclusterOrphan(0).start();
  }

  @Override
  public void run() {
    try {
      if (waitsFor > 0) {
        long end = System.nanoTime() + PATIENCE;
        for (long left = PATIENCE; left > 0; left = end - System.nanoTime()) {
          LockSupport.parkNanos(left);
          interrupted(); // Clears an interrupt by the application, with which it could not park.
        }
        if (back < waitsFor) {
          end("its supervisor has been gone for a minute");
        }
        return;
      }
      while (true) {
        watch();
      }
    } catch (IOException e) {
      // The unit is stopped, and its runtime directory is gone.
      end("its supervisor and its files are gone");
    }
  }

  /** Waits until the supervisor that is there, or the next one, is gone. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only this thread writes them
  private static void watch() throws IOException {
    try (FileInputStream fifo = new FileInputStream(path)) {
      back = gone;
      while (fifo.read() >= 0) {
        // Nothing is written.
      }
    }
    gone++;
    new JclusterOrphan(gone).start();
  }

  private static void end(String why) {
    if (!JclusterDrain.draining) {
      System.err.println("jcluster: this worker ends: ".concat(why));
      Runtime.getRuntime().exit(STATUS);
    }
  }
}
