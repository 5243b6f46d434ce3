package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.model.Event;
import jcluster.model.Settings.Ready;
import jcluster.model.Signal;
import jcluster.model.Worker;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Processes;
import jcluster.os.Sockets;
import jcluster.os.Spawn;
import jcluster.os.Sys;
import jcluster.systemd.Endpoint;
import jcluster.systemd.ListenFds.Socket;
import jcluster.systemd.NotifyMessage;
import jcluster.text.Reason;

/**
 * The workers' processes: creates them, signals them, reaps them, and hears what they report. For
 * the loop's thread.
 */
final class Workers {
  /** The longest report that is read, in bytes. */
  private static final int MAX_NOTICE = 8192;

  /**
   * How many reports are read before any other descriptor gets its turn. More than the queue holds
   * (net.unix.max_dgram_qlen, which systemd sets to 512), so that none that had arrived before a
   * turn is left unread in it.
   */
  private static final int MAX_NOTICES = 1024;

  /**
   * How many processes, from a report's sender up through its ancestors, are compared with the
   * workers: a worker's child may report, too.
   */
  private static final int MAX_ANCESTORS = 8;

  private final Poll poll;
  private final LongSupplier clock;
  private final Consumer<Supplier<Event>> events;
  private final Log log;
  private final List<Socket> sockets;
  private final Path notifySocket;
  private final Fd receiver;
  private final Fd alive;
  private final Path alivePath;
  private final AgentReports reports;
  private final BalancePage seats;
  private final Map<Integer, Child> children = new HashMap<>();
  private boolean changed;

  /** A worker's process that is not yet reaped; {@code pidfd} becomes readable when it exits. */
  private static final class Child {
    final int worker;
    final int slot;
    final Ready ready;
    final int seat;
    final int pid;
    final Fd pidfd;
    final BindProgress binding;
    final List<Jar> jars;
    String status = "";

    /** The run of ReadyCommand= that is under way, if there is one. */
    Optional<Probe> probe = Optional.empty();

    /** How the last run of ReadyCommand= ended, in words; empty if none has ended. */
    String probed = "";

    /**
     * Whether the application has given a sign of life itself, so that the agent's no longer count.
     */
    boolean speaks;

    /** Whether it is known to have ended, but not yet how. */
    boolean awaited;

    /** Whether it has reported ready in the way of its Ready=; with Ready=start, in any way. */
    boolean serves;

    Child(Action.Spawn spawn, int seat, int pid, Fd pidfd, BindProgress binding, List<Jar> jars) {
      this.worker = spawn.worker();
      this.slot = spawn.slot();
      this.ready = spawn.generation().settings().ready();
      this.seat = seat;
      this.pid = pid;
      this.pidfd = pidfd;
      this.binding = binding;
      this.jars = jars;
    }

    Child(State.Kept kept, Fd pidfd, BindProgress binding) {
      this.worker = kept.worker();
      this.slot = kept.slot();
      this.ready = kept.ready();
      this.seat = kept.seat();
      this.pid = kept.pid();
      this.pidfd = pidfd;
      this.binding = binding;
      this.jars = kept.jars();
      this.status = kept.status();
      this.speaks = kept.speaks();
      this.serves = kept.serves();
      this.probed = kept.probed().orElse("");
    }

    Child(Worker survivor, int seat, int pid, Fd pidfd, BindProgress binding) {
      this(
          new Action.Spawn(survivor.id(), survivor.slot(), survivor.generation()),
          seat,
          pid,
          pidfd,
          binding,
          List.of());
    }

    /** The same text as {@link Worker#toString}. */
    @Override
    public String toString() {
      return "worker " + slot + " (pid " + pid + ")";
    }
  }

  /** A run of ReadyCommand=. */
  private record Probe(int pid, Fd pidfd) {}

