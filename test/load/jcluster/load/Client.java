package jcluster.load;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** One of the clients of a load, on a thread of its own. */
abstract class Client implements Runnable {
  /** Who is refused leaves the CPU for as long to whoever starts the server. */
  private static final long REFUSED_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  final Load load;
  final Kind kind;
  private boolean going;

  Client(Load load, Kind kind) {
    this.load = load;
    this.kind = kind;
  }

  /** Makes a request, or several at once, and counts them; false if there is none to be made. */
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
   * @param worker who gave it, or null
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
