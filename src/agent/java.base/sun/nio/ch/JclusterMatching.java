package sun.nio.ch;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;

/** Finds the inherited socket that answers a bind. */
public final class JclusterMatching {
  private JclusterMatching() {}

  /**
   * Finds the socket that an internet address stands for. It has that port, and that address or one
   * that the kernel would refuse to bind beside it. The closest one is taken; of several equally
   * close, one that the application does not hold yet.
   *
   * @param ports pairs of a port that the application binds and the index of the socket it stands
   *     for
   * @return its index, or -1 if no inherited socket answers the bind
   */
  public static int inet(
      JclusterInherited[] sockets, int[] ports, String kind, InetAddress address, int port) {
    for (int i = 0; i < ports.length; i += 2) {
      if (ports[i] == port && sockets[ports[i + 1]].kind.equals(kind)) {
        return ports[i + 1];
      }
    }
    int best = -1;
    int closest = 0;
    for (int i = 0; i < sockets.length && port != 0; i++) {
      JclusterInherited socket = sockets[i];
      if (!socket.kind.equals(kind) || socket.port != port) {
        continue;
      }
      int closeness = 2 * closeness(socket.address(), address) + (socket.adopted == 0 ? 1 : 0);
      if (closeness > 1 && closeness > closest) {
        best = i;
        closest = closeness;
      }
    }
    return best;
  }

  /** How closely a socket's address matches another; 0 if not at all. */
  private static int closeness(InetAddress socket, InetAddress address) {
    if (socket.equals(address)) {
      return 4;
    }
    if (socket.isAnyLocalAddress()) {
      // [::] serves IPv4, too, unless the unit says otherwise; 0.0.0.0 serves nothing else.
      boolean serves = address.isAnyLocalAddress() || same(socket, address) || !v4(socket);
      return !serves ? 0 : same(socket, address) ? 3 : 2;
    }
    return address.isAnyLocalAddress() ? 1 : 0;
  }

  private static boolean same(InetAddress one, InetAddress other) {
    return v4(one) == v4(other);
  }

  private static boolean v4(InetAddress address) {
    return address instanceof Inet4Address;
  }

  /**
   * Finds the Unix socket that a path stands for, also through symbolic links to its directory.
   *
   * @param path absolute
   * @return its index, or -1
   */
  public static int unix(JclusterInherited[] sockets, String path) {
    for (int i = 0; i < sockets.length; i++) {
      JclusterInherited socket = sockets[i];
      if (socket.kind.equals(JclusterInherited.UNIX)
          && (socket.address.equals(path)
              || (name(socket.address).equals(name(path))
                  && real(socket.address).equals(real(path))))) {
        return i;
      }
    }
    return -1;
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static String real(String path) {
    try {
      Path absolute = Path.of(path);
      return absolute.getParent().toRealPath().resolve(absolute.getFileName()).toString();
    } catch (IOException e) {
      return path;
    }
  }
}
