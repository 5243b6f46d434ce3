package jcluster.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.model.Outcome;
import jcluster.text.Printable;

/** The {@code jcluster} command. */
public final class Main {
  private Main() {}

  /** Runs a command line and exits with its status. */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.getenv(), System.out, System.err));
  }

  /**
   * Runs a command line.
   *
   * @return the exit status
   */
  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    try {
      Command command = CommandLine.parse(arguments);
      if (command instanceof Command.Run c) {
        return new RunCommand(environment, err).run(c, arguments).status();
      } else if (command instanceof Command.Ask c) {
        return new AskCommand(environment, out, err).run(c);
      } else if (command instanceof Command.Status c) {
        return new StatusCommand(environment, out, err).run(c);
      } else if (command instanceof Command.All) {
        return new ListCommand(environment, out, err).run().status();
      } else if (command instanceof Command.ReloadAll) {
        return new ReloadAllCommand(environment, out, err).run();
      } else if (command instanceof Command.Add c) {
        return new AddCommand(out, err).run(c).status();
      } else if (command instanceof Command.Import c) {
        return new AddCommand(out, err).run(c).status();
      } else if (command instanceof Command.Remove c) {
        return new RemoveCommand(out, err).run(c).status();
      } else if (command instanceof Command.Check c) {
        return new CheckCommand(environment, out, err).run(c).status();
      } else if (command instanceof Command.Help) {
        out.print(help());
      } else if (command instanceof Command.Version) {
        out.println("jcluster " + version());
      } else {
        throw new AssertionError(command);
      }
      return Outcome.DONE.status();
    } catch (UsageException e) {
      err.println("jcluster: " + Printable.of(e.getMessage()) + " (try jcluster --help)");
      return Outcome.USAGE.status();
    }
  }

  private static String help() {
    try (InputStream text = Main.class.getResourceAsStream("help.txt")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The version of this program. */
  static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
        .orElse("(not installed)");
  }
}
