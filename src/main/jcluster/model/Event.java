package jcluster.model;

/**
 * Something that happened, with the time it did: CLOCK_MONOTONIC in nanoseconds, never going back.
 */
public sealed interface Event {

  /** The request number of who does not wait for an answer. */
  long NOBODY = -1;

  /** When it happened, in nanoseconds. */
  long now();

  /**
   * Time passed; deadlines may be due. What workers said before the time {@code heard} has been
   * taken.
   */
  record Tick(long now, long heard) implements Event {
    /** At a time when nothing that was said is left to be taken. */
    public Tick(long now) {
      this(now, now);
    }
  }

  /** A worker's process exists. */
  record Spawned(long now, int worker, int pid) implements Event {}

  /** A worker's process could not be created: a sentence, and an errno(3). */
  record SpawnFailed(long now, int worker, String reason, int errno) implements Event {}

  /** A worker reported that it is ready. */
  record Reported(long now, int worker) implements Event {}

  /** A run of the command that says whether a worker is ready has ended, and what it said. */
  record Probed(long now, int worker, boolean ready) implements Event {}

  /** A worker that was asked to stop has nothing in flight any more, but connections that idle. */
  record Resting(long now, int worker) implements Event {}

  /** A worker gave a sign of life. */
  record Alive(long now, int worker) implements Event {}

  /** A worker is too large to stay; {@code how}, as in {@code at 612.3M}. */
  record Oversized(long now, int worker, String how) implements Event {}

  /** A worker said that it is about to exit, of its own accord or because it was asked to. */
  record Leaving(long now, int worker) implements Event {}

  /**
   * A worker exited, with {@code status} when {@code signal} is 0, or else killed by that signal.
   */
  record Exited(long now, int worker, int status, int signal) implements Event {}

  /** A worker's process is gone, and how it ended is not known. */
  record Vanished(long now, int worker) implements Event {}

  /** A worker that was to be created never was, and is to be. */
  record NeverSpawned(long now, int worker) implements Event {}

  /** Another supervisor goes on from here, after a while without one. */
  record TakenOver(long now) implements Event {}

  /**
   * Someone asks for a roll to these settings, and to this many workers ({@code instances} 1 or
   * more).
   */
  record Reload(long now, long request, Settings settings, int instances) implements Event {}

  /**
   * Someone asked for a roll, but what it was to roll to cannot be used: the problems, a line each.
   */
  record Misconfigured(long now, long request, String problems) implements Event {}

  /** Someone asks for {@code change} workers, or for that many more when {@code relative}. */
  record Scale(long now, long request, boolean relative, int change) implements Event {}

  /** The supervisor is to end; said again, at once. */
  record Stop(long now) implements Event {}
}
