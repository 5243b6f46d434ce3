package jcluster.view;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import jcluster.runtime.ClusterStatus;
import jcluster.runtime.ClusterStatus.Row;
import jcluster.runtime.ClusterStatus.Summary;

/**
 * The status of clusters as OpenMetrics text, version 1.0.0 of that specification. jcluster(1)
 * specifies the metrics. Only what the older text format of Prometheus also accepts is used,
 * because files are read in that one: types that both have, and no timestamps.
 */
public final class Metrics {
  private final Map<String, Optional<ClusterStatus>> clusters;
  private final StringBuilder text = new StringBuilder();

  private Metrics(Map<String, Optional<ClusterStatus>> clusters) {
    this.clusters = clusters;
  }

  /**
   * The text, which ends in a newline.
   *
   * @param clusters the status of each cluster, by its name; empty if its supervisor does not
   *     answer
   */
  public static String of(Map<String, Optional<ClusterStatus>> clusters) {
    var metrics = new Metrics(clusters);
    metrics.ofSupervisors();
    metrics.ofClusters();
    metrics.ofSlots();
    return metrics.text + "# EOF\n";
  }

  private void ofSupervisors() {
    family("jcluster_up", "gauge", "Whether the supervisor answers.");
    clusters.forEach(
        (name, status) -> sample("jcluster_up", labels(name), yes(status.isPresent())));
  }

  private void ofClusters() {
    cluster(
        "supervisor_start_time_seconds",
        "When the supervisor's process was started, since 1970.",
        summary -> BigDecimal.valueOf(summary.startedAt(), 3));
    cluster("instances", "How many workers there are to be.", Summary::instances);
    cluster("ready_instances", "How many workers are ready.", Summary::ready);
    cluster("generation", "The current generation.", Summary::generation);
    cluster(
        "reload_under_way",
        "Whether a reload is under way.",
        summary -> yes(summary.replaced().isPresent()));
    cluster(
        "last_reload_successful",
        "Whether the last reload has not failed; also before the first one.",
        summary -> yes(summary.reloadFailure().isEmpty()));
  }

  private void ofSlots() {
    slot(
        "worker_up", "Whether the slot has a worker.", rows -> yes(any(rows, row -> !row.waits())));
    slot(
        "worker_ready",
        "Whether a worker in the slot is ready.",
        rows -> yes(any(rows, row -> row.state().equals("ready"))));
    slot(
        "worker_generation",
        "The generation of the newest worker in the slot.",
        rows -> rows.get(rows.size() - 1).generation());
    slot(
        "worker_restarts_total",
        "How often a worker in the slot was lost.",
        rows -> rows.get(0).restarts());
    slot(
        "worker_resident_memory_bytes",
        "The resident memory of the workers in the slot.",
        rows -> sum(rows, row -> row.memory().orElse(0L)));
    slot(
        "worker_open_connections",
        "The connections that the workers in the slot have open.",
        rows -> sum(rows, row -> row.connections().orElse(0)));
    slot(
        "worker_requests_total",
        "The HTTP requests that workers in the slot have answered, or left without an answer.",
        rows -> rows.get(0).pastAnswers() + sum(rows, row -> row.answers().orElse(0L)));
    slot(
        "worker_request_errors_total",
        "Those that were answered with a status of 500 or more, or not at all.",
        rows -> rows.get(0).pastErrors() + sum(rows, row -> row.errors().orElse(0L)));
  }

  /** A metric with a value for each cluster. */
  private void cluster(String name, String help, Function<Summary, Number> value) {
    String metric = "jcluster_" + name;
    family(metric, "gauge", help);
    clusters.forEach(
        (cluster, status) ->
            status.ifPresent(s -> sample(metric, labels(cluster), value.apply(s.summary()))));
  }

  /**
   * A metric with a value for each slot, out of the rows that the slot has; a counter if the name
   * says so.
   */
  private void slot(String name, String help, Function<List<Row>, Number> value) {
    String metric = "jcluster_" + name;
    boolean counter = metric.endsWith("_total");
    family(
        counter ? metric.replaceFirst("_total$", "") : metric, counter ? "counter" : "gauge", help);
    clusters.forEach(
        (cluster, status) -> {
          Map<Integer, List<Row>> slots = new TreeMap<>();
          status
              .map(ClusterStatus::rows)
              .orElse(List.of())
              .forEach(row -> slots.computeIfAbsent(row.slot(), s -> new ArrayList<>()).add(row));
          slots.forEach(
              (slot, rows) ->
                  sample(metric, labels(cluster) + ",slot=\"" + slot + "\"", value.apply(rows)));
        });
  }

  private static boolean any(List<Row> rows, Predicate<Row> what) {
    return rows.stream().anyMatch(what);
  }

  /** A sum of counts of workers, which can write down anything: what is negative is left out. */
  private static long sum(List<Row> rows, ToLongFunction<Row> count) {
    return rows.stream().mapToLong(count).filter(n -> n > 0).sum();
  }

  private static int yes(boolean so) {
    return so ? 1 : 0;
  }

  private static String labels(String cluster) {
    String escaped = cluster.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return "application=\"" + escaped + "\"";
  }

  private void family(String name, String type, String help) {
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    for (String unit : List.of("seconds", "bytes")) {
      if (name.endsWith("_" + unit)) {
        text.append("# UNIT ").append(name).append(' ').append(unit).append('\n');
      }
    }
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
  }

  private void sample(String name, String labels, Number value) {
    text.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }
}
