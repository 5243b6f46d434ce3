package jcluster.config;

import static jcluster.config.Words.refused;

import java.util.regex.Pattern;

/**
 * How many workers an application has: a number, or a number relative to the CPUs.
 *
 * @param number 0 for as many as there are CPUs, N for N workers, -N for N fewer than the CPUs;
 *     from -1024 to 1024
 */
public record Instances(int number) {
  /** As many workers as there are CPUs; the default. */
  public static final Instances MAX = new Instances(0);

  private static final int BOUND = 1024;
  private static final String ALLOWED =
      "is not a number of instances: allowed are max, 0 (the same), N from 1 to 1024, or -N for all"
          + " CPUs but N";
  private static final Pattern NUMBER = Pattern.compile("-?[1-9][0-9]{0,3}");

  /**
   * @throws IllegalArgumentException for a number out of range
   */
  public Instances {
    if (number < -BOUND || number > BOUND) {
      throw refused(Integer.toString(number), ALLOWED);
    }
  }

  /**
   * Reads {@code max}, {@code 0} (the same), {@code N} or {@code -N}, N from 1 to 1024 in plain
   * ASCII digits. Anything else is refused, never guessed at.
   *
   * @throws IllegalArgumentException for any other text, with a message for people
   */
  public static Instances parse(String text) {
    if (text.equals("max") || text.equals("0")) {
      return MAX;
    }
    if (!NUMBER.matcher(text).matches()) {
      throw refused(text, ALLOWED);
    }
    return new Instances(Integer.parseInt(text));
  }

  /**
   * The number of workers on a machine with this many CPUs, at least 1.
   *
   * @param cpus the CPUs that this process may use, at least 1
   */
  public int count(int cpus) {
    return number > 0 ? number : Math.max(1, cpus + number);
  }

  /** The text that {@link #parse} reads back: {@code max}, {@code N} or {@code -N}. */
  @Override
  public String toString() {
    return number == 0 ? "max" : Integer.toString(number);
  }
}
