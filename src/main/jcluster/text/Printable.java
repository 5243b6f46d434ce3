package jcluster.text;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Text from outside made harmless to a terminal and to a log: what workers, agents and other
 * programs say, what is in files, what comes over a socket.
 */
public final class Printable {
  /**
   * What is no character to look at: control characters (Cc), invisible ones such as those that
   * turn the direction of writing (Cf), half of a pair (Cs), private ones (Co), those that Unicode
   * does not have (Cn), and what ends lines (Zl, Zp).
   */
  private static final Pattern HARMFUL = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  private Printable() {}

  /** The text in one line, with a space for each character that is not harmless. */
  public static String of(String text) {
    return HARMFUL.matcher(text).replaceAll(" ");
  }

  /** The text with such spaces, in the lines that it has. */
  public static String lines(String text) {
    return text.lines().map(Printable::of).collect(Collectors.joining("\n"));
  }

  /** What of the text is in its first {@code length} chars; no character is cut in half. */
  public static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    boolean half = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
    return text.substring(0, half ? length - 1 : length);
  }
}
