package jcluster.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The replacement of workers under way: a reload, which takes all slots, the lowest first; or the
 * recycling of one worker. All times are in nanoseconds.
 */
public sealed interface Rollout {

  /** What new workers are started with. */
  Generation generation();

  /** When it began. */
  long startedAt();

  /** The slots in hand, in the order in which they were taken. */
  List<Turn> inHand();

  /** The rollout with one of its slots in hand changed. */
  Rollout with(Turn turn);

  /** This, if it is a reload. */
  default Optional<Reload> reload() {
    return Optional.empty();
  }

  /** This, if it is a recycling. */
  default Optional<Recycling> recycling() {
    return Optional.empty();
  }

  /** Whether it alone starts workers in this slot, so that nothing else refills it after a loss. */
  default boolean holds(int slot) {
    return inHand().stream().anyMatch(t -> t.slot() == slot && !(t.stage() instanceof Retire));
  }

  /**
   * Brings all slots to a new generation.
   *
   * @param generation the new generation
   * @param startedAt when it began
   * @param request who asked, for the answer; empty if nobody waits for it
   * @param target how many workers there are to be when it is over
   * @param replaced how many slots are done
   * @param inHand the slots in hand; none once all slots are done, while surplus workers drain
   */
  record Reload(
      Generation generation,
      long startedAt,
      Optional<Long> request,
      int target,
      int replaced,
      List<Turn> inHand)
      implements Rollout {

    @Override
    public Optional<Reload> reload() {
      return Optional.of(this);
    }

    /** How many slots it may have in hand at a time. */
    int surge() {
      return generation.settings().surge().of(target);
    }

    @Override
    public Reload with(Turn turn) {
      List<Turn> turns = new ArrayList<>(inHand);
      turns.replaceAll(t -> t.slot() == turn.slot() ? turn : t);
      return with(turns, replaced);
    }

    /** The reload with one more slot in hand. */
    Reload withNext(Turn turn) {
      List<Turn> turns = new ArrayList<>(inHand);
      turns.add(turn);
      return with(turns, replaced);
    }

    private Reload with(List<Turn> turns, int done) {
      return new Reload(generation, startedAt, request, target, done, List.copyOf(turns));
    }

    private List<Turn> without(int slot) {
      return inHand.stream().filter(t -> t.slot() != slot).toList();
    }

    /** How far it is, as in {@code 1 of 2 workers replaced}. */
    String progress() {
      return replaced + " of " + Worker.text(target) + " replaced";
    }

    /** The reload with a slot in hand done. */
    Reload withSlotDone(int slot) {
      return with(without(slot), replaced + 1);
    }

    /** The reload with a slot in hand left, because there is no such slot any more. */
    Reload withSlotLeft(int slot) {
      return with(without(slot), replaced);
    }

    /** The reload to another number of workers. */
    Reload withTarget(int workers) {
      return new Reload(generation, startedAt, request, workers, replaced, inHand);
    }

    /** The reload, now that nobody waits for its end. */
    Reload unattended() {
      return new Reload(generation, startedAt, Optional.empty(), target, replaced, inHand);
    }
  }

  /**
   * Replaces one worker by a new one of the same generation.
   *
   * @param generation the generation of the slot
   * @param startedAt when it began
   * @param reason why the worker is recycled, as in {@code after 1 h}
   * @param turn its slot
   */
  record Recycling(Generation generation, long startedAt, String reason, Turn turn)
      implements Rollout {

    @Override
    public List<Turn> inHand() {
      return List.of(turn);
    }

    @Override
    public Optional<Recycling> recycling() {
      return Optional.of(this);
    }

    @Override
    public Recycling with(Turn next) {
      return new Recycling(generation, startedAt, reason, next);
    }
  }

  /**
   * A slot in hand.
   *
   * @param slot its number
   * @param oldPid the process id of the worker that is replaced; empty if there is none
   * @param stage how far its replacement is
   */
  record Turn(int slot, Optional<Integer> oldPid, Stage stage) {

    Turn in(Stage next) {
      return new Turn(slot, oldPid, next);
    }

    /** The turn after the loss of the old worker. */
    Turn withoutOld() {
      return new Turn(slot, Optional.empty(), stage);
    }
  }

  /** How far a rollout is with a slot. */
  sealed interface Stage {

    /** The id of the worker that is being brought up. */
    default Optional<Integer> replacement() {
      return Optional.empty();
    }
  }

  /**
   * The replacement starts beside the old worker, which still serves.
   *
   * @param replacement the id of the replacement; empty until it may start
   */
  record Beside(Optional<Integer> replacement) implements Stage {}

  /**
   * The new worker is ready; the old one drains.
   *
   * @param worker the id of the new worker
   * @param pid its process id
   * @param readyIn how long it took to become ready
   * @param since when the old worker was asked to stop
   */
  record Retire(int worker, Optional<Integer> pid, long readyIn, long since) implements Stage {}

  /**
   * The replacement could not come up beside the old worker and is stopped; the old one still
   * serves.
   *
   * @param worker the id of the failed replacement
   */
  record Withdraw(int worker) implements Stage {}

  /**
   * The old worker is stopped so that its slot can be started afresh.
   *
   * @param since when it was asked to stop
   */
  record Vacate(long since) implements Stage {}

  /**
   * The replacement starts in the empty slot.
   *
   * @param drained how long the old worker took to exit
   * @param replacement the id of the replacement; empty until it may start
   */
  record Fresh(long drained, Optional<Integer> replacement) implements Stage {}
}
