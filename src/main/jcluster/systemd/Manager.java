package jcluster.systemd;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Sys;
import jcluster.text.Printable;

/** The service manager, as seen from a service: sd_notify(3) and sd_watchdog_enabled(3). */
public final class Manager {
  private final String socket;
  private final long watchdog;

  private Manager(String socket, long watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /**
   * The manager that {@code environment} names, for the process {@code pid}; one that hears nothing
   * if there is none.
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

  /** Within how many nanoseconds {@code WATCHDOG=1} is expected; 0 if it is not. */
  public long watchdog() {
    return watchdog;
  }

  /**
   * Sends a sign of life, unless that would have to wait: then the last one has not been read yet.
   */
  public void beat() {
    if (listens()) {
      try (Fd fd = Sys.connectUnixDatagram(socket)) {
        Sys.sendNow(fd, "WATCHDOG=1".getBytes(StandardCharsets.UTF_8));
      } catch (OsException e) {
        // It shows soon enough.
      }
    }
  }

  /**
   * Sends one message; nothing if nobody listens.
   *
   * @param message assignments, one a line; sent harmless to who reads them
   * @throws OsException if it could not be delivered; nothing depends on it but what the manager
   *     shows
   */
  public void tell(String message) throws OsException {
    if (listens()) {
      try (Fd fd = Sys.connectUnixDatagram(socket)) {
        Sys.send(fd, Printable.lines(message).getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
