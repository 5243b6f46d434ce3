package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import jcluster.control.ControlClient;
import jcluster.control.Request;
import jcluster.model.Outcome;
import jcluster.runtime.ClusterStatus;
import jcluster.view.Colours;
import jcluster.view.Metrics;
import jcluster.view.StatusJson;
import jcluster.view.StatusTable;

/** {@code jcluster status}: asks a running supervisor how its cluster is, and shows it. */
record StatusCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  /** Pseudoterminals (pts(4)), and the terminals of the console (console(4)) and of lines. */
  private static final Pattern TERMINALS = Pattern.compile("/dev/(pts/[0-9]+|console|tty.*|hvc.*)");

  /**
   * Shows the status in the form that is asked for.
   *
   * @return the exit status
   */
  int run(Command.Status command) throws UsageException {
    if (command.form() == Command.Form.METRICS && command.name().isEmpty()) {
      return metrics();
    } else if (command.form() == Command.Form.WATCH) {
      WatchCommand.check(environment, out);
    }
    return new AskCommand(environment, out, err)
        .run(
            command.name(),
            Request.STATUS,
            (name, socket) ->
                command.form() == Command.Form.WATCH
                    ? new WatchCommand(environment, out, name).run().status()
                    : show(command.form(), of(socket)).status());
  }

  private Outcome show(Command.Form form, ClusterStatus status) {
    switch (form) {
      case TABLE -> out.println(StatusTable.of(status, Colours.of(environment, isTerminal(out))));
      case JSON -> out.println(StatusJson.of(status));
      case METRICS -> out.print(Metrics.of(Map.of(status.summary().name(), Optional.of(status))));
      case READY -> {
        return status.summary().ready() > 0 ? Outcome.DONE : Outcome.FAILED;
      }
      case WATCH -> throw new AssertionError(form);
    }
    return Outcome.DONE;
  }

  /** The metrics of all; that one of them does not answer is among them, and no failure of this. */
  private int metrics() {
    out.print(Metrics.of(new ListCommand(environment, out, err).askAll(StatusCommand::of)));
    return Outcome.DONE.status();
  }

  /**
   * The status that a supervisor tells.
   *
   * @throws IOException as {@link ControlClient#ask}, or if the answer is no status
   */
  static ClusterStatus of(Path socket) throws IOException {
    ControlClient.Reply reply = ControlClient.ask(socket, Request.STATUS.toString(), line -> {});
    if (reply.status() != Outcome.DONE.status()) {
      throw new IOException(reply.text());
    }
    try {
      return ClusterStatus.read(reply.text());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "this version does not understand the status that the supervisor tells ("
              + e.getMessage()
              + "): if that is of another version, jcluster upgrade makes it one of this",
          e);
    }
  }

  /**
   * Whether it is standard output, and that is a terminal. Not by isatty(3): loading what native
   * calls need would take longer than all the rest of such a command.
   */
  static boolean isTerminal(PrintStream out) {
    try {
      Path file = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
      return out == System.out && TERMINALS.matcher(file.toString()).matches();
    } catch (IOException e) {
      return false; // It is closed.
    }
  }
}
