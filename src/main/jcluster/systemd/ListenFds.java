package jcluster.systemd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.os.Fd;
import jcluster.os.Sys;
import jcluster.text.Reason;

/** The sockets that systemd passes (sd_listen_fds(3)). */
public final class ListenFds {
  /** SD_LISTEN_FDS_START. */
  static final int START = 3;

  /** No unit has more; a larger number is a mistake or worse. */
  private static final int MAX = 1024;

  private ListenFds() {}

  /**
   * A socket to serve from.
   *
   * @param endpoint what is known of it
   * @param fd the socket
   */
  public record Socket(Endpoint endpoint, Fd fd) {
    /**
     * A socket by its name.
     *
     * @throws IOException if it is no socket, or cannot be asked
     */
    public static Socket of(String name, Fd fd) throws IOException {
      return new Socket(Endpoint.of(name, fd), fd);
    }
  }

  /**
   * Takes the sockets that were passed to this process, and makes them close-on-exec.
   *
   * @param environment this process's
   * @param pid this process's id; sockets meant for another process are left alone
   * @return the sockets in the order of their descriptors; none if none were passed
   * @throws BadSocketException if what was passed cannot be served from
   */
  public static List<Socket> take(Map<String, String> environment, long pid)
      throws BadSocketException {
    String count = environment.get("LISTEN_FDS");
    if (count == null || !String.valueOf(pid).equals(environment.get("LISTEN_PID"))) {
      return List.of();
    }
    if (!count.matches("[0-9]{1,4}") || Integer.parseInt(count) > MAX) {
      throw new BadSocketException(
          "LISTEN_FDS='" + count + "' is not a number of sockets from 0 to " + MAX);
    }
    Optional<String> listed = Optional.ofNullable(environment.get("LISTEN_FDNAMES"));
    List<String> names = listed.map(l -> List.of(l.split(":", -1))).orElse(List.of());
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(count); i++) {
      String name = i < names.size() && !names.get(i).isEmpty() ? names.get(i) : "unknown";
      sockets.add(socket(START + i, name));
    }
    return sockets;
  }

  private static Socket socket(int number, String name) throws BadSocketException {
    String what = "descriptor " + number + " ('" + name + "') passed by systemd ";
    try {
      Fd fd = Sys.adopt(number);
      var kind = Sys.socketKind(fd);
      if (kind.isEmpty()) {
        throw new BadSocketException(what + "is not a socket");
      }
      if (!kind.get().serves()) {
        throw new BadSocketException(
            what
                + "is not listening: the socket unit must have Accept=no and ListenStream= or"
                + " ListenDatagram=");
      }
      return Socket.of(name, fd);
    } catch (IOException e) {
      throw new BadSocketException(what + "cannot be used: " + Reason.of(e));
    }
  }

  /** What was passed cannot be served from; the message says what and why. */
  public static final class BadSocketException extends Exception {
    private static final long serialVersionUID = 1L;

    /** A complaint. */
    public BadSocketException(String message) {
      super(message);
    }
  }
}
