package jcluster.view;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import jcluster.runtime.ClusterStatus;
import jcluster.runtime.ClusterStatus.Row;
import jcluster.runtime.ClusterStatus.Summary;

/** A cluster's status for programs, as JSON (RFC 8259). jcluster(1) specifies its members. */
public final class StatusJson {
  /** Goes up when a member changes its meaning or goes, not when one is added. */
  private static final int VERSION = 1;

  private StatusJson() {}

  /** The text. */
  public static String of(ClusterStatus status) {
    Summary summary = status.summary();
    var members = new Members(",\n  ", "{\n  ", ",\n  \"workers\": [\n");
    members.add("version", VERSION);
    members.add("name", summary.name());
    members.add("status", summary.status());
    members.add("state", summary.state());
    members.add("instances", summary.instances());
    members.add("ready", summary.ready());
    members.add("generation", summary.generation());
    members.add("replaced", summary.replaced());
    members.add("lastLoss", summary.lastLoss());
    members.add("reloadFailure", summary.reloadFailure());
    return members
        + status.rows().stream().map(StatusJson::worker).collect(Collectors.joining(",\n"))
        + "\n  ]\n}";
  }

  private static String worker(Row row) {
    var members = new Members(", ", "    {", "}");
    members.add("slot", row.slot());
    members.add("pid", row.pid());
    members.add("generation", row.generation());
    members.add("state", row.state());
    members.add(row.waits() ? "due" : "since", row.since().map(StatusJson::seconds));
    members.add("restarts", row.restarts());
    members.add("memory", row.memory());
    members.add("connections", row.connections());
    members.add("answers", row.answers());
    members.add("errors", row.errors());
    members.add("text", row.text());
    return members.toString();
  }

  /** In seconds, to the millisecond. */
  private static BigDecimal seconds(long nanos) {
    return BigDecimal.valueOf(nanos / 1_000_000, 3);
  }

  /** The members of an object; those that are not there are left out. */
  private static final class Members {
    private final StringJoiner members;

    Members(String separator, String begin, String end) {
      members = new StringJoiner(separator, begin, end);
    }

    void add(String name, Object value) {
      if (value instanceof Optional<?> optional) {
        optional.ifPresent(present -> add(name, present));
      } else {
        members.add(quoted(name) + ": " + (value instanceof Number ? value : quoted(value)));
      }
    }

    private static String quoted(Object value) {
      var text = new StringBuilder("\"");
      for (char c : String.valueOf(value).toCharArray()) {
        if (c == '"' || c == '\\') {
          text.append('\\').append(c);
        } else if (c < ' ') {
          text.append(String.format("\\u%04x", (int) c));
        } else {
          text.append(c);
        }
      }
      return text.append('"').toString();
    }

    @Override
    public String toString() {
      return members.toString();
    }
  }
}
