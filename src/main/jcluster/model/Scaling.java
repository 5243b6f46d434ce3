package jcluster.model;

import java.util.Optional;

/**
 * A change of the number of workers under way.
 *
 * @param request who asked, for the answer; empty if nobody waits for it
 * @param from how many workers there were
 * @param to how many there are to be
 */
public record Scaling(Optional<Long> request, int from, int to) {

  /** The change, now that nobody waits for its end. */
  Scaling unattended() {
    return new Scaling(Optional.empty(), from, to);
  }
}
