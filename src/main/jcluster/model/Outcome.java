package jcluster.model;

/** How a command ended, with its exit status (jcluster(1), EXIT STATUS). */
public enum Outcome {
  DONE(0),
  FAILED(1),
  USAGE(2),
  NOT_RUNNING(3),
  BUSY(4),
  CONFIG(78);

  private final int status;

  Outcome(int status) {
    this.status = status;
  }

  /** The exit status, 0 to 255. */
  public int status() {
    return status;
  }
}
