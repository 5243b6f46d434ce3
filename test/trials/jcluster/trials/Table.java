package jcluster.trials;

import java.util.ArrayList;
import java.util.List;

/** Text in columns, each wrapped at blanks. */
final class Table {
  private final int[] widths;

  Table(int... widths) {
    this.widths = widths;
  }

  /** A row of as many lines as it needs, and an empty one. */
  String row(String... cells) {
    List<List<String>> columns = new ArrayList<>();
    int height = 0;
    for (int i = 0; i < widths.length; i++) {
      columns.add(wrapped(cells[i], widths[i]));
      height = Math.max(height, columns.get(i).size());
    }
    var text = new StringBuilder();
    for (int y = 0; y < height; y++) {
      var line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        List<String> column = columns.get(i);
        String cell = y < column.size() ? column.get(y) : "";
        line.append(cell).append(" ".repeat(widths[i] + 2 - cell.length()));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static List<String> wrapped(String text, int width) {
    List<String> lines = new ArrayList<>();
    var line = new StringBuilder();
    for (String word : text.split("\\s+")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() > 0 ? " " : "").append(word);
      while (line.length() > width) {
        lines.add(line.substring(0, width));
        line.delete(0, width);
      }
    }
    lines.add(line.toString());
    return lines;
  }
}
