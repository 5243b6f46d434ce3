package jcluster.runtime;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.model.Action.Subject;
import jcluster.model.LogMessage;
import jcluster.model.Time;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Output;
import jcluster.os.Poll;
import jcluster.systemd.Journal;
import jcluster.text.Printable;

/**
 * The supervisor's own log: lines on standard error. Where that is the journal, they are entries of
 * it with fields once the loop runs, and lines only if they cannot be sent as such. For one thread.
 */
public final class Log {
  /** How many bytes may wait to be written; further lines are dropped. */
  private static final int MOST_WAITING = 1 << 18;

  /** How many stack frames of a failure are logged. */
  private static final int MOST_FRAMES = 30;

  /** How long {@link #flush} waits for lines to be written, in nanoseconds. */
  private static final long PATIENCE = Time.SECOND;

  /** How often {@link #flush} looks whether the journal has read its entries, in nanoseconds. */
  private static final long LOOK = Time.MILLI;

  /** The facility of what services write, LOG_DAEMON of syslog(3). */
  private static final String FACILITY = "3";

  private final PrintStream out;
  private final String name;
  private final Optional<Journal> journal;
  private final Optional<Fd> fd;

  /** Where lines go after {@link #attach}, without waiting for their reader; null before. */
  private Output output;

  private Poll poll;
  private final Deque<Text> waiting = new ArrayDeque<>();
  private int size;
  private long lost;

  /**
   * A text that waits to be written.
   *
   * @param entry its entry in the journal; empty if it is to be written as lines
   * @param lines what is left of its lines
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Text(Optional<byte[]> entry, byte[] lines) {}

  /**
   * A log.
   *
   * @param out where lines go until {@link #attach}; for good if {@code fd} is empty
   * @param fd the descriptor that {@code out} writes to, if it is one
   * @param journal the journal, if the lines go there; they begin with their priority then
   *     (sd-daemon(3))
   * @param name the application's, which each line begins with if they do not go to the journal
   */
  public Log(PrintStream out, Optional<Fd> fd, Optional<Journal> journal, String name) {
    this.out = out;
    this.fd = fd;
    this.journal = journal;
    this.name = name;
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
    write(level, Subject.NONE, text);
  }

  /** Writes a message of the model. */
  void write(Action.Log log) {
    write(log.level(), log.subject(), Optional.of(log.message()), log.line());
  }

  /** Writes {@code text}, which is about a worker. */
  void write(Level level, Subject subject, String text) {
    write(level, subject, Optional.empty(), text);
  }

  private void write(Level level, Subject subject, Optional<LogMessage> message, String text) {
    String safe = Printable.lines(text);
    String start = start(level);
    String lines = safe.lines().map(line -> start + line + "\n").collect(Collectors.joining());
    if (output == null) {
      // This program may end before the journal could find out whose entry it is.
      lines.lines().forEach(out::println);
      out.flush();
    } else if (lost > 0 || size > MOST_WAITING) {
      lost += safe.lines().count();
    } else {
      keep(journal.map(j -> entry(level, subject, message, safe)), lines);
      send();
    }
  }

  /** The fields of an entry: systemd.journal-fields(7), and ours in jcluster(1), LOG MESSAGES. */
  private byte[] entry(Level level, Subject subject, Optional<LogMessage> message, String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("MESSAGE", text);
    fields.put("PRIORITY", String.valueOf(level.number()));
    fields.put("SYSLOG_FACILITY", FACILITY);
    fields.put("SYSLOG_IDENTIFIER", name);
    message.ifPresent(m -> fields.put("MESSAGE_ID", m.id()));
    fields.put("JCLUSTER_NAME", name);
    subject.slot().ifPresent(slot -> fields.put("JCLUSTER_SLOT", slot.toString()));
    subject.generation().ifPresent(g -> fields.put("JCLUSTER_GENERATION", g.toString()));
    subject.pid().ifPresent(pid -> fields.put("JCLUSTER_PID", pid.toString()));
    return Journal.entry(fields);
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
    return journal.isPresent() ? "<" + level.number() + ">" : name + ": ";
  }

  private void keep(Optional<byte[]> entry, String lines) {
    var text = new Text(entry, lines.getBytes(StandardCharsets.UTF_8));
    waiting.add(text);
    size += text.lines().length;
  }

  /** Writes as much as there is room for, and the rest when there is more. */
  private void send() {
    forget();
    try {
      while (!waiting.isEmpty()) {
        Optional<Fd> full = sendFirst();
        if (full.isPresent()) {
          poll.onWritable(full.get(), this::send);
          return;
        }
        if (waiting.isEmpty() && lost > 0) {
          String count = lost == 1 ? "a line is" : lost + " lines are";
          String text = count + " missing here: nothing read this log";
          lost = 0;
          write(Level.WARNING, text);
          return;
        }
      }
    } catch (OsException e) {
      // EPIPE and the like: nothing will read this.
      waiting.clear();
      size = 0;
      lost = 0;
    }
  }

  private void forget() {
    poll.forget(output.fd());
    journal.map(Journal::fd).ifPresent(poll::forget);
  }

  /**
   * Writes the first text that waits.
   *
   * @return if there is no room for it, the descriptor to wait for
   */
  private Optional<Fd> sendFirst() throws OsException {
    Text text = waiting.remove();
    if (text.entry().isPresent()) {
      Journal to = journal.orElseThrow();
      try {
        if (to.send(text.entry().get())) {
          size -= text.lines().length;
          return Optional.empty();
        }
        waiting.addFirst(text);
        return Optional.of(to.fd());
      } catch (OsException e) {
        // It is too long, or the journal's socket is gone: its lines instead.
        to.close();
      }
    }
    int count = output.write(text.lines());
    size -= count;
    if (count == text.lines().length) {
      return Optional.empty();
    }
    byte[] rest = Arrays.copyOfRange(text.lines(), count, text.lines().length);
    waiting.addFirst(new Text(Optional.empty(), rest));
    return Optional.of(output.fd());
  }

  /**
   * Waits up to {@link #PATIENCE} until all is written, before this program gives way to another or
   * ends. The journal must also have read its entries: it looks up the process that has sent one,
   * and without it could not tell which unit it belongs to.
   */
  void flush() throws OsException {
    if (output == null) {
      return;
    }
    Poll loop = poll;
    poll = new Poll();
    long end = System.nanoTime() + PATIENCE;
    send();
    for (long left = PATIENCE; left > 0 && !isDone(); left = end - System.nanoTime()) {
      // Nothing tells when an entry is read.
      poll.await(waiting.isEmpty() ? LOOK : left);
    }
    poll = loop;
  }

  private boolean isDone() throws OsException {
    return waiting.isEmpty() && (journal.isEmpty() || journal.get().isRead());
  }
}
