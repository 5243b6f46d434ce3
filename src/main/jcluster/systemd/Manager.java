package jcluster.systemd;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Sockets;
import jcluster.text.Printable;

/** The service manager, as seen from a service: sd_notify(3) and sd_watchdog_enabled(3). */
public final class Manager {
  /** The most messages that wait to be sent. */
  private static final int MOST_UNSENT = 100;

  private final String socket;
  private final long watchdog;
  private final Queue<String> unsent = new ArrayDeque<>();
  private Optional<Poll> poll = Optional.empty();

  /** The socket to send with; null while there is nothing to send. */
  private Fd connection;

  private Manager(String socket, long watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /**
   * The manager that {@code environment} names, for the process {@code pid}; if it names none, one
   * that drops all messages.
   */
  public static Manager of(Map<String, String> environment, long pid) {
    String watchdogPid = environment.getOrDefault("WATCHDOG_PID", String.valueOf(pid));
    String usec = environment.getOrDefault("WATCHDOG_USEC", "");
    boolean watched = watchdogPid.equals(String.valueOf(pid)) && usec.matches("[1-9][0-9]{0,14}");
    return new Manager(
        environment.getOrDefault("NOTIFY_SOCKET", ""), watched ? Long.parseLong(usec) * 1_000 : 0);
  }

  /** Whether a service manager listens. */
  public boolean listens() {
    return !socket.isEmpty();
  }

  /** The time within which {@code WATCHDOG=1} is expected, in nanoseconds; 0 if it is not. */
  public long watchdog() {
    return watchdog;
  }

  /**
   * Sends a sign of life, unless that would have to wait: then the manager has not read the last
   * one yet.
   */
  public void beat() {
    if (listens()) {
      try (Fd fd = Sockets.connectUnixDatagram(socket)) {
        Sockets.sendNow(fd, bytes("WATCHDOG=1"));
      } catch (OsException e) {
        // The failure shows soon enough.
      }
    }
  }

  /**
   * Has the manager keep a descriptor, in place of another with that name, for the process that
   * takes the place of this one when it is gone (FDSTORE=1 of sd_notify(3)). A manager that keeps
   * none ignores this.
   *
   * @throws OsException if it could not be delivered
   */
  public void keep(String name, Fd fd) throws OsException {
    if (listens()) {
      try (Fd to = Sockets.connectUnixDatagram(socket)) {
        Sockets.sendNow(to, bytes("FDSTOREREMOVE=1\nFDNAME=" + name));
        Sockets.sendNow(to, bytes("FDSTORE=1\nFDNAME=" + name), fd);
      }
    }
  }

  private static byte[] bytes(String message) {
    return message.getBytes(StandardCharsets.UTF_8);
  }

  /** From now on, messages that have to wait are sent when {@code loop} finds that they can be. */
  public void attach(Poll loop) {
    poll = Optional.of(loop);
  }

  /**
   * Sends one message, if a manager listens. If the manager does not read, this does not wait: the
   * message is sent later. Of the waiting messages that only report progress, only the last is
   * sent.
   *
   * @param message assignments, one per line; unprintable characters are replaced
   * @throws OsException if it could not be delivered; that affects only what the manager shows
   */
  public void tell(String message) throws OsException {
    if (!listens()) {
      return;
    }
    if (isPassing(message)) {
      unsent.removeIf(Manager::isPassing);
    }
    unsent.add(Printable.lines(message));
    if (unsent.size() > MOST_UNSENT) {
      unsent.remove();
    }
    flush();
  }

  /** Whether a message only reports progress. */
  private static boolean isPassing(String message) {
    return message.lines().allMatch(line -> line.matches("(STATUS|EXTEND_TIMEOUT_USEC)=.*"));
  }

  private void flush() throws OsException {
    if (connection == null) {
      connection = Sockets.connectUnixDatagram(socket);
    }
    try {
      while (!unsent.isEmpty()) {
        if (Sockets.sendNow(connection, bytes(unsent.element())) == 0) {
          poll.ifPresent(p -> p.onWritable(connection, this::flushLater));
          return;
        }
        unsent.remove();
      }
    } catch (OsException e) {
      unsent.clear();
      hangUp();
      throw e;
    }
    hangUp();
  }

  private void flushLater() {
    try {
      flush();
    } catch (OsException e) {
      // It affects only what the manager shows.
    }
  }

  private void hangUp() {
    poll.ifPresent(p -> p.forget(connection));
    connection.close();
    connection = null;
  }
}
