package jcluster.runtime;

import jcluster.model.Fleet;
import jcluster.systemd.Manager;

/** The supervisor's signs of life, sent twice as often as the service manager expects them. */
final class Heartbeat {
  private final Manager manager;
  private final long interval;
  private long next;

  Heartbeat(Manager manager) {
    this.manager = manager;
    interval = manager.watchdog() / 2;
    next = interval > 0 ? Events.now() : Fleet.NEVER;
  }

  /** When {@link #beat} is due, in nanoseconds; {@link Fleet#NEVER} if none is expected. */
  long deadline() {
    return next;
  }

  /** Sends a sign of life, if that is due. */
  void beat() {
    if (next <= Events.now()) {
      manager.beat();
      next = Events.now() + interval;
    }
  }
}
