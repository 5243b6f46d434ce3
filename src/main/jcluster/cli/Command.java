package jcluster.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import jcluster.config.Instances;
import jcluster.control.Request;
import jcluster.install.Listen;

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

  /**
   * Shows how an application is.
   *
   * @param name the application; empty for the only one that runs, and with {@link Form#METRICS}
   *     for all that run
   */
  record Status(Optional<String> name, Form form) implements Command {}

  /** In which form a status is shown. */
  enum Form {
    /** For people; all others have an option. */
    TABLE,
    JSON,
    METRICS,
    /** As an exit status. */
    READY,
    /** As a live view. */
    WATCH;

    /** All options, for messages. */
    static final String OPTIONS = "--json, --metrics, --ready and --watch";

    /** The form with this option; empty if there is none. */
    static Optional<Form> of(String option) {
      return Stream.of(values())
          .filter(
              form -> form != TABLE && option.equals("--" + form.name().toLowerCase(Locale.ROOT)))
          .findFirst();
    }
  }

  /** Shows all applications that run. */
  record All() implements Command {}

  /** Reloads all applications that run. */
  record ReloadAll() implements Command {}

  /**
   * Makes an application a service.
   *
   * @param root where the system is that gets the service; empty for this one
   */
  record Add(
      String name,
      List<Listen> listen,
      Instances size,
      boolean start,
      Optional<Path> root,
      List<String> command)
      implements Command {}

  /** Undoes that. */
  record Remove(String name, Optional<Path> root) implements Command {}

  /**
   * Makes the applications of a process file of PM2 services.
   *
   * @param only the one that is meant; empty for all
   * @param listen what they listen on; if empty, what the file says
   */
  record Import(Path file, Optional<String> only, List<Listen> listen, Optional<Path> root)
      implements Command {}

  record Check(List<Path> files) implements Command {}

  record Help() implements Command {}

  record Version() implements Command {}
}
