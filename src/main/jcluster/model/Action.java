package jcluster.model;

/** Something to be done, in the order given. */
public sealed interface Action {

  /** Create a worker's process; answered by {@link Event.Spawned} or {@link Event.SpawnFailed}. */
  record Spawn(int worker, int slot, Generation generation) implements Action {}

  /** Send a signal to a worker's process; {@link Signal#KILL} goes to its whole process group. */
  record Send(int worker, Signal signal) implements Action {}

  /** Let a worker accept connections. */
  record Admit(int worker) implements Action {}

  /** Run the command that says whether a worker is ready; answered by {@link Event.Probed}. */
  record Probe(int worker, int slot, Generation generation) implements Action {}

  /** Tell the service manager: the text of one sd_notify(3) message. */
  record Notify(String message) implements Action {}

  /**
   * Say why a worker does not listen, as far as that is known, to the log and to a requester, who
   * may be {@link Event#NOBODY}.
   */
  record Explain(int worker, long request) implements Action {}

  /** Show a requester how its request goes. */
  record Progress(long request, String line) implements Action {}

  /** Give a requester its final answer. */
  record Answer(long request, Outcome outcome, String line) implements Action {}

  /** Write to the log. */
  record Log(Level level, String line) implements Action {}

  /** End the supervisor; no worker is left. */
  record Exit(Outcome outcome) implements Action {}

  /** How much a log line matters, with its number in syslog(3). */
  enum Level {
    ERROR(3),
    WARNING(4),
    NOTICE(5),
    INFO(6);

    private final int number;

    Level(int number) {
      this.number = number;
    }

    /** The priority as sd-daemon(3) prefixes it. */
    public int number() {
      return number;
    }
  }
}
