package jcluster.model;

import java.util.Optional;

/** Something for the supervisor to do. The actions of a {@link Step} are performed in order. */
public sealed interface Action {

  /** Create a worker's process; answered by {@link Event.Spawned} or {@link Event.SpawnFailed}. */
  record Spawn(int worker, int slot, Generation generation) implements Action {}

  /** Send a signal to a worker's process; {@link Signal#KILL} goes to its whole process group. */
  record Send(int worker, Signal signal) implements Action {}

  /** Let a worker accept connections. */
  record Admit(int worker) implements Action {}

  /**
   * Run a worker's ReadyCommand=, which tells whether it is ready; answered by {@link
   * Event.Probed}.
   */
  record Probe(int worker, int slot, Generation generation) implements Action {}

  /** Send the service manager one sd_notify(3) message. */
  record Notify(String message) implements Action {}

  /**
   * Tell the log and the requester, if there is one, why a worker is not ready, as far as that is
   * known.
   */
  record Explain(int worker, Optional<Long> request) implements Action {}

  /** Send a requester a line about the progress of its request. */
  record Progress(long request, String line) implements Action {}

  /** Give a requester its final answer. */
  record Answer(long request, Outcome outcome, String line) implements Action {}

  /** Write to the log, which tells scripts what kind of message it is and what it is about. */
  record Log(LogMessage message, Level level, Subject subject, String line) implements Action {}

  /** End the supervisor; no worker is left. */
  record Exit(Outcome outcome) implements Action {}

  /**
   * What a log line is about: a worker, or a generation alone.
   *
   * @param slot the worker's slot
   * @param generation the number of the worker's generation, or of the one that a reload brings
   * @param pid the worker's process id, once it is known
   */
  record Subject(Optional<Integer> slot, Optional<Integer> generation, Optional<Integer> pid) {
    /** Nothing of the kind. */
    public static final Subject NONE =
        new Subject(Optional.empty(), Optional.empty(), Optional.empty());

    static Subject of(Worker worker) {
      return of(worker.slot(), worker.generation(), worker.pid());
    }

    static Subject of(int slot, Generation generation, Optional<Integer> pid) {
      return new Subject(Optional.of(slot), Optional.of(generation.number()), pid);
    }

    static Subject of(Generation generation) {
      return new Subject(Optional.empty(), Optional.of(generation.number()), Optional.empty());
    }
  }

  /** The severity of a log line, with its number in syslog(3). */
  enum Level {
    ERROR(3),
    WARNING(4),
    NOTICE(5),
    INFO(6);

    private final int number;

    Level(int number) {
      this.number = number;
    }

    /** The number in the prefix {@code <N>} of sd-daemon(3). */
    public int number() {
      return number;
    }
  }
}
