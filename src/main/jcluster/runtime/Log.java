package jcluster.runtime;

import java.io.PrintStream;
import jcluster.model.Action.Level;
import jcluster.text.Printable;

/** The supervisor's own log: lines on standard error, which systemd connects to the journal. */
public final class Log {
  private final PrintStream out;
  private final String prefix;
  private final boolean journal;

  /**
   * A log.
   *
   * @param journal whether the lines go to the journal and carry their priority in sd-daemon(3)'s
   *     way
   * @param name what to put before each line where no journal does
   */
  public Log(PrintStream out, boolean journal, String name) {
    this.out = out;
    this.journal = journal;
    this.prefix = name + ": ";
  }

  /** Writes {@code text}, which may be of several lines, harmless to who reads it. */
  public void write(Level level, String text) {
    // journald reads a priority at the start of each line, and not of those that follow it.
    String start = journal ? "<" + level.number() + ">" : prefix;
    Printable.lines(text).lines().forEach(l -> out.println(start + l));
    out.flush();
  }
}
