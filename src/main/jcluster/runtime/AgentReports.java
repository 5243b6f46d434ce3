package jcluster.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.control.RuntimeDirectory;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Sys;
import jcluster.text.Printable;

/**
 * Reads what the workers' agents report through a FIFO: lines of the form {@code PID KEY=TEXT}.
 * Anything else in it is ignored. For the loop's thread.
 */
final class AgentReports {
  /**
   * The longest line in bytes, with its newline: PIPE_BUF, up to which a write is atomic, so that
   * lines do not mix (pipe(7)).
   */
  static final int MAX_LINE = 4096;

  /** The capacity of a pipe in bytes (pipe(7)): one turn reads all that was written before it. */
  private static final int TURN = 1 << 16;

  private static final Pattern REPORT = Pattern.compile("([1-9][0-9]{0,8}) ([A-Z]+)=(.*)");

  private final Poll poll;
  private final Path path;
  private final Consumer<Report> listener;
  private final Fd fifo;
  private final byte[] turn = new byte[TURN];

  /** The line read so far; with {@link #MAX_LINE} bytes, it is too long. */
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /**
   * One line.
   *
   * @param pid the process that sent it, as it says itself
   * @param key what it is about
   * @param text what it says, safe to print
   */
  record Report(int pid, String key, String text) {}

  /**
   * Reads from the FIFO whenever {@code poll} finds something in it.
   *
   * @param listener told each report
   * @param fifo the open FIFO at {@code path}
   */
  AgentReports(Poll poll, Path path, Consumer<Report> listener, Fd fifo) {
    this.poll = poll;
    this.path = path;
    this.listener = listener;
    this.fifo = fifo;
    poll.onReadable(fifo, this::receive);
  }

  /** Makes the FIFO, in place of one that an earlier supervisor has left. */
  static Fd make(Path path) throws IOException {
    RuntimeDirectory.remove(path);
    return Sys.fifo(path.toString());
  }

  /** The number of the FIFO's descriptor. */
  int fd() {
    return fifo.number();
  }

  private void receive() {
    try {
      int count = Sys.read(fifo, turn).orElse(0);
      for (int i = 0; i < count; i++) {
        if (turn[i] == '\n') {
          end();
        } else if (line.size() < MAX_LINE) {
          line.write(turn[i]);
        }
      }
    } catch (OsException e) {
      throw new IllegalStateException("cannot hear the agents", e);
    }
  }

  private void end() {
    Matcher report = REPORT.matcher(Printable.of(line.toString(StandardCharsets.UTF_8)));
    if (line.size() < MAX_LINE && report.matches()) {
      int pid = Integer.parseInt(report.group(1));
      listener.accept(new Report(pid, report.group(2), report.group(3)));
    }
    line.reset();
  }

  /** Removes the FIFO. */
  void close() throws IOException {
    poll.forget(fifo);
    fifo.close();
    RuntimeDirectory.remove(path);
  }
}
