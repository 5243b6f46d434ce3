package jcluster.load;

/** What the server did to a request other than to answer it. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  final Outcome outcome;

  Failure(Outcome outcome, String message) {
    super(message, null, false, false);
    this.outcome = outcome;
  }
}
