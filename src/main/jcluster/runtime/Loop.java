package jcluster.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import jcluster.config.Config;
import jcluster.config.ConfigException;
import jcluster.control.ControlServer;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.model.Event;
import jcluster.model.Fleet;
import jcluster.model.Generation;
import jcluster.model.Outcome;
import jcluster.model.Step;
import jcluster.model.Supervisor;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Processes;
import jcluster.os.Signals;
import jcluster.os.Sys;

/**
 * The supervisor's main loop: waits for events, lets {@link Supervisor} decide, and performs the
 * actions. One thread owns all state and blocks in one {@link Poll}, which also reads the signals.
 * An idle supervisor sleeps.
 */
public final class Loop {
  /** The name under which the service manager keeps the socket that workers report to. */
  public static final String RECEIVER = "jcluster-notify";

  private final Setup setup;
  private final Log log;
  private final Poll poll = new Poll();
  private final Events events = new Events();
  private final Map<Integer, Config> configs = new HashMap<>();
  private final ControlServer control;
  private final Channels channels;
  private final Workers workers;
  private final Reports reports;
  private final Upgrade upgrade;
  private final Requests requests;
  private final StateFile stateFile;
  private final Heartbeat heartbeat;
  private final Memory memory = new Memory(Memory::resident, g -> config(g).memoryRecycle());
  private final boolean terminal = Sys.isTerminal(Sys.standardInput());
  private final boolean isFirst = ProcessHandle.current().pid() == 1;

  private Fleet fleet;

  /** When the model is to be asked even if nothing happens, in nanoseconds. */
  private long deadline = Fleet.NEVER;

  /** Whether something has changed since the state file was last written. */
  private boolean changed;

  private Optional<Outcome> outcome = Optional.empty();

  /**
   * A supervisor with no workers yet, or one that goes on with those of another.
   *
   * @throws ConfigException if there is no configuration to start with, or it does not fit the
   *     sockets
   * @throws IOException if its files in the runtime directory cannot be made
   */
  public Loop(Setup setup) throws ConfigException, IOException {
    this.setup = setup;
    log = setup.log();
    fleet = fleet();
    control = control(); // Before the channels: it finds out whether another supervisor serves.
    channels = Channels.open(setup);
    var surroundings = setup.surroundings();
    var spawner = new Spawner(setup, surroundings);
    workers = new Workers(poll, events, log, surroundings.sockets(), channels, spawner);
    reports = new Reports(poll, events, log, workers, channels);
    if (setup.handover().isPresent()) {
      workers.resume(setup.handover().get().workers());
    } else if (setup.takeover().isPresent()) {
      workers.takeOver(setup.takeover().get());
    }
    upgrade =
        new Upgrade(
            poll,
            Events::now,
            setup.program(),
            setup.environment(),
            setup.directory(),
            this::notUpgraded);
    requests =
        new Requests(
            setup,
            control,
            events,
            configs,
            workers,
            upgrade,
            () -> fleet,
            () -> handover(List.of()));
    stateFile = new StateFile(setup.directory(), log);
    heartbeat = new Heartbeat(setup.manager());
  }

  /** The fleet to begin with; puts the configurations of its generations where they belong. */
  private Fleet fleet() throws ConfigException {
    Optional<Handover> state = setup.handover().or(() -> setup.takeover().map(Takeover::state));
    if (state.isPresent()) {
      configs.putAll(state.get().configs());
      return state.get().fleet();
    }
    Config first = setup.config();
    Fleet begun = Fleet.of(Setup.cpus(), setup.instances(first), first.settings());
    configs.put(begun.generation().number(), first);
    return begun;
  }

  private ControlServer control() throws IOException {
    var socket = setup.directory().resolve(RuntimeDirectory.CONTROL);
    if (setup.handover().isPresent()) {
      var state = setup.handover().get().control();
      return new ControlServer(poll, Events::now, socket, this::request, state);
    } else if (setup.takeover().isPresent()) {
      long next = setup.takeover().get().state().control().nextRequest();
      return new ControlServer(poll, Events::now, socket, this::request, next);
    }
    return new ControlServer(poll, Events::now, socket, this::request);
  }

  private void request(long request, String line) {
    requests.take(request, line);
  }

  private void notUpgraded(String why) {
    requests.notUpgraded(why);
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
    end();
    return outcome.get();
  }

  private void begin() throws IOException {
    Fd signals = Signals.open(isFirst);
    poll.onReadable(signals, () -> hear(signals));
    setup.manager().attach(poll);
    log.attach(poll);
    if (setup.handover().isPresent()) {
      upgrade.cleanUp();
      requests.upgraded(setup.handover().get());
    }
    if (setup.receiver().isEmpty()) {
      store();
    }
    if (setup.takeover().isPresent()) {
      setup.takeover().get().begin(setup, configs.values(), workers, events);
      setup.takeover().get().state().sends().forEach(this::perform);
    }
    heartbeat.beat();
    events.add(Event.Tick::new);
  }

  /** Decides, writes down what it knows, acts, and waits for what happens next. */
  private void turn() throws IOException {
    List<Action> actions = decide();
    List<Action.Send> sends = sends(actions);
    if (changed) {
      stateFile.write(handover(sends)); // Before acting: from here on, another can finish it.
      changed = false;
    }
    actions.forEach(this::perform);
    if (!sends.isEmpty()) {
      stateFile.write(handover(List.of())); // The next supervisor is not to send them again.
    }
    configs.keySet().retainAll(fleet.generations());
    finishUpgrade();
    if (outcome.isEmpty()) {
      await();
    }
  }

