package jcluster.view;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import jcluster.model.Time;

/** The load of a worker in the last minute: how many requests it has answered in each second. */
final class Load {
  /** How many rates are kept. */
  static final int LENGTH = 60;

  /** From hardly any load to the highest one. */
  private static final String BLOCKS = "▁▂▃▄▅▆▇█";

  private static final String ASCII = ".:-=+*#@";

  private final Deque<Double> rates = new ArrayDeque<>(); // the newest first
  private long answers;
  private long at;

  /**
   * Nothing is known of the load yet.
   *
   * @param answers how many requests the worker has answered by now
   * @param now in nanoseconds
   */
  Load(long answers, long now) {
    this.answers = answers;
    this.at = now;
  }

  /** Notes how many requests the worker has answered by now, which is later than the last time. */
  void note(long count, long now) {
    double seconds = (now - at) / (double) Time.SECOND;
    rates.addFirst(Math.max(0, count - answers) / seconds);
    if (rates.size() > LENGTH) {
      rates.removeLast();
    }
    answers = count;
    at = now;
  }

  /** Requests per second, lately; 0 if that is not known. */
  double rate() {
    return rates.isEmpty() ? 0 : rates.getFirst();
  }

  /** The highest of the last {@code count} rates; 0 if there is none. */
  double highest(int count) {
    return rates.stream().limit(count).mapToDouble(rate -> rate).max().orElse(0);
  }

  /**
   * The load as a bar for each rate, the newest one at the right.
   *
   * @param width how many bars there may be
   * @param highest the rate of a full bar
   */
  String bars(int width, double highest, boolean unicode) {
    String bars = unicode ? BLOCKS : ASCII;
    var text = new StringBuilder();
    Iterator<Double> rate = rates.iterator();
    while (text.length() < width && rate.hasNext()) {
      double one = rate.next();
      int height = (int) Math.ceil(one / highest * bars.length());
      text.append(one > 0 ? bars.charAt(Math.min(height, bars.length()) - 1) : ' ');
    }
    return " ".repeat(width - text.length()) + text.reverse();
  }
}
