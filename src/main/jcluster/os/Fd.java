package jcluster.os;

/**
 * An open file descriptor that is its owner's to close. Close-on-exec, unless it came from
 * elsewhere: see {@link Sys#adopt}. Not for use by several threads.
 */
public final class Fd implements AutoCloseable {
  private int number;

  Fd(int number) {
    this.number = number;
  }

  /**
   * The descriptor's number.
   *
   * @throws IllegalStateException if it is closed: the number may be another file's by now
   */
  public int number() {
    if (number < 0) {
      throw new IllegalStateException("closed");
    }
    return number;
  }

  /** Closes the descriptor, once. Errors are ignored: close(2) frees the number all the same. */
  @Override
  public void close() {
    if (number >= 0) {
      Libc.close(number);
      number = -1;
    }
  }

  @Override
  public String toString() {
    return number < 0 ? "closed" : String.valueOf(number);
  }
}
