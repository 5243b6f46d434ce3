package jcluster.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcluster.model.Time;
import jcluster.runtime.ClusterStatus;
import jcluster.runtime.ClusterStatus.Row;
import jcluster.runtime.ClusterStatus.Summary;

/** Statuses to be shown. */
final class Samples {
  private Samples() {}

  /** A summary. */
  static Summary summary(
      String status, Optional<String> rollout, Optional<String> loss, Optional<String> failure) {
    Optional<Integer> replaced = rollout.map(text -> 1);
    return new Summary(
        "shop", 1_764_529_582_123L, status, rollout, "running", 2, 1, 3, replaced, loss, failure);
  }

  /** A worker's row. */
  static Row row(int slot, int pid, String state, long answers, String text) {
    return new Row(
        slot,
        Optional.of(pid),
        3,
        state,
        Optional.of(3723 * Time.SECOND),
        slot,
        1000,
        10,
        Optional.of(642_044_723L),
        Optional.of(17),
        Optional.of(answers),
        Optional.of(2L),
        text);
  }

  /** The row of a slot that waits. */
  static Row waiting(int slot) {
    Optional<Integer> none = Optional.empty();
    Optional<Long> no = Optional.empty();
    Optional<Long> due = Optional.of(14_100 * Time.MILLI);
    return new Row(slot, none, 3, "waiting", due, 7, 5, 4, no, none, no, no, "");
  }

  /** A quiet cluster of so many workers. */
  static ClusterStatus quiet(int workers, long answers) {
    List<Row> rows = new ArrayList<>();
    for (int slot = 0; slot < workers; slot++) {
      rows.add(row(slot, 4_000_000 + slot, "ready", answers * (slot + 1), ""));
    }
    Optional<String> none = Optional.empty();
    return new ClusterStatus(summary("2/2 ready, generation 3", none, none, none), rows);
  }
}
