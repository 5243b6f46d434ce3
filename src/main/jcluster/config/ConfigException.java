package jcluster.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import jcluster.text.Printable;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  private final ArrayList<String> problems;

  /**
   * A complaint.
   *
   * @param problems at least one
   */
  public ConfigException(List<String> problems) {
    super(problems.stream().map(Printable::of).collect(Collectors.joining("\n")));
    this.problems = new ArrayList<>(problems.stream().map(Printable::of).toList());
  }

  /**
   * The problems, at least one, each a single line {@code FILE:LINE: message}; or {@code FILE:
   * message} where a file as a whole cannot be read, {@code command line: message} for a command
   * that came from there, and only the message where it is about more than the files.
   */
  public List<String> problems() {
    return List.copyOf(problems);
  }
}
