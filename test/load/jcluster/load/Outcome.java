package jcluster.load;

/** How a request went. */
public enum Outcome {
  ANSWERED("answered"),
  /** Nobody listens. */
  REFUSED("refused"),
  RESET("reset"),
  /** The connection was ended in order, without a byte of the answer. */
  CLOSED_BEFORE_ANSWER("closedBeforeAnswer"),
  /** The connection was ended in order, and the answer is cut. */
  CLOSED_MID_ANSWER("closedMidAnswer"),
  /** For the whole timeout nothing came, or nothing could be sent. */
  TIMED_OUT("timedOut"),
  /** The status is not 200, the body is not as expected, or the answer is not HTTP. */
  WRONG_ANSWER("wrongAnswer"),
  /**
   * A GET on a connection that had served before, ended without a byte of the answer: HTTP lets the
   * client send it again on another connection, which it did; it counts once more as what came of
   * that.
   */
  RETRYABLE("retryable"),
  /**
   * A POST on a connection that was closed because nothing had come on it for longer than servers
   * wait: the client's own fault, and neither answered nor failed.
   */
  LATE("late");

  private final String label;

  Outcome(String label) {
    this.label = label;
  }

  boolean failed() {
    return this != ANSWERED && this != RETRYABLE && this != LATE;
  }

  /** As in reports: {@code timedOut}. */
  @Override
  public String toString() {
    return label;
  }
}
