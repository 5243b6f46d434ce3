package jcluster.model;

import static jcluster.model.Fleet.NEVER;

import java.util.Optional;

/**
 * One process of the application.
 *
 * @param id unique for the supervisor's life, unlike a process id, which may be reused
 * @param slot the stable number it serves under, from 0
 * @param generation the configuration it was started with
 * @param phase where it is in its life
 * @param pid its process id, once it is known
 * @param spawnedAt when it was spawned, in nanoseconds
 * @param readyAt when it became ready, in nanoseconds
 * @param stoppedAt when it was told to stop or given up, in nanoseconds
 * @param deadline when its phase ends by the clock, in nanoseconds; {@link Fleet#NEVER} if it does
 *     not
 * @param aliveUntil when it is given up unless it gives a sign of life before, in nanoseconds;
 *     {@link Fleet#NEVER} if none is expected
 * @param recycleAt when it is to be recycled, in nanoseconds; {@link Fleet#NEVER} if never
 * @param recycleReason why, as in {@code at 612.3M}, once it was found too large or its recycling
 *     has begun
 * @param probing the state of its probe; only present between its report and being ready
 * @param restingSince since when nothing is in flight and only idle connections are left, in
 *     nanoseconds
 */
public record Worker(
    int id,
    int slot,
    Generation generation,
    Phase phase,
    Optional<Integer> pid,
    long spawnedAt,
    Optional<Long> readyAt,
    Optional<Long> stoppedAt,
    long deadline,
    long aliveUntil,
    long recycleAt,
    Optional<String> recycleReason,
    Optional<Probing> probing,
    Optional<Long> restingSince) {

  /**
   * The state of a probe.
   *
   * @param nextAt when its delay is over or its command is to run next, in nanoseconds
   * @param running whether its command is running
   */
  public record Probing(long nextAt, boolean running) {}

  /** Checks the values, which may come from a file that somebody has edited. */
  public Worker {
    boolean ready = phase == Phase.SETTLING || phase == Phase.READY;
    if ((ready && readyAt.isEmpty()) || (!phase.live() && stoppedAt.isEmpty())) {
      throw new IllegalArgumentException("it is not known since when it is " + phase);
    }
  }

  Worker(int id, int slot, Generation generation, long now) {
    this(
        id,
        slot,
        generation,
        Phase.STARTING,
        Optional.empty(),
        now,
        Optional.empty(),
        Optional.empty(),
        now + generation.settings().readyTimeout(),
        NEVER,
        NEVER,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  Settings settings() {
    return generation.settings();
  }

  /** Whether nothing is in flight any more and only idle connections are left. */
  boolean rests() {
    return restingSince.isPresent();
  }

  /** Whether it ever became ready. */
  boolean wasReady() {
    return readyAt.isPresent();
  }

  /** How long it took to become ready, in nanoseconds; it must have. */
  long readyIn() {
    return readyAt.orElseThrow() - spawnedAt;
  }

  /** How long ago it became ready, in nanoseconds. */
  Optional<Long> readyFor(long now) {
    return readyAt.map(at -> now - at);
  }

  /** How long ago it was told to stop or given up, in nanoseconds; it must have been. */
  long stoppingFor(long now) {
    return now - stoppedAt.orElseThrow();
  }

  Worker withPid(int value) {
    return with(Optional.of(value), probing, restingSince);
  }

  /** The worker with its probe in this state. */
  Worker withProbing(long nextAt, boolean running) {
    return with(pid, Optional.of(new Probing(nextAt, running)), restingSince);
  }

  Worker resting(long now) {
    return with(pid, probing, Optional.of(now));
  }

  private Worker with(Optional<Integer> process, Optional<Probing> probe, Optional<Long> rest) {
    return new Worker(
        id,
        slot,
        generation,
        phase,
        process,
        spawnedAt,
        readyAt,
        stoppedAt,
        deadline,
        aliveUntil,
        recycleAt,
        recycleReason,
        probe,
        rest);
  }

  /** The worker, which has just become ready. */
  Worker ready(long now) {
    long settled = now + settings().minUptime();
    long alive = in(settings().watchdog(), now);
    long old = in(settings().lifetimeRecycle(), now);
    return with(Phase.SETTLING, Optional.of(now), stoppedAt, settled, alive, old, recycleReason);
  }

  private static long in(Optional<Long> time, long now) {
    return time.map(nanos -> now + nanos).orElse(NEVER);
  }

  /** The worker after a sign of life, if one is expected. */
  Worker alive(long now) {
    long alive = aliveUntil == NEVER ? NEVER : in(settings().watchdog(), now);
    return with(phase, readyAt, stoppedAt, deadline, alive, recycleAt, recycleReason);
  }

  /** The worker, to be recycled from a time on, for a reason. */
  Worker toBeRecycled(long at, String reason) {
    return with(phase, readyAt, stoppedAt, deadline, aliveUntil, at, Optional.of(reason));
  }

  /** The worker, no longer wanted, in a phase that ends at {@code until}. */
  Worker leaving(Phase next, long now, long until) {
    Optional<Long> stopped = stoppedAt.or(() -> Optional.of(now));
    return with(next, readyAt, stopped, until, NEVER, NEVER, recycleReason);
  }

  /** The worker in a phase that ends at {@code until}. */
  Worker in(Phase next, long until) {
    return with(next, readyAt, stoppedAt, until, aliveUntil, recycleAt, recycleReason);
  }

  private Worker with(
      Phase inPhase,
      Optional<Long> ready,
      Optional<Long> stopped,
      long until,
      long alive,
      long recycle,
      Optional<String> reason) {
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
        reason,
        inPhase == Phase.STARTING ? probing : Optional.empty(),
        restingSince);
  }

  /** A number of workers, as in {@code 1 worker}. */
  static String text(int count) {
    return count == 1 ? "1 worker" : count + " workers";
  }

  @Override
  public String toString() {
    return "worker " + slot + pid.map(id -> " (pid " + id + ")").orElse("");
  }
}
