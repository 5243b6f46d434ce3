package jcluster.model;

import java.util.List;

/**
 * What follows from an event.
 *
 * @param fleet the fleet after it
 * @param actions what is to be done, in order
 * @param deadline when the next {@link Event.Tick} is due, in nanoseconds; {@link Fleet#NEVER} for
 *     none
 */
public record Step(Fleet fleet, List<Action> actions, long deadline) {}
