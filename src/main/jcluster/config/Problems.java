package jcluster.config;

import java.util.ArrayList;
import java.util.List;
import jcluster.text.Printable;

/**
 * The problems of a configuration, limited in number and length: a file that is no configuration at
 * all is not worth more than a few lines.
 */
final class Problems {
  private static final int LIMIT = 50;

  /**
   * The longest problem, in characters. A longer one is cut: a value may be as long as its file.
   */
  private static final int LONGEST = 1000;

  private final List<String> first = new ArrayList<>();
  private int more;

  void add(String problem) {
    if (first.size() < LIMIT) {
      first.add(Printable.cut(problem, LONGEST));
    } else {
      more++;
    }
  }

  boolean isEmpty() {
    return first.isEmpty();
  }

  /** The first problems, and a line that says how many more there are. */
  List<String> list() {
    List<String> all = new ArrayList<>(first);
    if (more > 0) {
      String last = first.get(LIMIT - 1);
      all.add(
          last.substring(0, last.indexOf(": ")) + ": and " + more + " more mistakes from here on");
    }
    return all;
  }
}
