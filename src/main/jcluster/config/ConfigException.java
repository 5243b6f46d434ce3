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
   * An exception that reports these problems.
   *
   * @param problems at least one
   */
  public ConfigException(List<String> problems) {
    super(problems.stream().map(Printable::of).collect(Collectors.joining("\n")));
    this.problems = new ArrayList<>(problems.stream().map(Printable::of).toList());
  }

  /**
   * The problems, at least one, each a single line {@code FILE:LINE: message}. The line is {@code
   * FILE: message} if a whole file cannot be read, {@code command line: message} for a command
   * given there, and only the message if the problem concerns more than the files.
   */
  public List<String> problems() {
    return List.copyOf(problems);
  }
}
