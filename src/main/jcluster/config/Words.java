package jcluster.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jcluster.text.Printable;

/** Splits a value into words and puts words together, and quotes text for messages. */
public final class Words {
  private static final Pattern ESCAPE =
      Pattern.compile(
          "\\\\(?:[abfnrtvs\\\\\"']|x[0-9a-fA-F]{2}|[0-3][0-7]{2}"
              + "|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})");
  private static final String LETTERS = "abfnrtvs";
  private static final String MEANINGS = "\7\b\f\n\r\t\13 ";
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern PLAIN = Pattern.compile("[^\\s\\p{Cc}\"'\\\\]+");
  private static final int SHOWN = 80;

  private Words() {}

  /**
   * Splits a value into words, with the quotes and C escapes of systemd.syntax(7). As in systemd
   * itself, a quote may also open inside a word, so {@code A="b c"} is one.
   *
   * @throws IllegalArgumentException for an unbalanced quote, an unknown escape, or an escape that
   *     gives a NUL byte or no valid UTF-8
   */
  public static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    // Bytes, because \xHH is one byte: a character may be written as several of these escapes.
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    boolean inWord = false;
    int quote = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int length = Character.charCount(c);
      if (quote == 0 && " \t\n\r".indexOf(c) >= 0) {
        if (inWord) {
          words.add(decode(word));
        }
        inWord = false;
      } else if (c == quote) {
        quote = 0;
      } else {
        inWord = true;
        if (quote == 0 && (c == '"' || c == '\'')) {
          quote = c;
        } else if (c == '\\') {
          String escape = escape(text, i);
          word.writeBytes(meaning(escape));
          length = escape.length();
        } else {
          word.writeBytes(Character.toString(c).getBytes(UTF_8));
        }
      }
      i += length;
    }
    if (quote != 0) {
      throw refused(
          text, "has an unbalanced " + (char) quote + ": close it or write \\" + (char) quote);
    }
    if (inWord) {
      words.add(decode(word));
    }
    return words;
  }

  /** The text of one line that {@link #split} makes these words of. */
  public static String join(List<String> words) {
    return words.stream().map(Words::quote).collect(Collectors.joining(" "));
  }

  private static String quote(String word) {
    if (PLAIN.matcher(word).matches()) {
      return word;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (Character.isISOControl(c)) {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  /** The escape that starts at an index of a text. */
  private static String escape(String text, int start) {
    Matcher escape = ESCAPE.matcher(text).region(start, text.length());
    if (!escape.lookingAt()) {
      throw refused(
          text.substring(start, Math.min(start + 2, text.length())),
          "does not start an escape: allowed are"
              + " \\a \\b \\f \\n \\r \\t \\v \\s \\\\ \\\" \\' \\xHH \\NNN \\uHHHH \\UHHHHHHHH");
    }
    return escape.group();
  }

  /** The bytes that an escape stands for. */
  private static byte[] meaning(String escape) {
    char kind = escape.charAt(1);
    int letter = LETTERS.indexOf(kind);
    int value =
        switch (kind) {
          case 'x', 'u', 'U' -> Integer.parseUnsignedInt(escape.substring(2), 16);
          case '0', '1', '2', '3' -> Integer.parseInt(escape.substring(1), 8);
          default -> letter < 0 ? kind : MEANINGS.charAt(letter);
        };
    if (value == 0
        || !Character.isValidCodePoint(value)
        || Character.getType(value) == Character.SURROGATE) {
      throw refused(escape, "is not a character: allowed is Unicode without NUL and surrogates");
    }
    return kind == 'u' || kind == 'U'
        ? Character.toString(value).getBytes(UTF_8)
        : new byte[] {(byte) value};
  }

  /** Takes the gathered word and empties the buffer. */
  private static String decode(ByteArrayOutputStream word) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(word.toByteArray())).toString();
    } catch (CharacterCodingException e) {
      throw refused(word.toString(UTF_8), "is not valid UTF-8: check its \\x escapes");
    } finally {
      word.reset();
    }
  }

  /**
   * Returns {@code text} if it is a valid name of an environment variable.
   *
   * @throws IllegalArgumentException if it is not
   */
  static String name(String text) {
    if (!NAME.matcher(text).matches()) {
      throw refused(
          text,
          "is not a variable name: allowed are ASCII letters, digits and _,"
              + " the first no digit");
    }
    return text;
  }

  /**
   * The exception for a parser to throw: a user's text in single ticks, then what is wrong with it.
   */
  public static IllegalArgumentException refused(String text, String why) {
    return new IllegalArgumentException(tick(text) + " " + why);
  }

  /** A user's text for a message: in single ticks, cut short, and harmless to a terminal. */
  public static String tick(String text) {
    String shown = Printable.cut(text, SHOWN);
    return "'" + Printable.of(shown) + (shown.length() < text.length() ? "...'" : "'");
  }
}
