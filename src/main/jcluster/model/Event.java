package jcluster.model;

import java.util.Optional;

/** Something that happened, with its time: CLOCK_MONOTONIC in nanoseconds, never going back. */
public sealed interface Event {

  /** When it happened, in nanoseconds. */
  long now();

  /**
   * The time before which all reports of workers have been taken, in nanoseconds; only a {@link
   * Tick} knows it.
   */
  default long heardUntil() {
    return Long.MIN_VALUE;
  }

  /** Something that happened to one worker. */
  sealed interface OfWorker extends Event {
    /** The id of the worker, which may have exited since. */
    int worker();
  }

  /** Time passed; deadlines may be due. */
  record Tick(long now, long heardUntil) implements Event {
    /** A tick at which no report is left to be taken. */
    public Tick(long now) {
      this(now, now);
    }
  }

  /** A worker's process exists. */
  record Spawned(long now, int worker, int pid) implements OfWorker {}

  /** A worker's process could not be created: why, in words and as an errno(3). */
  record SpawnFailed(long now, int worker, String reason, int errno) implements OfWorker {}

  /** A worker reported that it is ready. */
  record Reported(long now, int worker) implements OfWorker {}

  /** A run of a worker's ReadyCommand= has ended and found it {@code ready} or not. */
  record Probed(long now, int worker, boolean ready) implements OfWorker {}

  /**
   * A worker that was asked to stop has nothing in flight any more; only idle connections are left.
   */
  record Resting(long now, int worker) implements OfWorker {}

  /** A worker gave a sign of life. */
  record Alive(long now, int worker) implements OfWorker {}

  /** A worker uses more memory than it may; {@code how} tells how much, as in {@code at 612.3M}. */
  record Oversized(long now, int worker, String how) implements OfWorker {}

  /**
   * A worker fails the requests that it is given; {@code how} tells how many, as in {@code failed 3
   * of its first 3 requests}.
   */
  record Failing(long now, int worker, String how) implements OfWorker {}

  /** A worker said that it is about to exit, of its own accord or because it was asked to. */
  record Leaving(long now, int worker) implements OfWorker {}

  /** A worker exited with {@code status}. */
  record Exited(long now, int worker, int status) implements OfWorker {}

  /** The signal number {@code signal} killed a worker. */
  record Killed(long now, int worker, int signal) implements OfWorker {}

  /** A worker's process is gone, and how it ended is not known. */
  record Vanished(long now, int worker) implements OfWorker {}

  /**
   * The previous supervisor ended before it created a worker's process; it is still to be created.
   */
  record NeverSpawned(long now, int worker) implements OfWorker {}

  /** A new supervisor goes on from here; for a while there was none. */
  record TakenOver(long now) implements Event {}

  /**
   * Someone asks for a reload to these settings, and to this many workers ({@code instances} 1 or
   * more). The request is empty if nobody waits for an answer.
   */
  record Reload(long now, Optional<Long> request, Settings settings, int instances)
      implements Event {}

  /**
   * Someone asked for a reload, but the configuration cannot be used; {@code problems} has a line
   * for each reason.
   */
  record Misconfigured(long now, Optional<Long> request, String problems) implements Event {}

  /** Someone asks for {@code change} workers, or for that many more when {@code relative}. */
  record Scale(long now, long request, boolean relative, int change) implements Event {}

  /** The supervisor is to end. A second one kills the workers that are left. */
  record Stop(long now) implements Event {}
}
