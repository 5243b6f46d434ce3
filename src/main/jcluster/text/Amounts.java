package jcluster.text;

import java.util.Locale;

/** Numbers as people read them. */
public final class Amounts {
  private static final String UNITS = "kMGTPE";

  private Amounts() {}

  /** A number of bytes in MiB, as in {@code 612.3M}. */
  public static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1fM", bytes / 1048576.0);
  }

  /** A number of bytes in at most 6 chars, as in {@code 612.3M} and {@code 1.5G}. */
  public static String bytes(long bytes) {
    double mebibytes = bytes / 1048576.0;
    return mebibytes < 999.95
        ? mebibytes(bytes)
        : String.format(Locale.ROOT, "%.1fG", mebibytes / 1024);
  }

  /**
   * A count in at most {@code width} chars, 5 or more: all its digits where they fit, else as in
   * {@code 12.3k} and {@code 812M}.
   */
  public static String count(long count, int width) {
    String text = String.valueOf(count);
    double rest = count;
    for (int unit = 0; text.length() > width; unit++) {
      rest /= 1000;
      String format = Math.abs(rest) < 99.95 ? "%.1f%s" : "%.0f%s";
      text = String.format(Locale.ROOT, format, rest, UNITS.charAt(unit));
    }
    return text;
  }

  /** A rate in at most 5 chars: with one decimal below 10. */
  public static String rate(double rate) {
    return rate > 0 && rate < 9.95
        ? String.format(Locale.ROOT, "%.1f", rate)
        : count(Math.round(rate), 5);
  }
}
