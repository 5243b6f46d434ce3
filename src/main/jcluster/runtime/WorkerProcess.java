package jcluster.runtime;

import java.util.List;
import java.util.Optional;
import jcluster.model.Action.Subject;
import jcluster.model.Settings.Ready;
import jcluster.model.Worker;
import jcluster.os.Fd;

/** A worker's process that is not yet reaped, and what is known of it. For the loop's thread. */
final class WorkerProcess {
  final int worker;
  final int slot;
  final int seat;
  final int pid;

  /** Becomes readable when the process exits. */
  final Fd pidfd;

  final BindProgress binding;

  /** The jars that it reads, as they were when it was started. */
  final List<Jar> jars;

  private final Ready ready;

  /** What it last said with STATUS=. */
  String status = "";

  /** The run of ReadyCommand= that is under way, if there is one. */
  Optional<ChildProcess> probe = Optional.empty();

  /** How the last run of ReadyCommand= ended, in words; empty if none has ended. */
  String probed = "";

  /**
   * Whether the application has given a sign of life itself, so that the agent's no longer count.
   */
  boolean speaks;

  /** Whether it is known to have ended, but not yet how. */
  boolean awaited;

  /** Whether it has reported ready in the way of its Ready=; with Ready=start, in any way. */
  private boolean serves;

  /** The process of a worker, of which nothing has been heard yet. */
  WorkerProcess(
      int worker,
      int slot,
      Ready ready,
      int seat,
      int pid,
      Fd pidfd,
      BindProgress binding,
      List<Jar> jars) {
    this.worker = worker;
    this.slot = slot;
    this.ready = ready;
    this.seat = seat;
    this.pid = pid;
    this.pidfd = pidfd;
    this.binding = binding;
    this.jars = jars;
  }

  /** The process as another program or supervisor has left it. */
  WorkerProcess(Kept kept, Fd pidfd, BindProgress binding) {
    this(
        kept.worker(),
        kept.slot(),
        kept.ready(),
        kept.seat(),
        kept.pid(),
        pidfd,
        binding,
        kept.jars());
    status = kept.status();
    speaks = kept.speaks();
    serves = kept.serves();
    probed = kept.probed().orElse("");
  }

  /**
   * The process for the program that takes this one's place; the components are those of {@link
   * WorkerProcess}, with descriptors as numbers.
   */
  record Kept(
      int worker,
      int slot,
      Ready ready,
      int seat,
      int pid,
      String status,
      boolean speaks,
      boolean serves,
      BindProgress.State binding,
      List<Jar> jars,
      Optional<Integer> pidfd,
      Optional<Integer> probe,
      Optional<String> probed) {
    /**
     * Rejects process ids that would make kill(2) signal other processes: signals go to {@code pid}
     * and to the group {@code -pid}, where 0 and -1 have a meaning of their own.
     */
    Kept {
      if (pid <= 1 || probe.orElse(pid) <= 1) {
        throw new IllegalArgumentException("no worker's process is " + pid);
      }
    }
  }

  /** The state for the program that takes this one's place. */
  Kept kept() {
    return new Kept(
        worker,
        slot,
        ready,
        seat,
        pid,
        status,
        speaks,
        serves,
        binding.state(),
        jars,
        Optional.of(pidfd.number()),
        probe.map(ChildProcess::pid),
        Optional.of(probed).filter(how -> !how.isEmpty()));
  }

  /**
   * Takes its report that it is ready.
   *
   * @return whether it reports in the way of its Ready=
   */
  boolean reportsReady(Ready way) {
    serves |= ready == way || ready == Ready.START;
    return ready == way;
  }

  /** Whether it has reported ready in the way of its Ready=; with Ready=start, in any way. */
  boolean serves() {
    return serves;
  }

  /** Whether its report that it listens is what Ready= waits for, and has not come yet. */
  boolean isToListen() {
    return ready == Ready.LISTEN && !serves;
  }

  /** What it last said with STATUS=, or else which sockets it has yet to bind; empty if neither. */
  String status() {
    return status.isEmpty() && ready == Ready.LISTEN ? binding.status() : status;
  }

  /** Why it is not ready: the steps from its start to being ready, the last one first. */
  String explanation() {
    if (!probed.isEmpty()) {
      return "ReadyCommand= " + probed + (probe.isPresent() ? ", and runs again" : "");
    } else if (probe.isPresent()) {
      return "ReadyCommand= still runs";
    } else if (serves || ready == Ready.START) {
      return "ReadyDelay= is not over yet";
    }
    return binding.explanation();
  }

  /** What a log line about it is about. */
  Subject subject() {
    return new Subject(Optional.of(slot), Optional.empty(), Optional.of(pid));
  }

  /** The same text as {@link Worker#toString}. */
  @Override
  public String toString() {
    return "worker " + slot + " (pid " + pid + ")";
  }
}
