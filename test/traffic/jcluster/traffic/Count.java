package jcluster.traffic;

import java.util.List;
import jcluster.load.Report;

/**
 * What came of the requests of some clients.
 *
 * @param requests all of them, but for those that are late
 * @param lost those that had no whole and right answer
 * @param again how often one had to be sent once more, as its protocol lets a client
 * @param late those that a client has sent when the server had every right to be gone
 * @param examples of what was lost, in words
 */
record Count(long requests, long lost, long again, long late, List<String> examples) {
  static final Count NONE = new Count(0, 0, 0, 0, List.of());

  static Count of(Report report) {
    return new Count(
        report.requests(), report.failed(), report.retryable(), report.late(), report.examples());
  }

  Count plus(Count other) {
    return new Count(
        requests + other.requests,
        lost + other.lost,
        again + other.again,
        late + other.late,
        examples.isEmpty() ? other.examples : examples);
  }
}
