package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import jcluster.config.Config;
import jcluster.config.ConfigException;
import jcluster.config.Instances;
import jcluster.control.ControlServer;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.model.Event;
import jcluster.model.Fleet;
import jcluster.model.Outcome;
import jcluster.model.Roll;
import jcluster.model.Step;
import jcluster.model.Supervisor;
import jcluster.model.Time;
import jcluster.model.Worker;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Processes;
import jcluster.os.Signals;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import jcluster.systemd.JournalStream;
import jcluster.systemd.ListenFds.Socket;
import jcluster.systemd.Manager;
import jcluster.text.Reason;

/**
 * The supervisor's main loop: waits for events, lets {@link Supervisor} decide, and performs the
 * actions. One thread owns all state and blocks in one {@link Poll}, which also reads the signals.
 * An idle supervisor sleeps.
 */
public final class Loop {
  /** The name under which the service manager keeps the socket that workers report to. */
  public static final String RECEIVER = "jcluster-notify";

  /** How many stack frames of a failure are logged. */
  private static final int MOST_FRAMES = 30;

  private final Setup setup;
  private final Poll poll = new Poll();

  /**
   * What has happened, in order. Each becomes an event only when its turn comes, so that it refers
   * to the fleet as it is then.
   */
  private final Queue<Supplier<Event>> events = new ArrayDeque<>();

  private final Map<Integer, Config> configs = new HashMap<>();
  private final Launch.Surroundings surroundings;
  private final Workers workers;
  private final ControlServer control;
  private final Memory memory =
      new Memory(Memory::resident, generation -> limit(generation.number()));
  private final Upgrade upgrade;

  /**
   * The answers of a supervisor that stops, held back until its end. The service manager's reload
   * command then ends along with the supervisor. If it failed before that, the service manager
   * would take this for a failure of the service.
   */
  private final List<Action.Answer> last = new ArrayList<>();

  private final boolean terminal = Sys.isTerminal();
  private final boolean isFirst = ProcessHandle.current().pid() == 1;
  private Fleet fleet;

  private final RecordText.Writer writer = new RecordText.Writer();

  /** Whether the last attempt to write the state file succeeded. */
  private boolean keeps = true;

  private long upgradeRequest;
  private long upgradeBegunAt;
  private long deadline = Fleet.NEVER;
  private long watchdogAt = Fleet.NEVER;

  private Optional<Outcome> outcome = Optional.empty();

  /** Reads the configuration, at the start and at each reload. */
  @FunctionalInterface
  public interface Reader {
    Config read() throws ConfigException;
  }

  /**
   * What a supervisor works with.
   *
   * @param name the application's name
   * @param reader where its configuration comes from
   * @param instances the number of workers, if the command line gives it and so overrides the
   *     configuration
   * @param sockets the sockets that workers serve from, at least one
   * @param directory the runtime directory, for the supervisor's own files
   * @param agent the agent's jar
   * @param manager the service manager to notify
   * @param log the supervisor's own log
   * @param journal whether the log goes to the journal, so that each worker gets a journal stream
   *     of its own
   * @param environment the supervisor's environment
   * @param version this program's version
   * @param program the command line of this program as it is installed, for an upgrade; empty if
   *     not known
   * @param handover at an upgrade, the state that the program before this one in this process has
   *     left
   * @param predecessor the supervisor before this one, if it is gone and its workers are not
   * @param receiver the socket that workers report to, if the service manager has kept it
   */
  public record Setup(
      String name,
      Reader reader,
      Optional<Instances> instances,
      List<Socket> sockets,
      Path directory,
      Path agent,
      Manager manager,
      Log log,
      boolean journal,
      Map<String, String> environment,
      String version,
      List<String> program,
      Optional<Handover> handover,
      Optional<Takeover> predecessor,
      Optional<Fd> receiver) {}

