package jcluster.config;

import static jcluster.config.Words.refused;

import java.math.BigDecimal;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Time spans as people write them, in the syntax of systemd.time(7). */
public final class Span {
  /** The longest span, one week, in nanoseconds. */
  public static final long MAX = TimeUnit.DAYS.toNanos(7);

  private static final Pattern PART =
      Pattern.compile("[ \\t]*+([0-9]++(?:\\.[0-9]++)?+)[ \\t]*+([a-z\u00b5\u03bc]*+)[ \\t]*+");

  /** Keeps the arithmetic small whatever the file holds; no sensible span is as long. */
  private static final int LONGEST_TEXT = 100;

  private Span() {}

  /**
   * Reads a span such as {@code 500ms}, {@code 1.5s} or {@code 2min 30s}; a number alone is in
   * seconds. Fractions of a nanosecond are cut off.
   *
   * @return nanoseconds, from 0 to {@link #MAX}
   * @throws IllegalArgumentException for any other text, {@code infinity}, or a span of more than a
   *     week, with a message for people
   */
  public static long parse(String text) {
    if (text.equals("infinity")) {
      throw new IllegalArgumentException("'infinity' has no end: allowed is at most 1 week");
    }
    BigDecimal sum = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    int start = 0;
    do {
      boolean found =
          text.length() <= LONGEST_TEXT && part.region(start, text.length()).lookingAt();
      boolean alone = found && start == 0 && part.end() == text.length();
      long unit = found ? unit(part.group(2)) : 0;
      if (unit == 0 || (part.group(2).isEmpty() && !alone)) {
        throw refused(
            text,
            "is not a time span: allowed are numbers with the units us, ms, s, min, h, d or"
                + " w, such as 500ms or 2min 30s, or seconds alone");
      }
      sum = sum.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
      start = part.end();
    } while (start < text.length());
    if (sum.compareTo(BigDecimal.valueOf(MAX)) > 0) {
      throw refused(text, "is too long: allowed is at most 1 week");
    }
    return sum.longValue();
  }

  /** The nanoseconds in a unit; no unit means seconds, and an unknown one gives 0. */
  private static long unit(String name) {
    return switch (name) {
      case "us", "usec", "\u00b5s", "\u03bcs" -> 1_000; // micro sign and Greek mu
      case "ms", "msec" -> 1_000_000;
      case "", "s", "sec", "second", "seconds" -> 1_000_000_000;
      case "m", "min", "minute", "minutes" -> TimeUnit.MINUTES.toNanos(1);
      case "h", "hr", "hour", "hours" -> TimeUnit.HOURS.toNanos(1);
      case "d", "day", "days" -> TimeUnit.DAYS.toNanos(1);
      case "w", "week", "weeks" -> MAX;
      default -> 0;
    };
  }
}
