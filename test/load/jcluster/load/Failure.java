package jcluster.load;

/** How a request failed. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  final Outcome outcome;

  Failure(Outcome outcome, String message) {
    super(message, null, false, false);
    this.outcome = outcome;
  }
}