  /**
   * A supervisor with no workers yet, or one that goes on with those of another.
   *
   * @throws ConfigException if there is no configuration to start with, or it does not fit the
   *     sockets
   * @throws IOException if its files in the runtime directory cannot be made
   */
  public Loop(Setup setup) throws ConfigException, IOException {
    this.setup = setup;
    surroundings =
        new Launch.Surroundings(
            setup.environment(),
            System.getProperty("java.home"),
            cpus(),
            setup.sockets().stream().map(Socket::endpoint).toList(),
            setup.directory(),
            setup.agent());
    Path socket = setup.directory().resolve(RuntimeDirectory.CONTROL);
    if (setup.handover().isPresent()) {
      Handover handover = setup.handover().get();
      fleet = handover.fleet();
      configs.putAll(handover.configs());
      control = new ControlServer(poll, Loop::now, socket, this::request, handover.control());
    } else if (setup.predecessor().isPresent()) {
      Handover state = setup.predecessor().get().state();
      fleet = state.fleet();
      configs.putAll(state.configs());
      long next = state.control().nextRequest();
      control = new ControlServer(poll, Loop::now, socket, this::request, next);
    } else {
      Config first = read();
      fleet = Fleet.of(cpus(), instances(first), first.settings());
      configs.put(fleet.generation().number(), first);
      control = new ControlServer(poll, Loop::now, socket, this::request);
    }
    workers =
        new Workers(
            poll,
            Loop::now,
            events::add,
            setup.log(),
            setup.sockets(),
            setup.directory(),
            places(setup));
    if (setup.handover().isPresent()) {
      workers.resume(setup.handover().get().workers());
    } else if (setup.predecessor().isPresent()) {
      workers.takeOver(setup.predecessor().get());
    }
    upgrade =
        new Upgrade(
            poll,
            Loop::now,
            setup.program(),
            setup.environment(),
            setup.directory(),
            this::notUpgraded);
  }

  private static Workers.Places places(Setup setup) throws IOException {
    Path directory = setup.directory();
    if (setup.handover().isPresent()) {
      return Workers.Places.of(setup.handover().get().workers(), directory);
    } else if (setup.predecessor().isPresent()) {
      List<OrphanedWorker> survivors = setup.predecessor().get().survivors();
      return Workers.Places.left(directory, survivors, setup.receiver());
    }
    return Workers.Places.made(directory);
  }

  /**
   * Runs until no worker is left and none will be started.
   *
   * @return how it ended
   */
  public Outcome run() throws IOException {
    try {
      begin();
    } catch (RuntimeException | Error e) {
      beginAgain(e);
    }
    while (outcome.isEmpty()) {
      try {
        turn();
      } catch (RuntimeException | Error e) {
        beginAgain(e);
      }
    }
    last.forEach(this::answer);
    if (upgrade.begun()) {
      String text = "the upgrade was cut short by a stop";
      control.answer(upgradeRequest, Outcome.FAILED, text);
      upgrade.close();
    }
    control.close();
    workers.close();
    RuntimeDirectory.remove(setup.directory().resolve(RuntimeDirectory.STATE));
    setup.log().flush();
    return outcome.get();
  }

  private void begin() throws IOException {
    Fd signals = Signals.open(isFirst);
    poll.onReadable(signals, () -> hear(signals));
    setup.manager().attach(poll);
    setup.log().attach(poll);
    setup.handover().ifPresent(this::upgraded);
    if (setup.receiver().isEmpty()) {
      store();
    }
    if (setup.predecessor().isPresent()) {
      takeOver(setup.predecessor().get());
    }
    beat();
    events.add(() -> new Event.Tick(now()));
  }

  private void turn() throws IOException {
    List<Action> actions = new ArrayList<>();
    boolean news = workers.changed();
    // Only the events queued by now. Before those they lead to, signals, clients and the watchdog
    // get their turn.
    for (int i = events.size(); i > 0; i--) {
      Event event = events.remove().get();
      news |= !(event instanceof Event.Tick || event instanceof Event.Alive);
      actions.addAll(decide(event));
    }
    List<Action.Send> sends = sends(actions);
    if (news || !actions.isEmpty()) {
      keep(sends);
    }
    actions.forEach(this::perform);
    if (!sends.isEmpty()) {
      keep(List.of()); // The next supervisor is not to send them again.
    }
    configs.keySet().retainAll(fleet.generations());
    // Only with an empty queue: the new program would never learn of what is in it.
    if (upgrade.due() && events.isEmpty() && fleet.life().compareTo(Fleet.Life.STOPPING) < 0) {
      setup.manager().beat(); // The next one comes from the new program.
      setup.log().flush();
      upgrade.finish(handover(List.of()));
    }
    if (outcome.isEmpty()) {
      look();
      long next = Math.min(deadline, Math.min(watchdogAt, control.deadline()));
      next = Math.min(next, Math.min(memory.deadline(), upgrade.deadline()));
      long heard = now();
      long wait = next == Fleet.NEVER ? Fleet.NEVER : next - heard;
      poll.await(events.isEmpty() ? wait : 0);
      reapStrangers();
      control.expire();
      upgrade.expire();
      beat();
      events.add(() -> new Event.Tick(now(), heard));
    }
  }

