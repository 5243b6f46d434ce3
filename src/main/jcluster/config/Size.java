package jcluster.config;

import static jcluster.config.Words.refused;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them, in the syntax of systemd.syntax(7). */
final class Size {
  /** The least size, 1 MiB, in bytes: a smaller one was meant in another unit. */
  static final long MIN = 1L << 20;

  /** The greatest size, 1024 TiB, in bytes. */
  static final long MAX = 1L << 50;

  private static final Pattern SIZE = Pattern.compile("([0-9]{1,20}(?:\\.[0-9]{1,20})?)([KMGT]?)");

  /** Each is 1024 times the one before it. */
  private static final String UNITS = "KMGT";

  private Size() {}

  /**
   * Reads a size such as {@code 512M} or {@code 1.5G}; a number alone is in bytes. Fractions of a
   * byte are cut off.
   *
   * @return bytes, from {@link #MIN} to {@link #MAX}
   * @throws IllegalArgumentException for any other text, with a message for people
   */
  static long parse(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      throw refused(
          text,
          "is not a size: allowed are numbers with K, M, G or T behind them, such as 512M or 1.5G,"
              + " or bytes alone");
    }
    int unit = size.group(2).isEmpty() ? 0 : UNITS.indexOf(size.group(2)) + 1;
    BigDecimal bytes =
        new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(1L << (10 * unit)));
    if (bytes.compareTo(BigDecimal.valueOf(MIN)) < 0) {
      throw refused(text, "is too small: allowed is 1M or more");
    }
    if (bytes.compareTo(BigDecimal.valueOf(MAX)) > 0) {
      throw refused(text, "is too large: allowed is at most 1024T");
    }
    return bytes.longValue();
  }
}
