package jcluster.model;

import java.util.Optional;

/**
 * A stable place for one worker.
 *
 * @param number from 0; the worker finds it in APP_INSTANCE
 * @param generation the configuration the slot's next worker is started with
 * @param failures how many lives in a row ended too early; sets the delay before the next
 * @param restarts how often a worker of this slot was lost without having been asked to stop
 * @param respawnAt the earliest time for the slot's next worker, in nanoseconds
 */
public record Slot(int number, Generation generation, int failures, int restarts, long respawnAt) {

  Slot(int number, Generation generation) {
    this(number, generation, 0, 0, 0);
  }

  /** The slot given back to a generation that is known to work. */
  Slot withGeneration(Generation next) {
    return new Slot(number, next, failures, restarts, respawnAt);
  }

  /** The slot, now served by a worker of a new generation, with no failures counted yet. */
  Slot renewed(Generation next) {
    return new Slot(number, next, 0, restarts, 0);
  }

  /**
   * The slot after its worker was lost. The first replacement may start at once. After that, each
   * life shorter than MinUptime doubles the delay, and a life of at least RestartDelayMax and
   * MinUptime resets it.
   */
  Slot lost(Worker worker, long now) {
    Settings settings = worker.settings();
    Optional<Long> life = worker.readyFor(now);
    long enough = Math.max(settings.minUptime(), settings.restartDelayMax());
    int before = life.filter(l -> l >= enough).isPresent() ? 0 : failures;
    boolean early = life.filter(l -> l >= settings.minUptime()).isEmpty();
    int after = early ? before + 1 : Math.max(before, 1);
    return new Slot(number, generation, after, restarts + 1, now + delay(before, settings));
  }

  private static long delay(int failures, Settings settings) {
    if (failures == 0) {
      return 0;
    }
    long delay = settings.restartDelay();
    for (int i = 1; i < failures && delay < settings.restartDelayMax(); i++) {
      delay *= 2;
    }
    return Math.min(delay, settings.restartDelayMax());
  }
}
