package jcluster.model;

import java.util.Locale;

/** Durations as people read them. */
public final class Time {
  /** Nanoseconds in a millisecond. */
  public static final long MILLI = 1_000_000L;

  /** Nanoseconds in a second. */
  public static final long SECOND = 1_000 * MILLI;

  private Time() {}

  /**
   * A duration in nanoseconds as text: {@code 812 ms}, {@code 3.4 s}, {@code 5 min 3 s}, {@code 2 d
   * 4 h}.
   */
  public static String text(long nanos) {
    if (nanos < SECOND) {
      return nanos / MILLI + " ms";
    }
    long tenths = nanos / (SECOND / 10);
    if (tenths < 600) {
      return tenths % 10 == 0
          ? tenths / 10 + " s"
          : String.format(Locale.ROOT, "%d.%d s", tenths / 10, tenths % 10);
    }
    long seconds = nanos / SECOND;
    if (seconds < 3600) {
      return pair(seconds / 60, "min", seconds % 60, "s");
    }
    return seconds < 86_400
        ? pair(seconds / 3600, "h", seconds % 3600 / 60, "min")
        : pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h");
  }

  private static String pair(long large, String unit, long small, String subunit) {
    return small == 0 ? large + " " + unit : large + " " + unit + " " + small + " " + subunit;
  }
}
