package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jcluster.control.ControlClient;
import jcluster.control.Request;
import jcluster.model.Outcome;
import jcluster.text.Printable;
import jcluster.text.Reason;

/** {@code jcluster list}: shows in one line each how all applications are. */
record ListCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  /** How long a supervisor has to answer, in seconds: one that hangs must not hide the others. */
  private static final long LIMIT = 5;

  /**
   * Asks all supervisors at the same time, and shows what each says.
   *
   * @return whether all of them have answered
   */
  Outcome run() {
    Map<String, CompletableFuture<String>> answers = new LinkedHashMap<>();
    for (String name : ControlClient.running(environment)) {
      answers.put(name, CompletableFuture.supplyAsync(() -> ask(name)));
    }
    if (answers.isEmpty()) {
      err.println("jcluster: no application is running");
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT);
    Outcome outcome = Outcome.DONE;
    for (var entry : answers.entrySet()) {
      try {
        out.println(entry.getValue().get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        outcome = failed(entry.getKey(), "its supervisor does not answer");
      } catch (ExecutionException e) {
        outcome =
            failed(entry.getKey(), Printable.of(Reason.of((IOException) e.getCause().getCause())));
      } catch (InterruptedException e) {
        throw new AssertionError(e); // Nobody interrupts the main thread.
      }
    }
    return outcome;
  }

  private String ask(String name) {
    try {
      var socket = ControlClient.find(name, environment);
      if (socket.isEmpty()) {
        throw new IOException("it has ended meanwhile");
      }
      String text = ControlClient.ask(socket.get(), Request.STATUS.toString(), line -> {}).text();
      return text.lines().findFirst().orElse(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome failed(String name, String why) {
    err.println("jcluster: " + name + ": " + why);
    return Outcome.FAILED;
  }
}
