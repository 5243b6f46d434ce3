package jcluster.runtime;

import java.io.IOException;
import java.util.Optional;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action.Level;
import jcluster.model.Event;
import jcluster.model.Settings.Ready;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Sockets;
import jcluster.systemd.NotifyMessage;

/**
 * What workers say: their applications through the notify socket, their agents through the agents'
 * FIFO. For the loop's thread.
 */
final class Reports {
  /** The longest message that is read, in bytes. */
  private static final int MAX_MESSAGE = 8192;

  /**
   * How many messages are read before any other descriptor gets its turn. More than the queue holds
   * (net.unix.max_dgram_qlen, which systemd sets to 512), so that none that had arrived before a
   * turn is left unread in it.
   */
  private static final int MAX_MESSAGES = 1024;

  /**
   * How many processes, from a message's sender up through its ancestors, are compared with the
   * workers: a worker's child may report, too.
   */
  private static final int MAX_ANCESTORS = 8;

  private final Poll poll;
  private final Events events;
  private final Log log;
  private final Workers workers;
  private final Fd receiver;
  private final AgentReports agents;
  private boolean changed;

  /**
   * Listens from now on. To be created before any worker's pidfd is watched, so that the last words
   * of a worker are read before its exit is seen.
   *
   * @param log where warnings of the agents go
   */
  Reports(Poll poll, Events events, Log log, Workers workers, Channels channels) {
    this.poll = poll;
    this.events = events;
    this.log = log;
    this.workers = workers;
    receiver = channels.receiver();
    poll.onReadable(receiver, this::receive);
    agents =
        new AgentReports(
            poll,
            channels.directory().resolve(RuntimeDirectory.AGENT),
            this::hear,
            channels.agent());
  }

  /** Whether reports have changed the state since this was last called. */
  boolean changed() {
    boolean answer = changed;
    changed = false;
    return answer;
  }

  /**
   * Reads the messages that have arrived, at most {@link #MAX_MESSAGES}, so that a worker's last
   * words are taken before its exit.
   */
  private void receive() {
    try {
      for (int i = 0; i < MAX_MESSAGES; i++) {
        Optional<Sockets.Datagram> datagram = Sockets.receive(receiver, MAX_MESSAGE);
        if (datagram.isEmpty()) {
          return;
        }
        NotifyMessage message = NotifyMessage.parse(datagram.get().bytes());
        sender(datagram.get().pid()).ifPresent(process -> hear(process, message));
      }
    } catch (OsException e) {
      throw new IllegalStateException("cannot hear the workers", e);
    }
  }

  private void hear(WorkerProcess process, NotifyMessage message) {
    changed |= message.status().isPresent() || message.ready() || message.stopping();
    message.status().ifPresent(text -> process.status = text);
    if (message.ready()) {
      ready(process, Ready.NOTIFY);
    }
    if (message.stopping()) {
      workers.leaving(process);
    }
    if (message.alive()) {
      process.speaks = true;
      alive(process);
    }
  }

  private void hear(AgentReports.Report report) {
    of(report.pid()).ifPresent(process -> hear(process, report.key(), report.text()));
  }

  private void hear(WorkerProcess process, String key, String text) {
    changed |= !key.equals("WATCHDOG") && !key.equals("WARNING");
    switch (key) {
      case "AGENT" -> process.binding.begins();
      case "WAITING" -> process.binding.waitsFor(text);
      case "BOUND" -> process.binding.other(text);
      case "LISTENING" -> {
        process.binding.ends();
        ready(process, Ready.LISTEN);
      }
      case "STOPPING" -> {
        // Every JVM reports this at its end. If the worker never served, its exit tells more.
        if (process.serves()) {
          workers.leaving(process);
        }
      }
      case "FAILING" -> events.add(now -> new Event.Failing(now, process.worker, text));
      case "RESTING" -> events.add(now -> new Event.Resting(now, process.worker));
      case "WATCHDOG" -> {
        if (!process.speaks) {
          alive(process);
        }
      }
      case "WARNING" -> log.write(Level.WARNING, process.subject(), process + ": " + text);
      default -> {
        // A report of a later version's agent.
      }
    }
  }

  private void ready(WorkerProcess process, Ready way) {
    if (process.reportsReady(way)) {
      events.add(now -> new Event.Reported(now, process.worker));
    }
  }

  private void alive(WorkerProcess process) {
    events.add(now -> new Event.Alive(now, process.worker));
  }

  /** The worker whose process this is. */
  private Optional<WorkerProcess> of(long pid) {
    return workers.processes().stream().filter(process -> process.pid == pid).findFirst();
  }

  /**
   * The worker that a process belongs to: the process itself, or else its nearest ancestor that is
   * one.
   */
  private Optional<WorkerProcess> sender(int pid) {
    Optional<WorkerProcess> worker = of(pid);
    Optional<ProcessHandle> process = worker.isPresent() ? Optional.empty() : ProcessHandle.of(pid);
    for (int i = 1; i < MAX_ANCESTORS && worker.isEmpty() && process.isPresent(); i++) {
      process = process.get().parent();
      worker = process.flatMap(ancestor -> of(ancestor.pid()));
    }
    return worker;
  }

  /** Stops listening. */
  void close() throws IOException {
    poll.forget(receiver);
    agents.close();
  }
}
