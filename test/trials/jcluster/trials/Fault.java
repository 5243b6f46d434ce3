package jcluster.trials;

import java.io.IOException;
import jcluster.system.Machine;

/**
 * Something that goes wrong under load, and what is then to be seen.
 *
 * @param name of the fault
 * @param expected the expected observations, as {@link Trial} words them
 * @param act does it
 */
record Fault(String name, String expected, Act act) {
  /** The steps of the trial, and its observations. */
  @FunctionalInterface
  interface Act {
    void on(Trial trial) throws IOException, InterruptedException;
  }

  /**
   * The result.
   *
   * @param seen the observations
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
