package jcluster.text;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes text from outside harmless to a terminal and to a log: messages of workers, agents and
 * other programs, the contents of files, and data from sockets.
 */
public final class Printable {
  /**
   * Characters that are not printable: control characters (Cc), invisible ones such as those that
   * change the writing direction (Cf), unpaired surrogates (Cs), private-use ones (Co), unassigned
   * ones (Cn), and line and paragraph separators (Zl, Zp).
   */
  private static final Pattern HARMFUL = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  private Printable() {}

  /** The text in one line, with a space in place of each unprintable character. */
  public static String of(String text) {
    return HARMFUL.matcher(text).replaceAll(" ");
  }

  /** The same, but keeps the lines of the text. */
  public static String lines(String text) {
    return text.lines().map(Printable::of).collect(Collectors.joining("\n"));
  }

  /**
   * The first {@code length} chars of the text; one less where that would cut a character in half.
   */
  public static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    boolean half = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
    return text.substring(0, half ? length - 1 : length);
  }
}
