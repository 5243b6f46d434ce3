package jcluster.load;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A client of a load; each runs on its own thread. */
abstract class Client implements Runnable {
  /**
   * A client that was refused waits this long, which leaves the CPU to a server that is starting.
   */
  private static final long REFUSED_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  final Load load;
  final Kind kind;
  private boolean going;

  Client(Load load, Kind kind) {
    this.load = load;
    this.kind = kind;
  }

  /** Makes and counts the next request or requests; returns false if the load is over. */
  abstract boolean turn() throws IOException;

  @Override
  public final void run() {
    try {
      while (turn()) {
        load.pause(TimeUnit.MILLISECONDS.toNanos(load.plan.think()));
      }
    } catch (IOException | RuntimeException | Error e) {
      load.broke(e);
    } finally {
      load.ended(going);
    }
  }

  /**
   * Counts an answer.
   *
   * @param begun when its request was first sent, in nanoseconds
   * @param worker the worker that answered, or null if unknown
   */
  final void answered(long begun, String worker) {
    load.tally.answered(kind, begun, worker);
    going();
  }

  final void failed(Failure failure) {
    load.tally.failed(kind, failure);
    if (failure.outcome == Outcome.REFUSED) {
      load.pause(REFUSED_PAUSE);
    }
  }

  /** Says once that this client is being answered. */
  final void going() {
    if (!going) {
      going = true;
      load.going();
    }
  }
}
