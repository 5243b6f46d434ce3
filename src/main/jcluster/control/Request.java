package jcluster.control;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a client can ask a supervisor for. A request is one word, the same on the command line and
 * on the control socket, which its arguments follow.
 */
public enum Request {
  /** Replace the workers one by one. */
  RELOAD,
  /** Change the number of workers; the argument is {@code N}, {@code +N}, {@code -N} or max. */
  SCALE,
  /** Tell how the cluster is; the first line of the answer is for people. */
  STATUS,
  /** Let the installed version take over. */
  UPGRADE;

  /** The request with this word; empty if there is none. */
  public static Optional<Request> of(String word) {
    return Stream.of(values()).filter(request -> request.toString().equals(word)).findFirst();
  }

  /** The word. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
