package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jcluster.control.ControlClient;
import jcluster.control.Request;
import jcluster.model.Outcome;
import jcluster.text.Printable;
import jcluster.view.Colours;

/** {@code jcluster list}: shows in one line each how all applications are. */
record ListCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  /** How long a supervisor has to answer, in seconds: one that hangs must not hide the others. */
  private static final long LIMIT = 5;

  /** What is asked of a supervisor at its control socket. */
  @FunctionalInterface
  interface Question<T> {
    T of(Path socket) throws IOException;
  }

  /**
   * Shows what each supervisor says.
   *
   * @return whether all of them have answered
   */
  Outcome run() {
    var colours = Colours.of(environment, StatusCommand.isTerminal(out));
    Map<String, Optional<String>> lines = askAll(ListCommand::line);
    lines.values().stream().flatMap(Optional::stream).map(colours::line).forEach(out::println);
    if (lines.isEmpty()) {
      err.println("jcluster: no application is running");
    }
    return lines.containsValue(Optional.empty()) ? Outcome.FAILED : Outcome.DONE;
  }

  private static String line(Path socket) throws IOException {
    String text = ControlClient.ask(socket, Request.STATUS.toString(), line -> {}).text();
    return text.lines().findFirst().orElse("");
  }

  /**
   * Asks all supervisors at the same time, and says which of them do not answer, and why.
   *
   * @return the answers by the names of the applications; empty where there was none
   */
  <T> Map<String, Optional<T>> askAll(Question<T> question) {
    Map<String, FutureTask<T>> tasks = new LinkedHashMap<>();
    for (String name : ControlClient.running(environment)) {
      var task = new FutureTask<>(() -> ask(name, question));
      tasks.put(name, task);
      // A thread for each: those of a pool could all wait for supervisors that hang.
      var thread = new Thread(task, "asks " + name);
      thread.setDaemon(true);
      thread.start();
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT);
    Map<String, Optional<T>> answers = new LinkedHashMap<>();
    tasks.forEach((name, task) -> answers.put(name, answer(name, task, end - System.nanoTime())));
    return answers;
  }

  private <T> T ask(String name, Question<T> question) throws IOException {
    var socket = ControlClient.find(name, environment);
    if (socket.isEmpty()) {
      throw new IOException("it has ended meanwhile");
    }
    return question.of(socket.get());
  }

  private <T> Optional<T> answer(String name, FutureTask<T> task, long nanos) {
    String why;
    try {
      return Optional.of(task.get(nanos, TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      why = "its supervisor does not answer";
    } catch (ExecutionException e) {
      why = Printable.of(String.valueOf(e.getCause().getMessage()));
    } catch (InterruptedException e) {
      throw new AssertionError(e); // Nobody interrupts the main thread.
    }
    err.println("jcluster: " + name + ": " + why);
    return Optional.empty();
  }
}
