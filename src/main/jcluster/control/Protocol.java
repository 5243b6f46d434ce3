package jcluster.control;

import jcluster.model.Outcome;

/**
 * What goes over a control socket. The client sends one line, the request. The supervisor sends
 * lines that begin with {@code +}, to be shown as they come, and then one that begins with {@code
 * =} and the exit status, to end with. All in UTF-8.
 */
final class Protocol {
  /** The longest request, in bytes with its newline. */
  static final int MAX_REQUEST = 256;

  private static final String PROGRESS = "+ ";
  private static final String ANSWER = "= ";

  private Protocol() {}

  /** The lines that show {@code text}. */
  static String progress(String text) {
    var lines = new StringBuilder();
    text.lines().forEach(line -> lines.append(PROGRESS).append(line).append('\n'));
    return lines.toString();
  }

  /** The lines that show all but the last line of {@code text} and end with that. */
  static String answer(Outcome outcome, String text) {
    int last = text.lastIndexOf('\n') + 1;
    return progress(text.substring(0, last))
        + ANSWER
        + outcome.status()
        + " "
        + text.substring(last)
        + "\n";
  }

  /** Whether a line shows something, and what is to come. */
  static boolean isProgress(String line) {
    return line.startsWith(PROGRESS);
  }

  /** Whether a line is the last. */
  static boolean isAnswer(String line) {
    return line.matches("= [0-9]{1,3} .*");
  }

  /** The exit status in the last line. */
  static int status(String answer) {
    return Integer.parseInt(answer.substring(ANSWER.length(), answer.indexOf(' ', 2)));
  }

  /** What a line shows. */
  static String text(String line) {
    return isProgress(line)
        ? line.substring(PROGRESS.length())
        : line.substring(line.indexOf(' ', ANSWER.length()) + 1);
  }
}
