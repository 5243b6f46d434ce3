package jcluster.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcluster.model.Time;
import jcluster.runtime.ClusterStatus;
import jcluster.runtime.ClusterStatus.Row;
import jcluster.text.Amounts;

/** A cluster's status for people: a line for the whole cluster, then one for each row. */
public final class StatusTable {
  private static final List<String> HEADINGS =
      List.of(
          "SLOT",
          "PID",
          "GEN",
          "STATE",
          "SINCE",
          "RESTARTS",
          "MEMORY",
          "OPEN",
          "ANSWERS",
          "ERRORS",
          "STATUS");

  private static final int STATE = HEADINGS.indexOf("STATE");

  private StatusTable() {}

  /** The table. */
  public static String of(ClusterStatus status, Colours colours) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    status.rows().forEach(row -> rows.add(cells(row)));
    if (status.rows().stream().allMatch(row -> row.text().isEmpty())) {
      rows.replaceAll(row -> row.subList(0, row.size() - 1)); // To fit into 80 columns
    }
    return colours.line(status.summary().line()) + "\n" + columns(rows, colours);
  }

  private static List<String> cells(Row row) {
    return List.of(
        String.valueOf(row.slot()),
        cell(row.pid()),
        String.valueOf(row.generation()),
        row.state(),
        cell(row.since().map(nanos -> (row.waits() ? "in " : "") + Time.text(nanos))),
        String.valueOf(row.restarts()),
        cell(row.memory().map(Amounts::mebibytes)),
        cell(row.connections()),
        cell(row.answers()),
        cell(row.errors()),
        row.text());
  }

  /** A dash in place of what is not known, or is of no worker. */
  private static String cell(Optional<?> value) {
    return value.map(String::valueOf).orElse("-");
  }

  private static String columns(List<List<String>> rows, Colours colours) {
    var text = new StringBuilder();
    for (List<String> row : rows) {
      boolean headings = text.length() == 0;
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
        String cell = row.get(column);
        line.append(column == STATE && !headings ? colours.state(cell, cell) : cell);
        line.append(" ".repeat(width - cell.length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString().stripTrailing();
  }
}
