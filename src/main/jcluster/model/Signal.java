package jcluster.model;

/**
 * The signals the supervisor sends, with their Linux numbers (signal(7); the same on x86-64 and
 * arm64).
 */
public enum Signal {
  HUP(1),
  INT(2),
  QUIT(3),
  KILL(9),
  USR1(10),
  TERM(15);

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  /** The number that kill(2) takes. */
  public int number() {
    return number;
  }
}
