package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jcluster.model.Fleet;
import jcluster.model.Rollout;
import jcluster.model.Time;
import jcluster.runtime.BalancePage.Counts;
import jcluster.runtime.ClusterStatus.Row;

/** A cluster's status for people: a line for the whole cluster, then one for each row. */
final class StatusTable {
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

  /** How many of the slots that a rollout has in hand are told in the first line. */
  private static final int MOST = 3;

  private StatusTable() {}

  /** The table. */
  static String of(ClusterStatus status) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    status.rows().forEach(row -> rows.add(cells(row)));
    if (status.rows().stream().allMatch(row -> row.text().isEmpty())) {
      rows.replaceAll(row -> row.subList(0, row.size() - 1)); // To fit into 80 columns
    }
    Fleet fleet = status.fleet();
    return status.name() + ": " + fleet.status() + rollout(fleet) + "\n" + columns(rows);
  }

  private static List<String> cells(Row row) {
    boolean waits = row.state().equals(ClusterStatus.WAITING);
    return List.of(
        String.valueOf(row.slot()),
        cell(row.pid()),
        String.valueOf(row.generation()),
        row.state(),
        cell(row.since().map(nanos -> (waits ? "in " : "") + Time.text(nanos))),
        String.valueOf(row.restarts()),
        cell(row.memory().map(Memory::text)),
        cell(row.counts().map(Counts::connections)),
        cell(row.counts().map(Counts::answers)),
        cell(row.counts().map(Counts::failures)),
        row.text());
  }

  /** A dash in place of what is not known, or is of no worker. */
  private static String cell(Optional<?> value) {
    return value.map(String::valueOf).orElse("-");
  }

  private static String rollout(Fleet fleet) {
    List<Rollout.Turn> turns = fleet.rollout().map(Rollout::inHand).orElse(List.of());
    String first =
        turns.stream()
            .limit(MOST)
            .map(turn -> ", worker " + turn.slot() + ": " + stage(turn.stage()))
            .collect(Collectors.joining());
    return turns.size() > MOST ? first + ", and " + (turns.size() - MOST) + " more" : first;
  }

  private static String stage(Rollout.Stage stage) {
    if (stage instanceof Rollout.Beside) {
      return "its replacement is starting beside it";
    } else if (stage instanceof Rollout.Retire) {
      return "replaced, the old one is draining";
    } else if (stage instanceof Rollout.Withdraw) {
      return "its replacement did not come up and is being stopped";
    } else if (stage instanceof Rollout.Vacate) {
      return "being stopped, to be started afresh";
    } else if (stage instanceof Rollout.Fresh) {
      return "being started afresh";
    }
    throw new AssertionError(stage);
  }

  private static String columns(List<List<String>> rows) {
    var text = new StringBuilder();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
        line.append(row.get(column)).append(" ".repeat(width - row.get(column).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString().stripTrailing();
  }
}