  /**
   * Asks the model about the events queued by now. Before those they lead to, signals, clients and
   * the watchdog get their turn.
   */
  private List<Action> decide() {
    List<Action> actions = new ArrayList<>();
    changed |= reports.changed();
    for (int i = events.size(); i > 0; i--) {
      Event event = events.next();
      Step step = Supervisor.on(fleet, event);
      fleet = step.fleet();
      deadline = step.deadline();
      actions.addAll(step.actions());
      changed |= !(event instanceof Event.Tick || event instanceof Event.Alive);
    }
    changed |= !actions.isEmpty();
    return actions;
  }

  private static List<Action.Send> sends(List<Action> actions) {
    return actions.stream()
        .filter(Action.Send.class::isInstance)
        .map(Action.Send.class::cast)
        .toList();
  }

  private void perform(Action action) {
    if (action instanceof Action.Spawn a) {
      workers.spawn(a, config(a.generation()), fleet.limit());
    } else if (action instanceof Action.Send a) {
      workers.signal(a.worker(), a.signal());
    } else if (action instanceof Action.Admit a) {
      workers.admit(a.worker());
    } else if (action instanceof Action.Probe a) {
      workers.probe(a, config(a.generation()));
    } else if (action instanceof Action.Notify a) {
      tell(a.message());
    } else if (action instanceof Action.Explain a) {
      workers.process(a.worker()).ifPresent(process -> requests.explain(a.request(), process));
    } else if (action instanceof Action.Progress a) {
      control.progress(a.request(), a.line());
    } else if (action instanceof Action.Answer a) {
      requests.answer(a);
    } else if (action instanceof Action.Log a) {
      log.write(a);
    } else if (action instanceof Action.Exit a) {
      outcome = Optional.of(a.outcome());
    } else {
      throw new AssertionError(action);
    }
  }

  private Config config(Generation generation) {
    return configs.get(generation.number());
  }

  /** Waits until something happens or a time is over. This is the only place that waits. */
  private void await() throws OsException {
    memory.look(
        fleet,
        Events.now(),
        (how, worker) -> events.add(now -> new Event.Oversized(now, worker, how)));
    long next =
        LongStream.of(
                deadline,
                heartbeat.deadline(),
                control.deadline(),
                memory.deadline(),
                upgrade.deadline())
            .min()
            .getAsLong();
    long heard = Events.now();
    long wait = next == Fleet.NEVER ? Fleet.NEVER : next - heard;
    poll.await(events.isEmpty() ? wait : 0);
    reapStrangers();
    control.expire();
    upgrade.expire();
    heartbeat.beat();
    events.add(now -> new Event.Tick(now, heard));
  }

  /**
   * Reaps orphans, if this is process 1, which inherits them. The workers that have ended must have
   * been reaped before, so that only others are left.
   */
  private void reapStrangers() throws OsException {
    if (isFirst) {
      Set<Integer> own = workers.pids();
      upgrade.process().ifPresent(own::add);
      Processes.reapStrangers(own);
    }
  }

  private void hear(Fd signals) {
    try {
      for (var next = Signals.read(signals); next.isPresent(); next = Signals.read(signals)) {
        switch (next.getAsInt()) {
          case Signals.TERM, Signals.INT -> events.add(Event.Stop::new);
          // To a service, SIGHUP customarily means reload. At a terminal, it means that the
          // terminal is gone.
          case Signals.HUP ->
              events.add(now -> terminal ? new Event.Stop(now) : requests.reload(Optional.empty()));
          case Signals.QUIT -> log.threads();
          default -> {
            // SIGCHLD only ends the wait; children are reaped after each wait.
          }
        }
      }
    } catch (OsException e) {
      throw new IllegalStateException("cannot hear signals", e);
    }
  }

  /** Gives way to the installed program, if that is due. Returns only if it is not, or fails. */
  private void finishUpgrade() throws OsException {
    // Only with an empty queue: the new program would never learn of what is in it.
    if (upgrade.due() && events.isEmpty() && fleet.life().compareTo(Fleet.Life.STOPPING) < 0) {
      setup.manager().beat(); // The next one comes from the new program.
      log.flush();
      upgrade.finish(handover(List.of()));
    }
  }

  /** All that this supervisor knows, and which signals it is about to send. */
  private Handover handover(List<Action.Send> sends) {
    return new Handover(
        setup.version(),
        upgrade.request(),
        upgrade.begunAt(),
        fleet,
        configs,
        setup.sockets().stream()
            .map(s -> new Handover.Socket(s.endpoint(), s.fd().number()))
            .toList(),
        workers.state(),
        control.state(),
        sends);
  }

  /**
   * Restarts this program in the same process after a failure of its own. Nobody knows how far it
   * got with what it was doing, so it goes on from the state that was written last.
   */
  private void beginAgain(Throwable failure) throws IOException {
    log.failure(failure);
    List<Integer> fds = new ArrayList<>();
    setup.sockets().forEach(socket -> fds.add(socket.fd().number()));
    setup.receiver().ifPresent(fd -> fds.add(fd.number()));
    log.flush();
    Reexec.of(setup.environment(), Events.now()).begin(fds, StateFile.in(setup.directory()));
  }

  /**
   * Has the service manager keep the socket that workers report to, so that no report is lost when
   * this process ends.
   */
  private void store() {
    try {
      setup.manager().keep(RECEIVER, channels.receiver());
    } catch (OsException e) {
      String text = "the service manager does not keep the socket that workers report to: ";
      log.write(Level.WARNING, text + e.getMessage());
    }
  }

  private void tell(String message) {
    try {
      setup.manager().tell(message);
    } catch (OsException e) {
      log.write(Level.WARNING, "the service manager was not told: " + e.getMessage());
    }
  }

  private void end() throws IOException {
    requests.end();
    control.close();
    reports.close();
    channels.close();
    stateFile.remove();
    log.flush();
  }
}
