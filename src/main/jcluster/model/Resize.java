package jcluster.model;

/**
 * A change of the number of workers under way.
 *
 * @param request who asked, for the answer
 * @param from how many workers there were
 * @param to how many there are to be
 */
public record Resize(long request, int from, int to) {}
