package jcluster.model;

import java.util.Optional;

/**
 * One process of the application.
 *
 * @param id unique for the supervisor's life, unlike a process id, which may be reused
 * @param slot the stable number it serves under, from 0
 * @param generation the configuration it was started with
 * @param phase where it is in its life
 * @param pid its process id, 0 until it is known
 * @param spawnedAt when it was spawned, in nanoseconds
 * @param reportedAt when it became ready, in nanoseconds; {@link Fleet#NEVER} if it has not
 * @param stoppedAt when it was told to stop or given up, in nanoseconds; {@link Fleet#NEVER} if it
 *     was not
 * @param deadline when its phase ends by the clock, in nanoseconds; {@link Fleet#NEVER} if it does
 *     not
 * @param aliveUntil when it is given up unless it gives a sign of life before, in nanoseconds;
 *     {@link Fleet#NEVER} if none is expected
 * @param recycleAt when it becomes due to be recycled, in nanoseconds; {@link Fleet#NEVER} if never
 * @param due why it is to be recycled, as in {@code after 1 h}; empty until it is found too large
 *     or its recycling begins
 * @param probing the state of its probe; only present between its report and being ready
 * @param restingSince since when nothing is in flight and only idle connections are left, in
 *     nanoseconds
 */
public record Worker(
    int id,
    int slot,
    Generation generation,
    Phase phase,
    int pid,
    long spawnedAt,
    long reportedAt,
    long stoppedAt,
    long deadline,
    long aliveUntil,
    long recycleAt,
    String due,
    Optional<Probing> probing,
    Optional<Long> restingSince) {

  /**
   * The state of a probe.
   *
   * @param next when its delay is over or its command is to run next, in nanoseconds
   * @param underWay whether its command is running
   */
  public record Probing(long next, boolean underWay) {}

  Worker(int id, int slot, Generation generation, long now) {
    this(
        id,
        slot,
        generation,
        Phase.STARTING,
        0,
        now,
        Fleet.NEVER,
        Fleet.NEVER,
        now + generation.settings().readyTimeout(),
        Fleet.NEVER,
        Fleet.NEVER,
        "",
        Optional.empty(),
        Optional.empty());
  }

  /** Whether nothing is in flight any more and only idle connections are left. */
  boolean rests() {
    return restingSince.isPresent();
  }

  /** Whether it ever became ready. */
  public boolean reported() {
    return reportedAt != Fleet.NEVER;
  }

  Worker withPid(int value) {
    return new Worker(
        id,
        slot,
        generation,
        phase,
        value,
        spawnedAt,
        reportedAt,
        stoppedAt,
        deadline,
        aliveUntil,
        recycleAt,
        due,
        probing,
        restingSince);
  }

  /** The worker with its probe in this state. */
  Worker probing(long next, boolean underWay) {
    return with(Optional.of(new Probing(next, underWay)), restingSince);
  }

  Worker resting(long now) {
    return with(probing, Optional.of(now));
  }

  private Worker with(Optional<Probing> probe, Optional<Long> rest) {
    return new Worker(
        id,
        slot,
        generation,
        phase,
        pid,
        spawnedAt,
        reportedAt,
        stoppedAt,
        deadline,
        aliveUntil,
        recycleAt,
        due,
        probe,
        rest);
  }

  Worker reported(long now) {
    Settings settings = generation.settings();
    long settled = now + settings.minUptime();
    long alive = settings.watchdog() == 0 ? Fleet.NEVER : now + settings.watchdog();
    long old = settings.lifetimeRecycle() == 0 ? Fleet.NEVER : now + settings.lifetimeRecycle();
    return with(Phase.SETTLING, now, stoppedAt, settled, alive, old, due);
  }

  /** The worker after a sign of life, if one is expected. */
  Worker alive(long now) {
    boolean expected = aliveUntil != Fleet.NEVER;
    long alive = expected ? now + generation.settings().watchdog() : Fleet.NEVER;
    return with(phase, reportedAt, stoppedAt, deadline, alive, recycleAt, due);
  }

  /** The worker, due to be recycled from {@code at} on, with the reason. */
  Worker due(String why, long at) {
    return with(phase, reportedAt, stoppedAt, deadline, aliveUntil, at, why);
  }

  /** The worker, no longer wanted, in a phase that ends at {@code until}. */
  Worker leaving(Phase next, long now, long until) {
    return with(next, reportedAt, now, until, Fleet.NEVER, Fleet.NEVER, due);
  }

  Worker in(Phase next, long until) {
    return with(next, reportedAt, stoppedAt, until, aliveUntil, recycleAt, due);
  }

  private Worker with(
      Phase inPhase, long ready, long stopped, long until, long alive, long recycle, String why) {
    return new Worker(
        id,
        slot,
        generation,
        inPhase,
        pid,
        spawnedAt,
        ready,
        stopped,
        until,
        alive,
        recycle,
        why,
        inPhase == Phase.STARTING ? probing : Optional.empty(),
        restingSince);
  }

  @Override
  public String toString() {
    return pid == 0 ? "worker " + slot : "worker " + slot + " (pid " + pid + ")";
  }
}
