package jcluster.control;

import jcluster.model.Outcome;
import jcluster.text.Printable;

/**
 * The protocol of the control socket, in UTF-8. The client sends one line, the request. The
 * supervisor sends progress lines, which begin with {@code +} and are shown as they arrive. Then it
 * sends its answer: lines that begin with {@code -}, and a last one that begins with {@code =} and
 * the exit status.
 */
final class Protocol {
  /** The longest request, in bytes with its newline. */
  static final int MAX_REQUEST = 256;

  /** The longest line that a client takes, in bytes without its newline. */
  static final int MAX_LINE = 1 << 16;

  /** How much of a line is sent, in chars: as UTF-8, this never exceeds {@link #MAX_LINE}. */
  static final int MAX_TEXT = MAX_LINE / 4;

  /** The longest answer that a client takes, in bytes without its newlines. */
  static final int MAX_ANSWER = 1 << 20;

  private Protocol() {}

  /** The progress lines that show {@code text}. */
  static String progress(String text) {
    return marked("+ ", text);
  }

  /** The lines of the answer {@code text}. */
  static String answer(Outcome outcome, String text) {
    int last = text.lastIndexOf('\n') + 1;
    return marked("- ", text.substring(0, last))
        + "= "
        + outcome.status()
        + " "
        + Printable.cut(text.substring(last), MAX_TEXT)
        + "\n";
  }

  private static String marked(String mark, String text) {
    var lines = new StringBuilder();
    text.lines()
        .forEach(line -> lines.append(mark).append(Printable.cut(line, MAX_TEXT)).append('\n'));
    return lines.toString();
  }

  /** Whether a line is a progress line. */
  static boolean isProgress(String line) {
    return line.startsWith("+ ");
  }

  /** Whether a line is the last one of an answer. */
  static boolean isLast(String line) {
    return line.matches("= [0-9]{1,3} .*");
  }

  /** The exit status in the last line. */
  static int status(String last) {
    return Integer.parseInt(last.substring(2, last.indexOf(' ', 2)));
  }

  /** The text of a line, without its mark and status. */
  static String text(String line) {
    return line.substring(line.indexOf(' ', line.startsWith("=") ? 2 : 0) + 1);
  }
}
