package jcluster.runtime;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcluster.model.Action.Level;
import jcluster.model.Time;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Output;
import jcluster.os.Poll;
import jcluster.text.Printable;

/**
 * The supervisor's own log: lines on standard error, which systemd connects to the journal. For one
 * thread.
 */
public final class Log {
  /** How many bytes may wait to be written; further lines are dropped. */
  private static final int MOST_WAITING = 1 << 18;

  /** How many stack frames of a failure are logged. */
  private static final int MOST_FRAMES = 30;

  /** How long {@link #flush} waits for lines to be written, in nanoseconds. */
  private static final long PATIENCE = Time.SECOND;

  private final PrintStream out;
  private final String prefix;
  private final boolean journal;
  private final Optional<Fd> fd;

  /** Where lines go after {@link #attach}, without waiting for their reader; null before. */
  private Output output;

  private Poll poll;
  private final Deque<byte[]> waiting = new ArrayDeque<>();
  private int size;
  private long lost;

  /**
   * A log.
   *
   * @param out where lines go until {@link #attach}; for good if {@code fd} is empty
   * @param fd the descriptor that {@code out} writes to, if it is one
   * @param journal whether the lines go to the journal and begin with their priority (sd-daemon(3))
   * @param name what each line begins with if they do not go to the journal
   */
  public Log(PrintStream out, Optional<Fd> fd, boolean journal, String name) {
    this.out = out;
    this.fd = fd;
    this.journal = journal;
    this.prefix = name + ": ";
  }

  /**
   * From here on, nothing waits for the reader of the log. Lines that it does not take yet are
   * kept. Beyond {@link #MOST_WAITING} bytes they are dropped, and a line tells how many are
   * missing.
   */
  void attach(Poll loop) throws OsException {
    if (fd.isPresent()) {
      poll = loop;
      output = Output.of(fd.get());
    }
  }

  /** Writes {@code text}, which may have several lines, in a form that is safe to print. */
  public void write(Level level, String text) {
    String start = start(level);
    Printable.lines(text).lines().forEach(line -> line(start + line));
    if (output == null) {
      out.flush();
    } else {
      send();
    }
  }

  /** Logs a failure of this program itself. */
  void failure(Throwable failure) {
    StackTraceElement[] frames = failure.getStackTrace();
    String trace = trace(Stream.of(frames).limit(MOST_FRAMES));
    write(Level.ERROR, "this supervisor has failed: " + failure + trace);
  }

  /**
   * Logs a thread dump in place of the JVM, which does not handle SIGQUIT with {@code -Xrs}
   * (java(1)).
   */
  void threads() {
    Thread.getAllStackTraces()
        .forEach((thread, frames) -> write(Level.NOTICE, thread + trace(Stream.of(frames))));
  }

  private static String trace(Stream<StackTraceElement> frames) {
    return frames.map(frame -> "\n    at " + frame).collect(Collectors.joining());
  }

  /** What a line begins with. journald takes a priority for one line alone, so each has its own. */
  private String start(Level level) {
    return journal ? "<" + level.number() + ">" : prefix;
  }

  private void line(String line) {
    if (output == null) {
      out.println(line);
    } else if (lost > 0 || size > MOST_WAITING) {
      lost++;
    } else {
      keep(line);
    }
  }

  private void keep(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    waiting.add(bytes);
    size += bytes.length;
  }

  /** Writes as much as there is room for, and the rest when there is more. */
  private void send() {
    try {
      while (!waiting.isEmpty()) {
        byte[] line = waiting.remove();
        int count = output.write(line);
        size -= count;
        if (count < line.length) {
          waiting.addFirst(Arrays.copyOfRange(line, count, line.length));
          poll.onWritable(output.fd(), this::send);
          return;
        }
        if (waiting.isEmpty() && lost > 0) {
          String missing = lost == 1 ? "a line is missing here" : lost + " lines are missing here";
          keep(start(Level.WARNING) + missing + ": nothing read this log");
          lost = 0;
        }
      }
    } catch (OsException e) {
      // EPIPE and the like: nothing will read this.
      waiting.clear();
      size = 0;
      lost = 0;
    }
    poll.forget(output.fd());
  }

  /**
   * Waits up to {@link #PATIENCE} until all is written, before this program gives way to another or
   * ends.
   */
  void flush() throws OsException {
    if (output == null) {
      return;
    }
    Poll loop = poll;
    poll = new Poll();
    long end = System.nanoTime() + PATIENCE;
    send();
    for (long left = PATIENCE; !waiting.isEmpty() && left > 0; left = end - System.nanoTime()) {
      poll.await(left);
    }
    poll = loop;
  }
}
