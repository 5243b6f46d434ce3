package jcluster.model;

import java.util.Optional;

/**
 * The loss of a worker, which went without having been asked to. If the start fails for it, the
 * service manager is told.
 *
 * @param how what happened, in words
 * @param errno the errno(3) that goes with it; empty if there is none
 */
public record Loss(String how, Optional<Integer> errno) {
  /** ECHILD, errno(3): the worker has ended. */
  static final int ECHILD = 10;

  /** EINVAL, errno(3): the worker has exited with the status for a wrong configuration. */
  static final int EINVAL = 22;

  /** ETIMEDOUT, errno(3): the worker was not ready in time, or fell silent. */
  static final int ETIMEDOUT = 110;

  Loss(String how, int errno) {
    this(how, Optional.of(errno));
  }
}
