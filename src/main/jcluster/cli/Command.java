package jcluster.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A parsed command line. */
sealed interface Command {
  record Run(
      Optional<String> name,
      Optional<Path> config,
      Optional<String> instances,
      List<String> listen,
      Optional<List<String>> command)
      implements Command {}

  record Reload(Optional<String> name) implements Command {}

  record Scale(String name, String size) implements Command {}

  record Upgrade(Optional<String> name) implements Command {}

  record Status(Optional<String> name) implements Command {}

  record Check(List<Path> files) implements Command {}

  record Help() implements Command {}

  record Version() implements Command {}
}
