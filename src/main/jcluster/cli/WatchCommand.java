package jcluster.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jcluster.control.ControlClient;
import jcluster.model.Outcome;
import jcluster.model.Time;
import jcluster.os.OsException;
import jcluster.os.Sys;
import jcluster.os.Terminal;
import jcluster.runtime.ClusterStatus;
import jcluster.text.Printable;
import jcluster.text.Reason;
import jcluster.view.Colours;
import jcluster.view.Screen;
import jcluster.view.WatchView;

/** {@code jcluster status --watch}: asks each second, and shows it on the whole terminal. */
final class WatchCommand {
  /** The time between two looks, in nanoseconds. */
  private static final long INTERVAL = Time.SECOND;

  /** How long a supervisor has to answer before the view says that it does not, in nanoseconds. */
  private static final long LIMIT = 5 * Time.SECOND;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final String name;
  private final WatchView view;

  /** A question that is not answered yet. */
  private Optional<Question> pending = Optional.empty();

  private record Question(FutureTask<ClusterStatus> answer, long askedAt) {}

  WatchCommand(Map<String, String> environment, PrintStream out, String name) {
    this.environment = environment;
    this.out = out;
    this.name = name;
    this.view = new WatchView(name, Colours.of(environment, true), isUnicode(environment));
  }

  /**
   * Checks that there is a terminal on which a view can be shown.
   *
   * @throws UsageException if there is none
   */
  static void check(Map<String, String> environment, PrintStream out) throws UsageException {
    if (!StatusCommand.isTerminal(out) || !Sys.isTerminal(Sys.standardInput())) {
      throw new UsageException("status: --watch needs a terminal as its input and its output");
    } else if (Terminal.isDumb(environment)) {
      String term = environment.getOrDefault("TERM", "");
      throw new UsageException(
          "status: --watch needs a terminal that can move its cursor, and TERM is '" + term + "'");
    }
  }

  /**
   * Whether the user's locale is one of UTF-8 (locale(7)); its LC_ALL is where the launcher has put
   * it.
   */
  private static boolean isUnicode(Map<String, String> environment) {
    return List.of("JCLUSTER_WORKER_LC_ALL", "LC_CTYPE", "LANG").stream()
        .map(variable -> environment.getOrDefault(variable, ""))
        .filter(value -> !value.isEmpty())
        .findFirst()
        .filter(locale -> locale.toUpperCase(Locale.ROOT).matches(".*UTF-?8.*"))
        .isPresent();
  }

  /** Shows the application until the user has seen enough. */
  Outcome run() throws OsException {
    try (var terminal = new Terminal(out)) {
      // Ctrl-C, and whatever else ends this process
      Runtime.getRuntime().addShutdownHook(new Thread(terminal::close, "restores the terminal"));
      var screen = new Screen();
      long next;
      do {
        next = System.nanoTime() + INTERVAL;
        look();
        Terminal.Size size = Terminal.size();
        List<String> lines = view.lines(size.lines(), size.columns(), clock());
        terminal.show(screen.update(lines, size.lines(), size.columns()));
      } while (!quits(terminal, next));
    }
    return Outcome.DONE;
  }

  /** Waits for the next look; returns whether the user quits before that. */
  private static boolean quits(Terminal terminal, long until) throws OsException {
    for (OptionalInt key = terminal.key(until - System.nanoTime());
        key.isPresent();
        key = terminal.key(until - System.nanoTime())) {
      if (key.getAsInt() == 'q' || key.getAsInt() == Terminal.GONE) {
        return true;
      }
    }
    return false;
  }

  /** Asks the supervisor, and gives the view what it says. One that hangs is asked only once. */
  private void look() {
    Question question = pending.orElseGet(this::ask);
    pending = Optional.empty();
    try {
      ClusterStatus status = question.answer().get(INTERVAL, TimeUnit.NANOSECONDS);
      view.take(status, System.nanoTime(), clock());
    } catch (TimeoutException e) {
      pending = Optional.of(question);
      if (System.nanoTime() - question.askedAt() > LIMIT) {
        view.miss("does not answer", clock());
      }
    } catch (ExecutionException e) {
      view.miss(why(e.getCause()), clock());
    } catch (InterruptedException e) {
      throw new AssertionError(e); // Nobody interrupts the main thread.
    }
  }

  private Question ask() {
    var answer = new FutureTask<>(this::status);
    var thread = new Thread(answer, "asks " + name);
    thread.setDaemon(true);
    thread.start();
    return new Question(answer, System.nanoTime());
  }

  private ClusterStatus status() throws IOException {
    // Anew each time: the next supervisor may be elsewhere.
    Path socket = ControlClient.find(name, environment).orElseThrow(ConnectException::new);
    return StatusCommand.of(socket);
  }

  /** The user's time of day. */
  private static LocalTime clock() {
    return LocalTime.now(ZoneId.systemDefault());
  }

  private static String why(Throwable e) {
    if (e instanceof ConnectException) {
      return "is not running";
    } else if (e instanceof EOFException) {
      return "has lost its supervisor";
    }
    String why = e instanceof IOException io ? Reason.of(io) : String.valueOf(e);
    return "cannot be asked: " + Printable.of(why);
  }
}
