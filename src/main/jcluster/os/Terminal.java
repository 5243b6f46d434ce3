package jcluster.os;

import com.sun.jna.Memory;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The terminal at this process's standard input and output, taken over for a view of its own: keys
 * are read one by one and not shown, and what was on the screen before is there again at the end.
 * One thread reads keys; any may write and close.
 */
public final class Terminal implements AutoCloseable {
  /** What {@link #key} gives when there is no terminal any more. */
  public static final int GONE = -1;

  // Control sequences of xterm, which other terminals have, too.
  private static final String ALTERNATE_SCREEN = "\u001b[?1049";
  private static final String CURSOR = "\u001b[?25";
  private static final String LINE_WRAP = "\u001b[?7";
  private static final String ON = "h";
  private static final String OFF = "l";

  // struct termios { tcflag_t c_iflag, c_oflag, c_cflag, c_lflag; cc_t c_line; cc_t c_cc[]; ... }
  private static final int C_LFLAG = 12;
  private static final int C_CC = 17;

  private final Fd input = Sys.standardInput();
  private final PrintStream out;
  private final Memory before = new Memory(Libc.SIZEOF_TERMIOS);
  private boolean closed;

  /** How many lines and columns it has. */
  public record Size(int lines, int columns) {}

  /**
   * Takes the terminal over.
   *
   * @param out standard output
   */
  public Terminal(PrintStream out) throws OsException {
    this.out = out;
    Sys.check("tcgetattr", Libc.tcgetattr(input.number(), before));
    try (var own = new Memory(Libc.SIZEOF_TERMIOS)) {
      own.write(0, before.getByteArray(0, Libc.SIZEOF_TERMIOS), 0, Libc.SIZEOF_TERMIOS);
      own.setInt(C_LFLAG, own.getInt(C_LFLAG) & ~(Libc.ICANON | Libc.ECHO));
      // Not to be stopped in this state: nobody would put the terminal back.
      own.setByte(C_CC + Libc.VSUSP, (byte) 0);
      own.setByte(C_CC + Libc.VMIN, (byte) 1);
      own.setByte(C_CC + Libc.VTIME, (byte) 0);
      set(own);
    }
    show(ALTERNATE_SCREEN + ON + CURSOR + OFF + LINE_WRAP + OFF);
  }

  private void set(Memory attributes) throws OsException {
    Sys.check("tcsetattr", Libc.tcsetattr(input.number(), Libc.TCSADRAIN, attributes));
  }

  /** Whether it does not obey control sequences, as far as the environment tells (term(7)). */
  public static boolean isDumb(Map<String, String> environment) {
    return List.of("", "dumb").contains(environment.getOrDefault("TERM", ""));
  }

  /**
   * How large the terminal at standard output is now; one that does not know counts as one of 24
   * lines by 80 columns.
   */
  public static Size size() throws OsException {
    // struct winsize { unsigned short ws_row; unsigned short ws_col; ... }
    try (var size = new Memory(Libc.SIZEOF_WINSIZE)) {
      Sys.check(
          "ioctl TIOCGWINSZ", Libc.ioctl(Sys.standardOutput().number(), Libc.TIOCGWINSZ, size));
      int lines = Short.toUnsignedInt(size.getShort(0));
      int columns = Short.toUnsignedInt(size.getShort(2));
      return lines == 0 || columns == 0 ? new Size(24, 80) : new Size(lines, columns);
    }
  }

  /**
   * Waits for a key.
   *
   * @param nanos how long at most
   * @return its first byte, or {@link #GONE}; empty if none came in that time
   */
  public OptionalInt key(long nanos) throws OsException {
    if (!Poll.isReadable(input, nanos)) {
      return OptionalInt.empty();
    }
    byte[] key = new byte[1];
    OptionalInt count = Sys.read(input, key);
    return count.isEmpty() ? count : OptionalInt.of(count.getAsInt() == 0 ? GONE : key[0]);
  }

  /** Writes text with control sequences, unless it is closed. */
  public synchronized void show(String text) {
    if (!closed) {
      out.print(text);
      out.flush();
    }
  }

  /** Puts the terminal back as it was, once. */
  @Override
  public synchronized void close() {
    if (!closed) {
      show(LINE_WRAP + ON + CURSOR + ON + ALTERNATE_SCREEN + OFF);
      closed = true;
      Libc.tcsetattr(input.number(), Libc.TCSADRAIN, before); // If it fails, it is gone.
    }
  }
}