  /**
   * The state for the program that takes this one's place, with descriptors as numbers.
   *
   * @param notifications the socket for what applications report
   * @param reports the FIFO for what agents report
   * @param children the processes that are not reaped yet
   * @param alive the FIFO by which the agents know that the supervisor lives
   */
  record State(int notifications, int reports, List<Kept> children, Optional<Integer> alive) {
    /** A worker's process; the components are those of {@link Child}. */
    record Kept(
        int worker,
        int slot,
        Ready ready,
        int seat,
        int pid,
        String status,
        boolean speaks,
        boolean serves,
        BindProgress.State binding,
        List<Jar> jars,
        Optional<Integer> pidfd,
        Optional<Integer> probe,
        Optional<String> probed) {
      /**
       * Rejects process ids that would make kill(2) signal other processes: signals go to {@code
       * pid} and to the group {@code -pid}, where 0 and -1 have a meaning of their own.
       */
      Kept {
        if (pid <= 1 || probe.orElse(pid) <= 1) {
          throw new IllegalArgumentException("no worker's process is " + pid);
        }
      }
    }

    /** All descriptors. */
    List<Integer> fds() {
      List<Integer> fds = new ArrayList<>(List.of(notifications, reports));
      alive.ifPresent(fds::add);
      children.forEach(child -> child.pidfd().ifPresent(fds::add));
      return fds;
    }
  }

  /**
   * What workers report through, and share.
   *
   * @param receiver the socket for what applications report
   * @param fifo the FIFO for what agents report
   * @param alive the FIFO by which the agents know that the supervisor lives
   * @param seats the balance page
   */
  record Places(Fd receiver, Fd fifo, Fd alive, BalancePage seats) {
    /** Makes them, in place of those that an earlier supervisor has left. */
    static Places made(Path directory) throws IOException {
      return new Places(
          bound(directory.resolve(RuntimeDirectory.NOTIFY)),
          AgentReports.make(directory.resolve(RuntimeDirectory.AGENT)),
          opened(directory.resolve(RuntimeDirectory.ALIVE)),
          new BalancePage(directory.resolve(RuntimeDirectory.BALANCE)));
    }

    /** Those of the program before this one in this process. */
    static Places of(State state, Path directory) throws IOException {
      return new Places(
          Sys.adopt(state.notifications()),
          Sys.adopt(state.reports()),
          state.alive().isPresent()
              ? Sys.adopt(state.alive().get())
              : opened(directory.resolve(RuntimeDirectory.ALIVE)),
          new BalancePage(
              directory.resolve(RuntimeDirectory.BALANCE),
              state.children().stream().map(State.Kept::seat).toList()));
    }

    /**
     * Those that a supervisor that is gone has left.
     *
     * @param kept the receiver, if the service manager has kept it; then no report that came
     *     meanwhile is lost
     */
    static Places left(Path directory, List<OrphanedWorker> survivors, Optional<Fd> kept)
        throws IOException {
      return new Places(
          kept.isPresent() ? kept.get() : bound(directory.resolve(RuntimeDirectory.NOTIFY)),
          opened(directory.resolve(RuntimeDirectory.AGENT)),
          opened(directory.resolve(RuntimeDirectory.ALIVE)),
          BalancePage.left(
              directory.resolve(RuntimeDirectory.BALANCE),
              survivors.stream().map(OrphanedWorker::seat).toList()));
    }

    /** Opens the FIFO at a path, or makes it, in place of anything else that is there. */
    private static Fd opened(Path path) throws IOException {
      if (RuntimeDirectory.isFifo(path)) {
        return Sys.openFifo(path.toString());
      }
      RuntimeDirectory.remove(path);
      return Sys.fifo(path.toString());
    }

    private static Fd bound(Path path) throws IOException {
      RuntimeDirectory.remove(path);
      Fd receiver = Sockets.receiverUnix(path.toString());
      try {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      } catch (IOException e) {
        throw Reason.with("cannot listen on " + path, e);
      }
      return receiver;
    }
  }

  /**
   * No workers yet.
   *
   * @param log where warnings of the agents go
   * @param directory the runtime directory, with the files that workers report through
   */
  Workers(
      Poll poll,
      LongSupplier clock,
      Consumer<Supplier<Event>> events,
      Log log,
      List<Socket> sockets,
      Path directory,
      Places places) {
    this.poll = poll;
    this.clock = clock;
    this.events = events;
    this.log = log;
    this.sockets = sockets;
    notifySocket = directory.resolve(RuntimeDirectory.NOTIFY);
    alivePath = directory.resolve(RuntimeDirectory.ALIVE);
    receiver = places.receiver();
    alive = places.alive();
    seats = places.seats();
    // Before any pidfd, so that a worker's last words are read before its exit is seen.
    poll.onReadable(receiver, this::receive);
    reports =
        new AgentReports(
            poll, directory.resolve(RuntimeDirectory.AGENT), this::heard, places.fifo());
  }

