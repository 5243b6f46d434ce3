package jcluster.view;

import java.util.ArrayList;
import java.util.List;

/** What a terminal shows, of which only the lines that have changed are written again. */
public final class Screen {
  private List<String> shown = List.of();
  private int columns;

  /**
   * The text that makes a terminal show these lines, at its top and nothing below.
   *
   * @param lines no more than {@code height}, each narrower than {@code columns}: in the last
   *     column, terminals differ in what they erase
   * @param height how many lines the terminal has now
   * @param columns how many columns the terminal has now; if one of both is not as before, all is
   *     written again
   */
  public String update(List<String> lines, int height, int columns) {
    List<String> next = new ArrayList<>(lines);
    while (next.size() < height) {
      next.add("");
    }
    boolean same = shown.size() == height && this.columns == columns;
    var text = new StringBuilder();
    for (int line = 0; line < height; line++) {
      if (!same || !next.get(line).equals(shown.get(line))) {
        // CUP to its beginning, and EL after it (ECMA-48)
        text.append(String.format("\u001b[%d;1H%s\u001b[K", line + 1, next.get(line)));
      }
    }
    shown = next;
    this.columns = columns;
    return text.toString();
  }
}
