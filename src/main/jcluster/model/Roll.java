package jcluster.model;

/**
 * A reload under way, which brings the slots to a new generation one at a time, the lowest first.
 * Or the recycling of one worker, which takes its slot through the same stages but keeps its
 * generation, and changes nothing else. All times are in nanoseconds.
 *
 * @param due why the one worker is recycled, as in {@code after 1 h}; empty for a reload
 * @param generation the generation it brings
 * @param target how many workers there are to be when it is over
 * @param request who asked, for the answer
 * @param startedAt when it began
 * @param replaced how many slots are done
 * @param stage how far it is with the slot
 * @param since when that stage began
 * @param slot the slot being replaced, or {@link #NONE}
 * @param worker the id of the slot's new worker, or {@link #NONE}
 * @param oldPid the process id of the worker it replaces, or 0
 * @param newPid the process id of the new worker once it is ready, or 0
 * @param readyIn how long the new worker took to report ready
 * @param drained how long the old worker took to exit
 */
public record Roll(
    String due,
    Generation generation,
    int target,
    long request,
    long startedAt,
    int replaced,
    Stage stage,
    long since,
    int slot,
    int worker,
    int oldPid,
    int newPid,
    long readyIn,
    long drained) {

  /** No worker, or no slot. */
  public static final int NONE = -1;

  /** Whether this is the recycling of one worker and not a reload. */
  public boolean recycles() {
    return !due.isEmpty();
  }

  /** How far a roll is with its slot. */
  public enum Stage {
    /** Between two slots. */
    NEXT,
    /** The replacement starts beside the old worker, which still serves. */
    BESIDE,
    /** The replacement is ready; the old worker drains. */
    RETIRE,
    /**
     * The replacement could not come up beside the old worker and is stopped; the old one still
     * serves.
     */
    WITHDRAW,
    /** The old worker is stopped so that its slot can be started afresh. */
    VACATE,
    /** A new worker starts in the empty slot. */
    FRESH,
    /** All slots are done; workers beyond the new number of instances drain. */
    FINISH
  }
}
