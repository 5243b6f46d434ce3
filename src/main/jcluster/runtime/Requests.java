package jcluster.runtime;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import jcluster.config.Config;
import jcluster.config.ConfigException;
import jcluster.control.ControlServer;
import jcluster.control.Request;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.model.Action.Subject;
import jcluster.model.Event;
import jcluster.model.Fleet;
import jcluster.model.Outcome;
import jcluster.model.Time;

/** What clients ask for over the control socket, and what they are told. For the loop's thread. */
final class Requests {
  /** When this process was started, in milliseconds since 1970; an upgrade does not change it. */
  private static final long STARTED_AT =
      ProcessHandle.current().info().startInstant().orElseGet(Instant::now).toEpochMilli();

  private final Setup setup;
  private final ControlServer control;
  private final Events events;
  private final Map<Integer, Config> configs;
  private final Workers workers;
  private final Upgrade upgrade;
  private final Supplier<Fleet> fleet;
  private final Supplier<Handover> handover;

  /**
   * The answers of a supervisor that stops, held back until its end. The service manager's reload
   * command then ends along with the supervisor. If it failed before that, the service manager
   * would take this for a failure of the service.
   */
  private final List<Action.Answer> last = new ArrayList<>();

  /**
   * No request yet.
   *
   * @param configs where a configuration that was read is put, by the number of its generation
   * @param fleet the fleet as it is now
   * @param handover all that the supervisor knows now
   */
  Requests(
      Setup setup,
      ControlServer control,
      Events events,
      Map<Integer, Config> configs,
      Workers workers,
      Upgrade upgrade,
      Supplier<Fleet> fleet,
      Supplier<Handover> handover) {
    this.setup = setup;
    this.control = control;
    this.events = events;
    this.configs = configs;
    this.workers = workers;
    this.upgrade = upgrade;
    this.fleet = fleet;
    this.handover = handover;
  }

  /** Takes a request: its line as the client has sent it. A failure of this program fails it. */
  void take(long request, String line) {
    try {
      String[] words = line.split(" ", -1);
      Optional<Request> asked = Request.of(words[0]);
      if (asked.isEmpty()) {
        control.answer(request, Outcome.USAGE, "unknown request '" + words[0] + "'");
        return;
      }
      switch (asked.get()) {
        case RELOAD -> events.add(now -> reload(Optional.of(request)));
        case SCALE -> scale(request, words.length == 2 ? words[1] : "");
        case STATUS -> status(request);
        case UPGRADE -> upgrade(request);
      }
    } catch (RuntimeException | Error e) {
      setup.log().failure(e);
      control.answer(request, Outcome.FAILED, "this request has made the supervisor fail: " + e);
    }
  }

  /**
   * Reads the configuration for a reload.
   *
   * @param request the request; empty if nobody waits for an answer
   */
  Event reload(Optional<Long> request) {
    try {
      Config config = setup.config();
      boolean scaled = fleet.get().scaled();
      int instances = scaled ? fleet.get().target() : setup.instances(config);
      // Under the number that a reload would give its generation; removed after the event if none
      // has begun.
      configs.put(fleet.get().nextGeneration(), config);
      workers.overwritten().forEach(jar -> explain(request, Subject.NONE, jar.advice()));
      return new Event.Reload(Events.now(), request, config.settings(), instances);
    } catch (ConfigException e) {
      return new Event.Misconfigured(Events.now(), request, e.getMessage());
    } catch (RuntimeException | Error e) {
      setup.log().failure(e);
      String why = "the supervisor has failed to read its configuration: " + e;
      return new Event.Misconfigured(Events.now(), request, why);
    }
  }

  private void scale(long request, String size) {
    boolean relative = size.startsWith("+") || size.startsWith("-");
    if (!size.matches("max|[+-]?[0-9]{1,9}")) {
      String allowed = "allowed are max, N from 1 to " + Fleet.MAX_WORKERS + ", +N and -N";
      control.answer(request, Outcome.USAGE, "'" + size + "' is not a size: " + allowed);
      return;
    }
    int change = size.equals("max") ? Setup.cpus() : Integer.parseInt(size);
    events.add(now -> new Event.Scale(now, request, relative, change));
  }

  private void status(long request) {
    var status =
        ClusterStatus.of(
            setup.name(),
            STARTED_AT,
            fleet.get(),
            Events.now(),
            Memory::resident,
            workers::counts,
            workers::past,
            workers::status);
    control.answer(request, Outcome.DONE, status.text());
  }

  private void upgrade(long request) {
    if (fleet.get().life() == Fleet.Life.STOPPING) {
      control.answer(request, Outcome.FAILED, "it is stopping");
    } else if (upgrade.begun()) {
      control.answer(request, Outcome.BUSY, "an upgrade is under way");
    } else {
      upgrade.asked(request);
      upgrade.begin(handover.get());
    }
  }

  /** Answers the request for the upgrade by which this program took over. */
  void upgraded(Handover from) {
    int count = from.fleet().workers().size();
    String text =
        String.format(
            "version %s took over from %s in %s, with %d worker%s",
            setup.version(),
            from.version(),
            Time.text(Events.now() - from.begunAt()),
            count,
            count == 1 ? "" : "s");
    setup.log().write(Level.NOTICE, text);
    control.answer(from.request(), Outcome.DONE, text);
  }

  /** Answers the request for an upgrade that has failed. */
  void notUpgraded(String why) {
    String text =
        "the version that is installed cannot take over, and this one ("
            + setup.version()
            + ") goes on: "
            + why;
    setup.log().write(Level.ERROR, text);
    control.answer(upgrade.request(), Outcome.FAILED, text);
  }

  /** Tells a client, and the log, why a worker is not ready. */
  void explain(Optional<Long> request, WorkerProcess process) {
    explain(request, process.subject(), process + ": " + process.explanation());
  }

  private void explain(Optional<Long> request, Subject subject, String why) {
    setup.log().write(Level.WARNING, subject, why);
    request.ifPresent(r -> control.progress(r, why));
  }

  /** Gives a client its final answer, at the latest when {@link #end} is called. */
  void answer(Action.Answer answer) {
    if (fleet.get().life() == Fleet.Life.STOPPING) {
      last.add(answer);
    } else {
      send(answer);
    }
  }

  /** Gives the answers that are still due at the end of the supervisor. */
  void end() {
    last.forEach(this::send);
    if (upgrade.begun()) {
      String text = "the upgrade was cut short by a stop";
      control.answer(upgrade.request(), Outcome.FAILED, text);
      upgrade.close();
    }
  }

  private void send(Action.Answer answer) {
    control.answer(answer.request(), answer.outcome(), answer.line());
  }
}
