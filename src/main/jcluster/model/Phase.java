package jcluster.model;

/** Where a worker is in its life. A worker that exited is in no phase: the fleet forgets it. */
public enum Phase {
  /** Spawned; not ready yet. Ends at ReadyTimeout. */
  STARTING,
  /** Is ready and serves, but has yet to live for MinUptime before anything relies on it. */
  SETTLING,
  /** Has lived for MinUptime since it became ready. */
  READY,
  /** Has been sent its stop signal, or said that it stops; drains. */
  STOPPING,
  /**
   * Has been sent SIGQUIT, because StopTimeout is almost over or because it gave no sign of life
   * for too long. It has a moment to write a thread dump before SIGKILL.
   */
  DUMPING,
  /** Has been sent SIGKILL; nothing remains but to reap it. */
  KILLED;

  /** Whether the worker is wanted: it serves or is about to. */
  public boolean live() {
    return compareTo(READY) <= 0;
  }
}