  /** Goes on with the workers of the program before this one in this process. */
  void resume(State state) throws OsException {
    for (State.Kept child : state.children()) {
      resume(child, new BindProgress(endpoints(), child.binding()));
    }
  }

  /**
   * Goes on with a worker. It may have ended since, and a program in between may have reaped it.
   */
  private void resume(State.Kept kept, BindProgress binding) throws OsException {
    try {
      // Prefer the pidfd that was kept: by now, the pid alone could be another process's.
      Fd pidfd =
          kept.pidfd().isPresent() ? Sys.adopt(kept.pidfd().get()) : Processes.pidfd(kept.pid());
      add(new Child(kept, pidfd, binding));
      if (kept.probe().isPresent()) {
        // Nobody watches that run of ReadyCommand=; another one takes its place.
        destroy(kept.probe().get());
        events.accept(() -> new Event.Probed(clock.getAsLong(), kept.worker(), false));
      }
    } catch (OsException e) {
      if (e.errno() != OsException.ESRCH) {
        throw e;
      }
      seats.free(kept.seat());
      events.accept(() -> new Event.Vanished(clock.getAsLong(), kept.worker()));
    }
  }

  /** Takes over the workers that a supervisor that is gone has left. */
  void takeOver(Takeover predecessor) throws IOException {
    List<Worker> workers = predecessor.state().fleet().workers();
    for (Worker worker : workers) {
      Optional<State.Kept> known =
          predecessor.state().workers().children().stream()
              .filter(child -> child.worker() == worker.id())
              .findFirst();
      Optional<OrphanedWorker> survivor =
          predecessor.survivors().stream().filter(s -> isOf(s, worker, known)).findFirst();
      takeOver(worker, known, survivor);
    }
    for (OrphanedWorker survivor : predecessor.survivors()) {
      if (workers.stream().noneMatch(worker -> worker.id() == survivor.worker())) {
        survivor.stop(log, "the last supervisor had not written it down");
      }
    }
  }

  /** Compares process ids, too: a process that the worker has started has the same worker id. */
  private static boolean isOf(OrphanedWorker survivor, Worker worker, Optional<State.Kept> known) {
    return survivor.worker() == worker.id()
        && (worker.pid() == 0 || worker.pid() == survivor.pid())
        && known.map(kept -> kept.pid() == survivor.pid()).orElse(true);
  }

  private void takeOver(
      Worker worker, Optional<State.Kept> known, Optional<OrphanedWorker> survivor)
      throws IOException {
    if (survivor.isEmpty()) {
      if (known.isPresent() || worker.pid() != 0) {
        events.accept(() -> new Event.Vanished(clock.getAsLong(), worker.id()));
      } // Otherwise it was never spawned, and NeverSpawned follows.
      return;
    }
    int pid = survivor.get().pid();
    Fd pidfd;
    try {
      pidfd = Processes.pidfd(pid);
    } catch (OsException e) {
      seats.free(survivor.get().seat());
      events.accept(() -> new Event.Vanished(clock.getAsLong(), worker.id()));
      return;
    }
    Child child =
        known.isPresent()
            ? new Child(known.get(), pidfd, new BindProgress(endpoints(), known.get().binding()))
            : new Child(worker, survivor.get().seat(), pid, pidfd, new BindProgress(endpoints()));
    add(child);
    if (worker.pid() == 0) {
      events.accept(() -> new Event.Spawned(clock.getAsLong(), worker.id(), pid));
    }
    if (child.ready == Ready.LISTEN && !child.serves && seats.listens(child.seat)) {
      child.binding.begins();
      child.binding.ends();
      ready(child, Ready.LISTEN);
    }
    if (worker.probing().map(Worker.Probing::underWay).orElse(false)) {
      events.accept(() -> new Event.Probed(clock.getAsLong(), worker.id(), false));
    }
  }

