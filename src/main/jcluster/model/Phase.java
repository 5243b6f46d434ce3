package jcluster.model;

/** Where a worker is in its life. A worker that exited is in no phase: the fleet forgets it. */
public enum Phase {
  /** Spawned; has not reported ready. Ends at ReadyTimeout. */
  STARTING,
  /** Reported ready and serves, but has yet to live for MinUptime before anything relies on it. */
  SETTLING,
  /** Ready: reported it and lived for MinUptime since. */
  READY,
  /** Has been sent its stop signal, or said that it stops; drains. */
  STOPPING,
  /**
   * Outlived StopTimeout but for a moment, or gave no sign of life for too long; in that moment it
   * writes the thread dump that SIGQUIT asks for.
   */
  DUMPING,
  /** Has been sent SIGKILL; nothing remains but to reap it. */
  KILLED;

  /** Whether the worker is wanted: it serves or is about to. */
  public boolean live() {
    return compareTo(READY) <= 0;
  }
}
