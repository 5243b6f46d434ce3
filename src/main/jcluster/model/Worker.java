package jcluster.model;

/**
 * One process of the application.
 *
 * @param id unique for the supervisor's life; process ids come round again, this does not
 * @param slot the stable number it serves under, from 0
 * @param generation the configuration it was started with
 * @param phase where it is in its life
 * @param pid its process id, 0 until it is known
 * @param spawnedAt when it was spawned, in nanoseconds
 * @param reportedAt when it reported ready, in nanoseconds; {@link Fleet#NEVER} if it has not
 * @param stoppedAt when it was told to stop, in nanoseconds; {@link Fleet#NEVER} if it was not
 * @param deadline when its phase ends by the clock, in nanoseconds; {@link Fleet#NEVER} if it does
 *     not
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
    long deadline) {

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
        now + generation.settings().readyTimeout());
  }

  /** Whether it ever reported ready. */
  public boolean reported() {
    return reportedAt != Fleet.NEVER;
  }

  Worker withPid(int value) {
    return new Worker(
        id, slot, generation, phase, value, spawnedAt, reportedAt, stoppedAt, deadline);
  }

  Worker reported(long now) {
    long settled = now + generation.settings().minUptime();
    return new Worker(
        id, slot, generation, Phase.SETTLING, pid, spawnedAt, now, stoppedAt, settled);
  }

  Worker stopping(long now, long dumpAt) {
    return new Worker(
        id, slot, generation, Phase.STOPPING, pid, spawnedAt, reportedAt, now, dumpAt);
  }

  Worker in(Phase next, long until) {
    return new Worker(id, slot, generation, next, pid, spawnedAt, reportedAt, stoppedAt, until);
  }

  @Override
  public String toString() {
    return pid == 0 ? "worker " + slot : "worker " + slot + " (pid " + pid + ")";
  }
}
