package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import jcluster.model.Event;
import jcluster.model.Signal;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Spawn;
import jcluster.os.Sys;
import jcluster.systemd.ListenFds.Socket;
import jcluster.systemd.Notice;

/**
 * The workers' processes: creates them, signals them, reaps them, and hears what they report. For
 * the loop's thread.
 */
final class Workers {
  /** The longest report that is read, in bytes. */
  private static final int MAX_NOTICE = 8192;

  /** How many reports are heard before anything else gets its turn. */
  private static final int MAX_NOTICES = 256;

  /**
   * How far up from its sender a report is traced to a worker, for one made by a worker's child.
   */
  private static final int MAX_ANCESTORS = 8;

  private final Poll poll;
  private final LongSupplier clock;
  private final Consumer<Supplier<Event>> events;
  private final List<Socket> sockets;
  private final Path notifySocket;
  private final Fd receiver;
  private final Map<Integer, Child> children = new HashMap<>();

  /** A process not yet reaped; {@code pidfd} becomes readable when it exits. */
  private static final class Child {
    final int worker;
    final int pid;
    final Fd pidfd;
    String status = "";

    Child(int worker, int pid, Fd pidfd) {
      this.worker = worker;
      this.pid = pid;
      this.pidfd = pidfd;
    }
  }

  /**
   * No workers yet.
   *
   * @param notifySocket where the workers are to report; made here
   */
  Workers(
      Poll poll,
      LongSupplier clock,
      Consumer<Supplier<Event>> events,
      List<Socket> sockets,
      Path notifySocket)
      throws IOException {
    this.poll = poll;
    this.clock = clock;
    this.events = events;
    this.sockets = sockets;
    this.notifySocket = notifySocket;
    Files.deleteIfExists(notifySocket);
    receiver = Sys.receiverUnix(notifySocket.toString());
    Files.setPosixFilePermissions(notifySocket, PosixFilePermissions.fromString("rw-------"));
    // Before any pidfd, so that a worker's last words are heard before its end.
    poll.onReadable(receiver, this::receive);
  }

  /**
   * Spawns a worker's process with {@code output} as its standard output and error, and posts what
   * came of it.
   */
  void spawn(int worker, Launch launch, Fd output, Fd errors) {
    List<Fd> fds = new ArrayList<>();
    fds.add(sockets.get(0).fd());
    fds.add(output);
    fds.add(errors);
    sockets.forEach(s -> fds.add(s.fd()));
    try {
      List<String> argv = launch.argv();
      int pid = Spawn.spawn(argv.get(0), argv, launch.environment(), launch.directory(), fds);
      Fd pidfd = watched(pid);
      Child child = new Child(worker, pid, pidfd);
      children.put(worker, child);
      poll.onReadable(pidfd, () -> reap(child));
      events.accept(() -> new Event.Spawned(clock.getAsLong(), worker, pid));
    } catch (OsException e) {
      events.accept(
          () -> new Event.SpawnFailed(clock.getAsLong(), worker, e.getMessage(), e.errno()));
    }
  }

  /** A process that cannot be watched must not live. */
  private static Fd watched(int pid) throws OsException {
    try {
      return Sys.pidfd(pid);
    } catch (OsException e) {
      Sys.destroy(pid);
      throw e;
    }
  }

  /** Sends a signal to a worker; SIGKILL to whatever it has started, too. */
  void signal(int worker, Signal signal) throws OsException {
    Child child = children.get(worker);
    if (child != null) {
      // Not reaped yet, so the number is still this process's.
      Sys.kill(signal == Signal.KILL ? -child.pid : child.pid, signal.number());
    }
  }

  /** What a worker last said of itself with STATUS=, or an empty text. */
  String status(int worker) {
    return children.containsKey(worker) ? children.get(worker).status : "";
  }

  /** Closes the socket that workers report to, and removes it. */
  void close() throws IOException {
    poll.forget(receiver);
    receiver.close();
    Files.deleteIfExists(notifySocket);
  }

  private void reap(Child child) {
    try {
      endRest(child);
      Optional<Sys.Ending> ending = Sys.reap(child.pid);
      if (ending.isEmpty()) {
        return;
      }
      poll.forget(child.pidfd);
      child.pidfd.close();
      children.remove(child.worker);
      events.accept(
          () ->
              new Event.Exited(
                  clock.getAsLong(), child.worker, ending.get().status(), ending.get().signal()));
    } catch (OsException e) {
      throw new IllegalStateException("lost track of process " + child.pid, e);
    }
  }

  /** While it is a zombie its process group cannot be another's: ends what it left behind. */
  private static void endRest(Child child) {
    try {
      Sys.kill(-child.pid, Signal.KILL.number());
    } catch (OsException e) {
      // EPERM: what is left is another user's.
    }
  }

  /** Hears all that was said so far, so that the end of who said it is not heard first. */
  private void receive() {
    try {
      for (int i = 0; i < MAX_NOTICES; i++) {
        Optional<Sys.Datagram> datagram = Sys.receive(receiver, MAX_NOTICE);
        if (datagram.isEmpty()) {
          return;
        }
        Notice notice = Notice.parse(datagram.get().bytes());
        sender(datagram.get().pid()).ifPresent(child -> heard(child, notice));
      }
    } catch (OsException e) {
      throw new IllegalStateException("cannot hear the workers", e);
    }
  }

  private void heard(Child child, Notice notice) {
    notice.status().ifPresent(text -> child.status = text);
    if (notice.ready()) {
      events.accept(() -> new Event.Reported(clock.getAsLong(), child.worker));
    }
    if (notice.stopping()) {
      events.accept(() -> new Event.Leaving(clock.getAsLong(), child.worker));
    }
  }

  /** The worker that a process belongs to: it, or its nearest ancestor. */
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
