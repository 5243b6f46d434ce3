package jcluster.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.control.ControlClient;
import jcluster.control.Request;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Outcome;
import jcluster.os.Terminal;
import jcluster.systemd.JournalStream;
import jcluster.systemd.Manager;
import jcluster.text.Printable;
import jcluster.text.Reason;

/** {@code jcluster reload, scale, upgrade}: asks a running supervisor, and waits. */
record AskCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  /** What is said to a supervisor; returns the exit status. */
  @FunctionalInterface
  interface Talk {
    int with(String name, Path socket) throws IOException;
  }

  /**
   * Asks the supervisor, and shows what it says.
   *
   * @return the exit status
   */
  int run(Command.Ask command) throws UsageException {
    return run(command.name(), command.request(), (name, socket) -> ask(name, socket, command));
  }

  /**
   * Talks to the supervisor of an application, and says why that was not possible.
   *
   * @param given the application; empty for the only one that runs
   * @return the exit status
   */
  int run(Optional<String> given, Request request, Talk talk) throws UsageException {
    Optional<String> known = given.isPresent() ? given : onlyOne();
    if (known.isEmpty()) {
      err.println("jcluster: no application is running");
      return Outcome.NOT_RUNNING.status();
    }
    String name = known.get();
    Optional<Path> socket = ControlClient.find(name, environment);
    try {
      if (socket.isEmpty()) {
        throw new ConnectException();
      }
      return talk.with(name, socket.get());
    } catch (ConnectException e) {
      return notRunning(name, socket.isPresent());
    } catch (EOFException e) {
      err.println("jcluster: " + name + ": " + e.getMessage());
      if (request == Request.RELOAD && isOfUnit(socket.orElseThrow())) {
        endReload();
      }
      return Outcome.FAILED.status();
    } catch (IOException e) {
      String hint =
          Reason.of(e).contains("ermission denied")
              ? "; only root and the application's own user may ask"
              : "";
      err.println("jcluster: " + name + ": " + Printable.of(Reason.of(e)) + hint);
      return Outcome.FAILED.status();
    }
  }

  private int ask(String name, Path socket, Command.Ask command) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(command.request().toString());
    words.addAll(command.arguments());
    // The supervisor itself logs to the journal what it does.
    boolean journal = JournalStream.isStandardError(environment);
    ControlClient.Reply reply = ask(socket, String.join(" ", words), journal);
    if (reply.status() != Outcome.DONE.status()) {
      reply.text().lines().forEach(l -> err.println("jcluster: " + name + ": " + l));
    } else if (!reply.text().isEmpty() && !journal) {
      out.println(reply.text());
    }
    return reply.status();
  }

  private ControlClient.Reply ask(Path socket, String request, boolean quiet) throws IOException {
    if (quiet || !StatusCommand.isTerminal(out) || Terminal.isDumb(environment)) {
      return ControlClient.ask(socket, request, quiet ? line -> {} : out::println);
    }
    try (var progress = new ProgressLine(out, socket)) {
      return ControlClient.ask(socket, request, progress::above);
    }
  }

  private int notRunning(String name, boolean hasSocket) {
    // The directory exists only while a supervisor runs: a unit's is removed with it.
    Path folder = RuntimeDirectory.candidates(name, environment).get(0);
    String hint =
        !hasSocket && Files.isDirectory(folder)
            ? " has no control socket in "
                + folder
                + ": if it has started already, that was removed; restart it"
            : " is not running; to start it: systemctl start " + name + "@max.service";
    err.println("jcluster: " + name + hint);
    return Outcome.NOT_RUNNING.status();
  }

  /** Whether this process is a command of the unit whose supervisor has this control socket. */
  private boolean isOfUnit(Path socket) {
    return RuntimeDirectory.given(environment).equals(Optional.of(socket.getParent()));
  }

  /**
   * Sends READY=1, as ExecReload=, in place of the supervisor, which has sent RELOADING=1 and is
   * gone. Otherwise, systemd 257 waits for READY=1 until the reload times out, and only then starts
   * the next supervisor.
   */
  private void endReload() {
    try {
      Manager.of(environment, ProcessHandle.current().pid()).tell("READY=1");
    } catch (IOException e) {
      err.println("jcluster: the service manager was not told: " + Reason.of(e));
    }
  }

  private Optional<String> onlyOne() throws UsageException {
    List<String> running = ControlClient.running(environment);
    if (running.size() > 1) {
      throw new UsageException(
          "several applications are running, name one: " + String.join(", ", running));
    }
    return running.stream().findFirst();
  }
}
