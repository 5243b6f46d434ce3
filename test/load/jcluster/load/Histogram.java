package jcluster.load;

/**
 * How often each value was added, to seven significant bits: percentiles are 1.6 % high at most.
 */
final class Histogram {
  private static final int HALF = 64;

  private final long[] counts = new long[HALF * (Long.SIZE - 5)];
  private long total;
  private long max;

  void add(long value) {
    int shift = Math.max(0, Long.SIZE - 1 - Long.numberOfLeadingZeros(value / HALF));
    counts[HALF * shift + (int) (value >>> shift)]++;
    total++;
    max = Math.max(max, value);
  }

  /**
   * The value that {@code percent} of all values do not exceed; exact for 100; 0 if there are no
   * values.
   */
  long percentile(double percent) {
    long rank = (long) Math.ceil(total * percent / 100);
    long seen = 0;
    for (int i = 0; i < counts.length && seen < rank; i++) {
      seen += counts[i];
      if (seen >= rank) {
        int shift = Math.max(0, i / HALF - 1);
        return Math.min(max, ((i - (long) HALF * shift + 1) << shift) - 1);
      }
    }
    return 0;
  }
}
