package jcluster.runtime;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongFunction;
import jcluster.model.Event;

/**
 * What has happened, in order. Each becomes an event only when its turn comes, so that it refers to
 * the fleet as it is then, and no event is older than the one before it. For the loop's thread.
 */
final class Events {
  private final Queue<LongFunction<Event>> waiting = new ArrayDeque<>();

  /** CLOCK_MONOTONIC in nanoseconds, which {@link System#nanoTime} reads on Linux. */
  static long now() {
    return System.nanoTime();
  }

  /** Adds an event, which is made from the time of its turn in nanoseconds. */
  void add(LongFunction<Event> event) {
    waiting.add(event);
  }

  /** How many wait for their turn. */
  int size() {
    return waiting.size();
  }

  /** Whether none waits for its turn. */
  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The event whose turn it is. */
  Event next() {
    return waiting.remove().apply(now());
  }
}