  /**
   * Restarts this program in the same process after a failure of its own. Nobody knows how far it
   * got with what it was doing, so it goes on from the state that was written last.
   */
  private void beginAgain(Throwable failure) throws IOException {
    report(failure);
    List<Integer> fds = new ArrayList<>();
    setup.sockets().forEach(socket -> fds.add(socket.fd().number()));
    setup.receiver().ifPresent(fd -> fds.add(fd.number()));
    setup.log().flush();
    Path state = setup.directory().resolve(RuntimeDirectory.STATE);
    Reexec.of(setup.environment(), now()).begin(fds, state);
  }

  /** Logs a failure of this program itself. */
  private void report(Throwable failure) {
    var text = new StringBuilder("this supervisor has failed: ").append(failure);
    Stream.of(failure.getStackTrace())
        .limit(MOST_FRAMES)
        .forEach(frame -> text.append("\n    at ").append(frame));
    setup.log().write(Level.ERROR, text.toString());
  }

  /**
   * Has the service manager keep the socket that workers report to, so that no report is lost when
   * this process ends.
   */
  private void store() {
    try {
      setup.manager().keep(RECEIVER, workers.receiver());
    } catch (OsException e) {
      String text = "the service manager does not keep the socket that workers report to: ";
      setup.log().write(Level.WARNING, text + e.getMessage());
    }
  }

  /** Takes over the workers of a supervisor that is gone. */
  private void takeOver(Takeover predecessor) throws IOException {
    // Unless NonBlocking=yes, the service manager has made the sockets blocking. O_NONBLOCK is
    // shared with the workers that are there, and their agents rely on it.
    if (configs.values().stream().anyMatch(Config::adopt)) {
      for (Socket socket : setup.sockets()) {
        Sockets.setNonBlocking(socket.fd());
      }
    }
    int left = (int) fleet.workers().stream().filter(w -> workers.has(w.id())).count();
    setup
        .log()
        .write(
            Level.WARNING,
            "the supervisor before this one ended without ending its workers; this one goes on with"
                + " "
                + left
                + " of them");
    for (Worker worker : fleet.workers()) {
      if (worker.pid() == 0 && !workers.has(worker.id())) {
        events.add(() -> new Event.NeverSpawned(now(), worker.id()));
      }
    }
    events.add(() -> new Event.TakenOver(now()));
    predecessor.state().sends().forEach(this::perform);
  }

  /**
   * Writes to the state file what this supervisor knows and which signals it is about to send, so
   * that another one can go on from there whenever this process ends.
   */
  private void keep(List<Action.Send> sends) {
    try {
      handover(sends).writeState(setup.directory(), writer);
      keeps = true;
    } catch (IOException e) {
      if (keeps) {
        String text = "what this supervisor knows cannot be written down, and is lost if it ends: ";
        setup.log().write(Level.ERROR, text + Reason.of(e));
      }
      keeps = false;
    }
  }

  private static List<Action.Send> sends(List<Action> actions) {
    return actions.stream()
        .filter(Action.Send.class::isInstance)
        .map(Action.Send.class::cast)
        .toList();
  }

  /** CLOCK_MONOTONIC, which {@link System#nanoTime} reads on Linux. */
  private static long now() {
    return System.nanoTime();
  }

  /** How many CPUs this process may use, by affinity and by its cgroup's quota. */
  private static int cpus() {
    return Runtime.getRuntime().availableProcessors();
  }

  private int instances(Config config) {
    return setup.instances().or(config::instances).orElse(Instances.MAX).count(cpus());
  }

  private void hear(Fd signals) {
    try {
      for (var next = Signals.read(signals); next.isPresent(); next = Signals.read(signals)) {
        switch (next.getAsInt()) {
          case Signals.TERM, Signals.INT -> events.add(() -> new Event.Stop(now()));
          // To a service, SIGHUP customarily means reload. At a terminal, it means that the
          // terminal is gone.
          case Signals.HUP ->
              events.add(() -> terminal ? new Event.Stop(now()) : reload(Event.NOBODY));
          case Signals.QUIT -> showThreads();
          default -> {
            // SIGCHLD only ends the wait; children are reaped after each wait.
          }
        }
      }
    } catch (OsException e) {
      throw new IllegalStateException("cannot hear signals", e);
    }
  }