  /** The state for the program that takes this one's place. */
  State state() {
    List<State.Kept> kept = new ArrayList<>();
    for (Child child : children.values()) {
      kept.add(
          new State.Kept(
              child.worker,
              child.slot,
              child.ready,
              child.seat,
              child.pid,
              child.status,
              child.speaks,
              child.serves,
              child.binding.state(),
              child.jars,
              Optional.of(child.pidfd.number()),
              child.probe.map(Probe::pid),
              Optional.of(child.probed).filter(how -> !how.isEmpty())));
    }
    return new State(receiver.number(), reports.fd(), kept, Optional.of(alive.number()));
  }

  /** The socket that workers report to. */
  Fd receiver() {
    return receiver;
  }

  /** Whether reports have changed the state since this was last called. */
  boolean changed() {
    boolean answer = changed;
    changed = false;
    return answer;
  }

  /** The ids of all workers and runs of ReadyCommand= that are not reaped yet. */
  Set<Integer> processes() {
    Set<Integer> pids = new HashSet<>();
    for (Child child : children.values()) {
      pids.add(child.pid);
      child.probe.ifPresent(probe -> pids.add(probe.pid()));
    }
    return pids;
  }

  /** Whether a worker's process is known. */
  boolean has(int worker) {
    return children.containsKey(worker);
  }

  private List<Endpoint> endpoints() {
    return sockets.stream().map(Socket::endpoint).toList();
  }

  private void add(Child child) {
    children.put(child.worker, child);
    poll.onReadable(child.pidfd, () -> reap(child));
  }

  /**
   * Spawns a worker's process with {@code output} and {@code errors} as its standard output and
   * error, and posts the result as an event.
   *
   * @param launcher gives what it is started with, by its seat
   * @param jars the jars that it is to read
   */
  void spawn(
      Action.Spawn spawn, IntFunction<Launch> launcher, List<Jar> jars, Fd output, Fd errors) {
    int worker = spawn.worker();
    int seat = seats.take();
    Launch launch = launcher.apply(seat);
    List<Fd> fds = new ArrayList<>();
    fds.add(sockets.get(0).fd());
    fds.add(output);
    fds.add(errors);
    sockets.forEach(s -> fds.add(s.fd()));
    try {
      List<String> argv = launch.argv();
      int pid = Spawn.spawn(argv.get(0), argv, launch.environment(), launch.directory(), fds);
      Fd pidfd = watched(pid);
      add(new Child(spawn, seat, pid, pidfd, new BindProgress(endpoints()), jars));
      events.accept(() -> new Event.Spawned(clock.getAsLong(), worker, pid));
    } catch (OsException e) {
      seats.free(seat);
      events.accept(
          () -> new Event.SpawnFailed(clock.getAsLong(), worker, e.getMessage(), e.errno()));
    }
  }

  /** Lets a worker accept connections. */
  void admit(int worker) {
    Child child = children.get(worker);
    if (child != null) {
      seats.open(child.seat);
    }
  }

  /**
   * Runs a worker's ReadyCommand= with {@code output} and {@code errors} as its standard output and
   * error, and posts the result as an event.
   */
  void probe(int worker, Launch launch, Fd output, Fd errors) {
    Child child = children.get(worker);
    if (child == null || child.probe.isPresent()) {
      return;
    }
    List<String> argv = launch.argv();
    try (Fd input = Sys.open("/dev/null")) {
      List<Fd> fds = List.of(input, output, errors);
      int pid = Spawn.spawn(argv.get(0), argv, launch.environment(), launch.directory(), fds);
      Fd pidfd = watched(pid);
      child.probe = Optional.of(new Probe(pid, pidfd));
      poll.onReadable(pidfd, () -> probed(child));
    } catch (OsException e) {
      child.probed = "could not be started: " + e.getMessage();
      events.accept(() -> new Event.Probed(clock.getAsLong(), worker, false));
    }
  }

  private void probed(Child child) {
    boolean ready = false;
    try {
      int pid = child.probe.orElseThrow().pid();
      endRest(pid);
      Optional<Processes.Ending> ending = Processes.reap(pid);
      if (ending.isEmpty()) {
        return;
      }
      ready = ending.get().signal() == 0 && ending.get().status() == 0;
      child.probed =
          ending.get().signal() == 0
              ? "last exited with status " + ending.get().status()
              : "was last killed by signal " + ending.get().signal();
    } catch (OsException e) {
      child.probed = "last ended, it is not known how"; // ECHILD
    }
    boolean said = ready;
    forgetProbe(child);
    events.accept(() -> new Event.Probed(clock.getAsLong(), child.worker, said));
  }

