package jcluster.os;

/**
 * An open file descriptor, which its owner closes. It is close-on-exec, except for standard output
 * and standard error. Not for use by several threads.
 */
public final class Fd implements AutoCloseable {
  private int number;

  Fd(int number) {
    this.number = number;
  }

  /**
   * The descriptor's number.
   *
   * @throws IllegalStateException if it is closed: the number may refer to another file by now
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
