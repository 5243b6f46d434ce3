package jcluster.model;

import jcluster.model.Roll.Stage;

/** The mutable form of a {@link Roll} while the supervisor takes one event. */
final class Rolling {
  final String due;
  final Generation generation;
  long request;
  final long startedAt;
  int target;
  int replaced;
  Stage stage = Stage.NEXT;
  long since;
  int slot = Roll.NONE;
  int worker = Roll.NONE;
  int oldPid;
  int newPid;
  long readyIn;
  long drained;

  /** A roll that begins. */
  Rolling(String due, Generation generation, int target, long request, long now) {
    this.due = due;
    this.generation = generation;
    this.target = target;
    this.request = request;
    this.startedAt = now;
    this.since = now;
  }

  /** A roll as an earlier event left it. */
  Rolling(Roll roll) {
    this(roll.due(), roll.generation(), roll.target(), roll.request(), roll.startedAt());
    replaced = roll.replaced();
    stage = roll.stage();
    since = roll.since();
    slot = roll.slot();
    worker = roll.worker();
    oldPid = roll.oldPid();
    newPid = roll.newPid();
    readyIn = roll.readyIn();
    drained = roll.drained();
  }

  /** The roll as the next event will find it. */
  Roll roll() {
    return new Roll(
        due,
        generation,
        target,
        request,
        startedAt,
        replaced,
        stage,
        since,
        slot,
        worker,
        oldPid,
        newPid,
        readyIn,
        drained);
  }

  /** Whether this is the recycling of one worker and not a reload. */
  boolean recycles() {
    return !due.isEmpty();
  }

  /** Turns to a slot; {@code pid} is its worker's, or 0 if it has none. */
  void turnTo(int number, int pid) {
    slot = number;
    worker = Roll.NONE;
    oldPid = pid;
    newPid = 0;
    readyIn = 0;
    drained = 0;
  }

  void enter(Stage next, long now) {
    stage = next;
    since = now;
  }

  /**
   * Whether the roll alone starts workers in this slot, so that nothing else refills it after a
   * crash.
   */
  boolean holds(int number) {
    return number == slot && stage != Stage.RETIRE;
  }
}
