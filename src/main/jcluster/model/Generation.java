package jcluster.model;

/**
 * A numbered configuration. The start makes the first generation, and each reload the next.
 *
 * @param number counts from 1; no number is used twice, even if its reload fails
 * @param settings the settings of its workers
 */
public record Generation(int number, Settings settings) {}
