package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jcluster.model.Time;
import jcluster.os.Terminal;
import jcluster.text.Printable;

/**
 * The last line on a terminal while a command waits for a supervisor: it says how the cluster is,
 * and for how long the command has waited. From the first second on, it is written anew in each.
 */
final class ProgressLine implements AutoCloseable {
  private static final String ERASE = "\r\u001b[K";

  private final PrintStream out;
  private final Path socket;
  private final long begunAt = System.nanoTime();
  private final CountDownLatch over = new CountDownLatch(1);
  private String shown = "";

  /**
   * Begins.
   *
   * @param out standard output, a terminal
   * @param socket the supervisor's control socket
   */
  ProgressLine(PrintStream out, Path socket) {
    this.out = out;
    this.socket = socket;
    var thread = new Thread(this::run, "progress");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!isOver()) {
      try {
        String line = StatusCommand.of(socket).summary().line();
        long seconds = (System.nanoTime() - begunAt) / Time.SECOND;
        String time = ", " + Time.text(seconds * Time.SECOND);
        int room = Terminal.size().columns() - 1 - time.length();
        show(Printable.cut(line, Math.max(0, room)) + time);
      } catch (IOException e) {
        show(""); // It is busy with itself; the command will tell.
      }
    }
  }

  /** Whether the command is over; waits a second for that. */
  private boolean isOver() {
    try {
      return over.await(Time.SECOND, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e); // Nobody interrupts this thread.
    }
  }

  private synchronized void show(String text) {
    if (over.getCount() > 0) {
      shown = text;
      out.print(ERASE + text);
      out.flush();
    }
  }

  /** Prints a line above this one. */
  synchronized void above(String line) {
    out.print(ERASE + line + "\n" + shown);
    out.flush();
  }

  /** Erases it. */
  @Override
  public synchronized void close() {
    show("");
    over.countDown();
  }
}
