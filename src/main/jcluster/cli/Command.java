package jcluster.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jcluster.control.Request;

/** A parsed command line. */
sealed interface Command {
  record Run(
      Optional<String> name,
      Optional<Path> config,
      Optional<String> instances,
      List<String> listen,
      Optional<List<String>> command)
      implements Command {}

  /**
   * A request to a running supervisor.
   *
   * @param name the application; empty for the only one that runs
   * @param arguments the words that follow that of the request
   */
  record Ask(Request request, Optional<String> name, List<String> arguments) implements Command {}

  /** Shows all applications that run. */
  record All() implements Command {}

  record Check(List<Path> files) implements Command {}

  record Help() implements Command {}

  record Version() implements Command {}
}