  /**
   * Logs a thread dump in place of the JVM, which does not handle SIGQUIT with {@code -Xrs}
   * (java(1)).
   */
  private void showThreads() {
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              var text = new StringBuilder(thread.toString());
              Stream.of(frames).forEach(frame -> text.append("\n    at ").append(frame));
              setup.log().write(Level.NOTICE, text.toString());
            });
  }

  /**
   * Reaps orphans, if this is process 1, which inherits them. The workers that have ended must have
   * been reaped before, so that only others are left.
   */
  private void reapStrangers() throws OsException {
    if (isFirst) {
      Set<Integer> own = workers.processes();
      upgrade.process().ifPresent(own::add);
      Processes.reapStrangers(own);
    }
  }

  private void beat() {
    long interval = setup.manager().watchdog() / 2;
    if (interval > 0 && (watchdogAt == Fleet.NEVER || watchdogAt <= now())) {
      setup.manager().beat();
      watchdogAt = now() + interval;
    }
  }

  private void look() {
    memory.look(
        fleet, now(), (how, worker) -> events.add(() -> new Event.Oversized(now(), worker, how)));
  }

  private long limit(int generation) {
    return configs.get(generation).memoryRecycle();
  }

  private void request(long request, String line) {
    try {
      take(request, line);
    } catch (RuntimeException | Error e) {
      report(e);
      control.answer(request, Outcome.FAILED, "this request has made the supervisor fail: " + e);
    }
  }

  private void take(long request, String line) {
    String[] words = line.split(" ", -1);
    switch (words[0]) {
      case "reload" -> events.add(() -> reload(request));
      case "upgrade" -> upgrade(request);
      case "scale" -> scale(request, words.length == 2 ? words[1] : "");
      case "status" ->
          control.answer(
              request,
              Outcome.DONE,
              StatusTable.of(setup.name(), fleet, now(), StatusTable::memory, workers::status));
      default -> control.answer(request, Outcome.USAGE, "unknown request '" + words[0] + "'");
    }
  }

  /** Reads the configuration as it is now and checks that it fits the sockets. */
  private Config read() throws ConfigException {
    Config config = setup.reader().read();
    SocketNames.check(config, surroundings);
    return config;
  }

  private Event reload(long request) {
    try {
      Config config = read();
      int instances = fleet.scaled() ? fleet.target() : instances(config);
      // Under the number that a roll would give its generation; removed after the event if none has
      // begun.
      configs.put(fleet.numbers() + 1, config);
      workers.overwritten().forEach(jar -> explain(request, jar.advice()));
      return new Event.Reload(now(), request, config.settings(), instances);
    } catch (ConfigException e) {
      return new Event.Misconfigured(now(), request, e.getMessage());
    } catch (RuntimeException | Error e) {
      report(e);
      String why = "the supervisor has failed to read its configuration: " + e;
      return new Event.Misconfigured(now(), request, why);
    }
  }

  private void scale(long request, String size) {
    boolean relative = size.startsWith("+") || size.startsWith("-");
    if (!size.matches("max|[+-]?[0-9]{1,9}")) {
      String allowed = "allowed are max, N from 1 to " + Fleet.MAX_WORKERS + ", +N and -N";
      control.answer(request, Outcome.USAGE, "'" + size + "' is not a size: " + allowed);
      return;
    }
    int change = size.equals("max") ? cpus() : Integer.parseInt(size);
    events.add(() -> new Event.Scale(now(), request, relative, change));
  }

  private void upgrade(long request) {
    if (fleet.life() == Fleet.Life.STOPPING) {
      control.answer(request, Outcome.FAILED, "it is stopping");
    } else if (upgrade.begun()) {
      control.answer(request, Outcome.BUSY, "an upgrade is under way");
    } else {
      upgradeRequest = request;
      upgradeBegunAt = now();
      upgrade.begin(handover(List.of()));
    }
  }

  private Handover handover(List<Action.Send> sends) {
    return new Handover(
        setup.version(),
        upgradeRequest,
        upgradeBegunAt,
        fleet,
        configs,
        setup.sockets().stream()
            .map(s -> new Handover.Socket(s.endpoint(), s.fd().number()))
            .toList(),
        workers.state(),
        control.state(),
        sends);
  }

  private void upgraded(Handover from) {
    String text =
        String.format(
            "version %s took over from %s in %s, with %d worker%s",
            setup.version(),
            from.version(),
            Time.text(now() - from.begunAt()),
            fleet.workers().size(),
            fleet.workers().size() == 1 ? "" : "s");
    upgrade.cleanUp();
    setup.log().write(Level.NOTICE, text);
    control.answer(from.request(), Outcome.DONE, text);
  }

  private void notUpgraded(String why) {
    String text =
        "the version that is installed cannot take over, and this one ("
            + setup.version()
            + ") goes on: "
            + why;
    setup.log().write(Level.ERROR, text);
    control.answer(upgradeRequest, Outcome.FAILED, text);
  }

  private List<Action> decide(Event event) {
    Step step = Supervisor.on(fleet, event);
    fleet = step.fleet();
    deadline = step.deadline();
    return step.actions();
  }

  private void perform(Action action) {
    if (action instanceof Action.Spawn a) {
      spawn(a);
    } else if (action instanceof Action.Send a) {
      try {
        workers.signal(a.worker(), a.signal());
      } catch (OsException e) {
        setup.log().write(Level.ERROR, "signal " + a.signal() + ": " + e.getMessage());
      }
    } else if (action instanceof Action.Admit a) {
      workers.admit(a.worker());
    } else if (action instanceof Action.Probe a) {
      probe(a);
    } else if (action instanceof Action.Notify a) {
      tell(a.message());
    } else if (action instanceof Action.Explain a) {
      workers.explanation(a.worker()).ifPresent(why -> explain(a.request(), why));
    } else if (action instanceof Action.Progress a) {
      control.progress(a.request(), a.line());
    } else if (action instanceof Action.Answer a) {
      if (fleet.life() == Fleet.Life.STOPPING) {
        last.add(a);
      } else {
        answer(a);
      }
    } else if (action instanceof Action.Log a) {
      setup.log().write(a.level(), a.line());
    } else if (action instanceof Action.Exit a) {
      outcome = Optional.of(a.outcome());
    } else {
      throw new AssertionError(action);
    }
  }

  private void answer(Action.Answer a) {
    control.answer(a.request(), a.outcome(), a.line());
  }

  private void spawn(Action.Spawn action) {
    Config config = configs.get(action.generation().number());
    int number = action.generation().number();
    Optional<Fd> stream = journalStream(action.slot());
    int instances = Math.max(fleet.target(), fleet.roll().map(Roll::target).orElse(0));
    workers.spawn(
        action,
        seat ->
            Launch.of(
                config,
                action.worker(),
                action.slot(),
                number,
                instances,
                seat,
                stream.map(JournalStream::id),
                surroundings),
        Jar.of(config.command(action.slot()), config.workingDirectory().orElse(Path.of(""))),
        stream.orElseGet(Sys::standardOutput),
        stream.orElseGet(Sys::standardError));
    stream.ifPresent(Fd::close);
  }

  private void probe(Action.Probe action) {
    int number = action.generation().number();
    Launch launch = Launch.probe(configs.get(number), action.slot(), number, surroundings);
    Optional<Fd> stream = journalStream(action.slot());
    Fd output = stream.orElseGet(Sys::standardOutput);
    workers.probe(action.worker(), launch, output, stream.orElseGet(Sys::standardError));
    stream.ifPresent(Fd::close);
  }

  /** A journal stream of the worker's own, so that its lines carry its slot and its pid. */
  private Optional<Fd> journalStream(int slot) {
    if (!setup.journal()) {
      return Optional.empty();
    }
    try {
      return Optional.of(JournalStream.open(setup.name() + "[" + slot + "]"));
    } catch (OsException e) {
      setup
          .log()
          .write(
              Level.WARNING,
              "worker "
                  + slot
                  + " logs under the supervisor's name, for want of a journal stream: "
                  + e.getMessage());
      return Optional.empty();
    }
  }

  private void explain(long request, String why) {
    setup.log().write(Level.WARNING, why);
    control.progress(request, why);
  }

  private void tell(String message) {
    try {
      setup.manager().tell(message);
    } catch (OsException e) {
      setup.log().write(Level.WARNING, "the service manager was not told: " + e.getMessage());
    }
  }
}
