package jcluster.config;

import static jcluster.config.Words.refused;

import java.util.ArrayList;
import java.util.List;

/**
 * The assignments of an environment file, in the format that systemd.exec(5) gives for
 * EnvironmentFile=. This parser is stricter in two points: a line that is not an assignment is a
 * mistake, and so is text after a closing quote.
 */
final class EnvironmentFile {
  /** One variable, and the line where it starts. */
  record Assignment(int line, String name, String value) {}

  private static final String BLANKS = " \t\r";
  private static final int END = -1;

  private final String text;
  private int position;
  private int line = 1;

  private EnvironmentFile(String text) {
    this.text = text;
  }

  /**
   * Returns the assignments in the order of the file.
   *
   * @param problems gets the mistakes, as {@code file:line: message}
   */
  static List<Assignment> parse(String file, String text, Problems problems) {
    List<Assignment> assignments = new ArrayList<>();
    EnvironmentFile in = new EnvironmentFile(text);
    for (in.skip(BLANKS + "\n"); in.peek() != END; in.skip(BLANKS + "\n")) {
      int start = in.line;
      try {
        if (in.peek() == '#' || in.peek() == ';') {
          in.until("\n");
        } else {
          assignments.add(in.assignment(start));
        }
      } catch (IllegalArgumentException e) {
        problems.add(file + ":" + start + ": " + e.getMessage());
      }
    }
    return assignments;
  }

  private Assignment assignment(int start) {
    String name = until("=\n").trim();
    if (next() != '=') {
      throw refused(name, "is not an assignment: allowed is NAME=value");
    }
    // The value first: if the name is bad, its value must not be taken for the next assignment.
    String value = value(name);
    return new Assignment(start, Words.name(name), value);
  }

  private String value(String name) {
    skip(BLANKS);
    int quote = peek() == '"' || peek() == '\'' ? next() : 0;
    int stop = quote == 0 ? '\n' : quote;
    StringBuilder value = new StringBuilder();
    int length = 0; // without the blanks that end an unquoted value
    int c = next();
    for (; c != stop && c != END; c = next()) {
      boolean escaped = c == '\\' && quote != '\'';
      if (escaped) {
        c = next();
        if (c == '\n' || c == END) {
          continue;
        }
        if (quote == '"' && "\"\\`$".indexOf(c) < 0) {
          value.append('\\');
        }
      }
      value.append((char) c);
      length = quote != 0 || escaped || BLANKS.indexOf(c) < 0 ? value.length() : length;
    }
    if (quote != 0 && c == END) {
      throw refused(name, "has a value with an unbalanced " + (char) quote + ": close it");
    }
    String rest = quote == 0 ? "" : until("\n").trim();
    if (!rest.isEmpty()) {
      throw refused(rest, "follows a closing quote: allowed is the end of the line");
    }
    return value.substring(0, length);
  }

  private int peek() {
    return position < text.length() ? text.charAt(position) : END;
  }

  private int next() {
    int c = peek();
    position += c == END ? 0 : 1;
    line += c == '\n' ? 1 : 0;
    return c;
  }

  private void skip(String characters) {
    while (characters.indexOf(peek()) >= 0) {
      next();
    }
  }

  /** Takes the text up to the first of some characters, or all the rest. */
  private String until(String characters) {
    int start = position;
    while (peek() != END && characters.indexOf(peek()) < 0) {
      next();
    }
    return text.substring(start, position);
  }
}