  /**
   * Ends the run of ReadyCommand= that is under way, if there is one: its answer is of no use any
   * more.
   */
  private void endProbe(Child child) {
    child.probe.ifPresent(
        probe -> {
          forgetProbe(child);
          destroy(probe.pid());
        });
  }

  private void forgetProbe(Child child) {
    Fd pidfd = child.probe.orElseThrow().pidfd();
    poll.forget(pidfd);
    pidfd.close();
    child.probe = Optional.empty();
  }

  private static void destroy(int pid) {
    try {
      Processes.destroy(pid);
    } catch (OsException e) {
      // ECHILD: something else in this process has reaped it.
    }
  }

  /** A pidfd for a process. One that cannot be watched must not live, and is killed. */
  static Fd watched(int pid) throws OsException {
    try {
      return Processes.pidfd(pid);
    } catch (OsException e) {
      Processes.destroy(pid);
      throw e;
    }
  }

  /** Sends a signal to a worker; SIGKILL goes to its whole process group. */
  void signal(int worker, Signal signal) throws OsException {
    Child child = children.get(worker);
    if (child != null) {
      endProbe(child); // From here on, it is on its way out.
      if (signal == Signal.KILL) {
        // The group has what the worker has started. While the worker is there, the group cannot be
        // another's.
        Processes.kill(-child.pid, signal.number());
      } else {
        Processes.signal(child.pidfd, signal.number());
      }
    }
  }

  /**
   * What a worker last said with STATUS=, or else which sockets it has yet to bind; empty if
   * neither.
   */
  String status(int worker) {
    Child child = children.get(worker);
    if (child == null || !child.status.isEmpty() || child.ready != Ready.LISTEN) {
      return child == null ? "" : child.status;
    }
    return child.binding.status();
  }

