package jcluster.model;

import java.util.Optional;

/**
 * What the state machine needs to know of one generation's configuration.
 *
 * @param ready what makes a started worker count as ready
 * @param readyTimeout how long a worker may take to become ready, in nanoseconds, positive
 * @param stopTimeout how long a worker may take to exit after its stop signal, in nanoseconds,
 *     positive
 * @param stopSignal the signal that asks a worker to exit
 * @param minUptime how long a worker must live after it became ready before it is relied upon, in
 *     nanoseconds, 0 or more
 * @param restartDelay the first delay between two failed lives of a slot, in nanoseconds, positive
 * @param restartDelayMax the longest such delay, in nanoseconds, at least {@code restartDelay}
 * @param watchdog how long a worker that became ready may go without a sign of life, in
 *     nanoseconds; empty for no limit
 * @param lifetimeRecycle how long after it became ready a worker is recycled, in nanoseconds; empty
 *     for never
 * @param order which of the two workers of a slot comes first in a rollout
 * @param surge how many slots a reload has in hand at a time
 * @param onTimeout what a rollout does when a replacement lives but is not ready in time
 * @param onCrash what a rollout does when a replacement dies
 * @param onErrors what a rollout does when a new worker fails the requests that it is given
 * @param probe what else a worker must pass after its report to become ready, if anything
 */
public record Settings(
    Ready ready,
    long readyTimeout,
    long stopTimeout,
    Signal stopSignal,
    long minUptime,
    long restartDelay,
    long restartDelayMax,
    Optional<Long> watchdog,
    Optional<Long> lifetimeRecycle,
    Order order,
    Surge surge,
    Fallback onTimeout,
    Fallback onCrash,
    OnErrors onErrors,
    Optional<Probe> probe) {

  /**
   * What a worker must pass between its report and being ready.
   *
   * @param delay how long to wait first, in nanoseconds, 0 or more
   * @param command whether ReadyCommand= is then run once a second until it succeeds
   */
  public record Probe(long delay, boolean command) {}

  /**
   * A number of workers, or a percentage of all workers.
   *
   * @param number from 1 to 1024, or from 1 to 100
   */
  public record Surge(int number, boolean percent) {
    /** How many workers that is, of this many: at least 1, and at most all. */
    public int of(int workers) {
      return Math.min(workers, percent ? (workers * number + 99) / 100 : number);
    }
  }

  /** Whether the worker decides by itself when to begin accepting connections. */
  public boolean opensItself() {
    return ready == Ready.LISTEN && probe.isEmpty();
  }

  /** What makes a started worker report ready. */
  public enum Ready {
    /** The worker's agent says that the application listens on every socket. */
    LISTEN,
    /** The worker says {@code READY=1} on its {@code NOTIFY_SOCKET}, as in sd_notify(3). */
    NOTIFY,
    /** Being started is enough. */
    START
  }

  /** Which of the two workers of a slot comes first in a rollout. */
  public enum Order {
    /**
     * The replacement starts beside the old worker, which is stopped when the replacement is ready.
     */
    START_FIRST,
    /** The old worker is stopped, then the replacement is started. */
    STOP_FIRST
  }

  /** What a rollout does when a new worker fails the requests that it is given. */
  public enum OnErrors {
    /** Give up the rollout; the old workers stay. */
    ABORT,
    /** Nothing. */
    OFF
  }

  /** What a rollout does when a replacement cannot run beside the old worker. */
  public enum Fallback {
    /** Stop the old worker and start the slot afresh. */
    RESTART,
    /** Give up the rollout; the old worker stays. */
    ABORT
  }
}
