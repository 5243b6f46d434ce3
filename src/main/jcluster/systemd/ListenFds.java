package jcluster.systemd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jcluster.os.Fd;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import jcluster.text.Reason;

/** The sockets that systemd passes (sd_listen_fds(3)). */
public final class ListenFds {
  /** SD_LISTEN_FDS_START. */
  public static final int START = 3;

  /** No unit has more; a larger number is a mistake or worse. */
  private static final int MAX = 1024;

  private ListenFds() {}

  /**
   * The descriptors that were passed.
   *
   * @param sockets the sockets to serve from, in the order of their descriptors
   * @param kept the descriptors that an earlier process had the service manager keep ({@link
   *     Manager#keep}), by name
   */
  public record Passed(List<Socket> sockets, Map<String, Fd> kept) {}

  /**
   * A socket to serve from.
   *
   * @param endpoint its description
   * @param fd the socket
   */
  public record Socket(Endpoint endpoint, Fd fd) {
    /**
     * A socket with this name.
     *
     * @throws IOException if {@code fd} is not a socket, or the kernel cannot be asked
     */
    public static Socket of(String name, Fd fd) throws IOException {
      return new Socket(Endpoint.of(name, fd), fd);
    }
  }

  /**
   * Takes the sockets that were passed to this process, and makes them close-on-exec.
   *
   * @param environment this process's environment
   * @param pid this process's id; sockets meant for another process are left alone
   * @param kept the names of descriptors that are not sockets to serve from
   * @throws BadSocketException if a descriptor cannot be used
   */
  public static Passed take(Map<String, String> environment, long pid, Set<String> kept)
      throws BadSocketException {
    String count = environment.get("LISTEN_FDS");
    if (count == null || !String.valueOf(pid).equals(environment.get("LISTEN_PID"))) {
      return new Passed(List.of(), Map.of());
    }
    if (!count.matches("[0-9]{1,4}") || Integer.parseInt(count) > MAX) {
      throw new BadSocketException(
          "LISTEN_FDS='" + count + "' is not a number of sockets from 0 to " + MAX);
    }
    Optional<String> listed = Optional.ofNullable(environment.get("LISTEN_FDNAMES"));
    List<String> names = listed.map(l -> List.of(l.split(":", -1))).orElse(List.of());
    List<Socket> sockets = new ArrayList<>();
    Map<String, Fd> others = new HashMap<>();
    for (int i = 0; i < Integer.parseInt(count); i++) {
      String name = i < names.size() && !names.get(i).isEmpty() ? names.get(i) : "unknown";
      if (kept.contains(name)) {
        others.put(name, adopt(START + i, name));
      } else {
        sockets.add(socket(START + i, name));
      }
    }
    return new Passed(sockets, others);
  }

  private static String what(int number, String name) {
    return "descriptor " + number + " ('" + name + "') passed by systemd ";
  }

  private static Fd adopt(int number, String name) throws BadSocketException {
    try {
      return Sys.adopt(number);
    } catch (IOException e) {
      throw new BadSocketException(what(number, name) + "cannot be used: " + e.getMessage());
    }
  }

  private static Socket socket(int number, String name) throws BadSocketException {
    String what = what(number, name);
    Fd fd = adopt(number, name);
    try {
      var kind = Sockets.socketKind(fd);
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

  /** The passed sockets cannot be served from; the message says which and why. */
  public static final class BadSocketException extends Exception {
    private static final long serialVersionUID = 1L;

    public BadSocketException(String message) {
      super(message);
    }
  }
}