  /** The jars that were overwritten while a worker had them open. */
  Set<Jar> overwritten() {
    return children.values().stream()
        .flatMap(child -> child.jars.stream())
        .filter(Jar::overwritten)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Why a worker is not ready, if it is still there. */
  Optional<String> explanation(int worker) {
    return Optional.ofNullable(children.get(worker)).map(child -> child + ": " + reason(child));
  }

  /** Goes through the steps from a worker's start to its being ready, the last one first. */
  private static String reason(Child child) {
    if (!child.probed.isEmpty()) {
      return "ReadyCommand= " + child.probed + (child.probe.isPresent() ? ", and runs again" : "");
    } else if (child.probe.isPresent()) {
      return "ReadyCommand= still runs";
    } else if (child.serves || child.ready == Ready.START) {
      return "ReadyDelay= is not over yet";
    }
    return child.binding.explanation();
  }

  /** Closes and removes what workers report to. */
  void close() throws IOException {
    poll.forget(receiver);
    receiver.close();
    alive.close();
    RuntimeDirectory.remove(notifySocket);
    RuntimeDirectory.remove(alivePath);
    reports.close();
    seats.close();
  }

  private void reap(Child child) {
    try {
      endRest(child.pid);
      Optional<Processes.Ending> ending = Processes.reap(child.pid);
      ending.ifPresent(
          e ->
              forget(
                  child,
                  () -> new Event.Exited(clock.getAsLong(), child.worker, e.status(), e.signal())));
    } catch (OsException e) {
      // ECHILD: the worker is the child of a supervisor that is gone, or a program that ran in this
      // process for a while has reaped it.
      ended(child);
    }
  }

  /** Handles the end of a worker that this process cannot reap as a child of its own. */
  private void ended(Child child) {
    Optional<Processes.Ending> ending = Processes.ending(child.pidfd);
    if (ending.isPresent()) {
      Processes.Ending e = ending.get();
      forget(
          child, () -> new Event.Exited(clock.getAsLong(), child.worker, e.status(), e.signal()));
    } else if (Processes.tellsEndings(child.pidfd) && !child.awaited) {
      child.awaited = true; // The kernel tells once its parent has reaped it.
      poll.onHangUp(child.pidfd, () -> ended(child));
    } else {
      forget(child, () -> new Event.Vanished(clock.getAsLong(), child.worker));
    }
  }

  private void forget(Child child, Supplier<Event> end) {
    endProbe(child);
    poll.forget(child.pidfd);
    child.pidfd.close();
    children.remove(child.worker);
    seats.free(child.seat);
    events.accept(end);
  }

  /**
   * Kills what a process has left behind in its group. While it is a zombie, the group cannot be
   * another's.
   */
  private static void endRest(int pid) {
    try {
      Processes.kill(-pid, Signal.KILL.number());
    } catch (OsException e) {
      // EPERM: what is left is another user's.
    }
  }

  /**
   * Reads the reports that have arrived, at most {@link #MAX_NOTICES}, so that a worker's last
   * words are taken before its exit.
   */
  private void receive() {
    try {
      for (int i = 0; i < MAX_NOTICES; i++) {
        Optional<Sockets.Datagram> datagram = Sockets.receive(receiver, MAX_NOTICE);
        if (datagram.isEmpty()) {
          return;
        }
        NotifyMessage notice = NotifyMessage.parse(datagram.get().bytes());
        sender(datagram.get().pid()).ifPresent(child -> heard(child, notice));
      }
    } catch (OsException e) {
      throw new IllegalStateException("cannot hear the workers", e);
    }
  }

  private void heard(Child child, NotifyMessage notice) {
    changed |= notice.status().isPresent() || notice.ready() || notice.stopping();
    notice.status().ifPresent(text -> child.status = text);
    if (notice.ready()) {
      ready(child, Ready.NOTIFY);
    }
    if (notice.stopping()) {
      leaving(child);
    }
    if (notice.alive()) {
      child.speaks = true;
      alive(child);
    }
  }

  private void heard(AgentReports.Report report) {
    children.values().stream()
        .filter(child -> child.pid == report.pid())
        .findFirst()
        .ifPresent(child -> heard(child, report.key(), report.text()));
  }

  private void heard(Child child, String key, String text) {
    changed |= !key.equals("WATCHDOG") && !key.equals("WARNING");
    switch (key) {
      case "AGENT" -> child.binding.begins();
      case "WAITING" -> child.binding.waitsFor(text);
      case "BOUND" -> child.binding.other(text);
      case "LISTENING" -> {
        child.binding.ends();
        ready(child, Ready.LISTEN);
      }
      case "STOPPING" -> {
        // Every JVM reports this at its end. If the worker never served, its exit tells more.
        if (child.serves) {
          leaving(child);
        }
      }
      case "RESTING" -> events.accept(() -> new Event.Resting(clock.getAsLong(), child.worker));
      case "WATCHDOG" -> {
        if (!child.speaks) {
          alive(child);
        }
      }
      case "WARNING" -> log.write(Level.WARNING, child + ": " + text);
      default -> {
        // A report of a later version's agent.
      }
    }
  }

  private void ready(Child child, Ready way) {
    child.serves |= child.ready == way || child.ready == Ready.START;
    if (child.ready == way) {
      events.accept(() -> new Event.Reported(clock.getAsLong(), child.worker));
    }
  }

  private void alive(Child child) {
    events.accept(() -> new Event.Alive(clock.getAsLong(), child.worker));
  }

  private void leaving(Child child) {
    endProbe(child);
    events.accept(() -> new Event.Leaving(clock.getAsLong(), child.worker));
  }

  /**
   * The worker that a process belongs to: the process itself, or else its nearest ancestor that is
   * one.
   */
  private Optional<Child> sender(int pid) {
    Optional<ProcessHandle> process = Optional.empty();
    for (int i = 0; i < MAX_ANCESTORS; i++) {
      long id = process.isPresent() ? process.get().pid() : pid;
      for (Child child : children.values()) {
        if (child.pid == id) {
          return Optional.of(child);
        }
      }
      process =
          process.isPresent()
              ? process.get().parent()
              : ProcessHandle.of(pid).flatMap(p -> p.parent());
      if (process.isEmpty()) {
        break;
      }
    }
    return Optional.empty();
  }
}
