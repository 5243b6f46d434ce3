package jcluster.control;

import jcluster.model.Outcome;
import jcluster.text.Printable;

/**
 * What goes over a control socket, in UTF-8. The client sends one line, the request. The supervisor
 * sends lines that begin with {@code +}, to be shown as they come, and then its answer: the lines
 * that begin with {@code -}, and a last one that begins with {@code =} and the exit status.
 */
final class Protocol {
  /** The longest request, in bytes with its newline. */
  static final int MAX_REQUEST = 256;

  /** The longest line that a client takes, in bytes without its newline. */
  static final int MAX_LINE = 1 << 16;

  /** How much of a line is sent, in chars: a line of these is never too long. */
  static final int MAX_TEXT = MAX_LINE / 4;

  /** The longest answer that a client takes, in bytes without its newlines. */
  static final int MAX_ANSWER = 1 << 20;

  private Protocol() {}

  /** The lines that show {@code text} on the way. */
  static String progress(String text) {
    return marked("+ ", text);
  }

  /** The lines that answer {@code text}. */
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

  /** Whether a line is to be shown at once. */
  static boolean isProgress(String line) {
    return line.startsWith("+ ");
  }

  /** Whether a line is the last. */
  static boolean isLast(String line) {
    return line.matches("= [0-9]{1,3} .*");
  }

  /** The exit status in the last line. */
  static int status(String last) {
    return Integer.parseInt(last.substring(2, last.indexOf(' ', 2)));
  }

  /** What a line shows. */
  static String text(String line) {
    return line.substring(line.indexOf(' ', line.startsWith("=") ? 2 : 0) + 1);
  }
}
