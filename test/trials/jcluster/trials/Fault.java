package jcluster.trials;

import java.io.IOException;
import jcluster.system.Machine;

/**
 * Something that goes wrong under load, and what is then to be seen.
 *
 * @param name what goes wrong
 * @param expected what is to be seen of it, as {@link Trial} words it
 * @param act does it
 */
record Fault(String name, String expected, Act act) {
  /** What is done, and what is looked at. */
  @FunctionalInterface
  interface Act {
    void on(Trial trial) throws IOException, InterruptedException;
  }

  /**
   * What came of it.
   *
   * @param seen what was seen
   * @param lost how many requests were lost, of how many
   */
  record Result(Fault fault, String seen, String lost) {
    boolean asExpected() {
      return seen.equals(fault.expected());
    }
  }

  /** Tries it. */
  Result on(Machine machine) throws IOException, InterruptedException {
    try (var trial = new Trial(machine)) {
      String seen;
      try {
        act.on(trial);
        seen = trial.seen();
      } catch (AssertionError | RuntimeException e) {
        seen = trial.seenBefore(e);
      }
      if (!seen.equals(expected)) {
        System.err.println(machine.journal());
      }
      return new Result(this, seen, trial.lost());
    }
  }
}
