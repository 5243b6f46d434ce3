package jcluster.model;

/**
 * One configuration's turn: the first at start, one more with each reload.
 *
 * @param number counts from 1; a number is never used twice, also when its reload fails
 * @param settings the settings its workers live by
 */
public record Generation(int number, Settings settings) {}
