package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jcluster.control.ControlClient;
import jcluster.control.Request;
import jcluster.model.Outcome;
import jcluster.text.Printable;

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
    Map<String, FutureTask<String>> answers = new LinkedHashMap<>();
    for (String name : ControlClient.running(environment)) {
      var answer = new FutureTask<>(() -> ask(name));
      answers.put(name, answer);
      // A thread for each: those of a pool could all wait for supervisors that hang.
      var thread = new Thread(answer, "asks " + name);
      thread.setDaemon(true);
      thread.start();
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
        outcome = failed(entry.getKey(), Printable.of(String.valueOf(e.getCause().getMessage())));
      } catch (InterruptedException e) {
        throw new AssertionError(e); // Nobody interrupts the main thread.
      }
    }
    return outcome;
  }

  private String ask(String name) throws IOException {
    var socket = ControlClient.find(name, environment);
    if (socket.isEmpty()) {
      throw new IOException("it has ended meanwhile");
    }
    String text = ControlClient.ask(socket.get(), Request.STATUS.toString(), line -> {}).text();
    return text.lines().findFirst().orElse(name);
  }

  private Outcome failed(String name, String why) {
    err.println("jcluster: " + name + ": " + why);
    return Outcome.FAILED;
  }
}
