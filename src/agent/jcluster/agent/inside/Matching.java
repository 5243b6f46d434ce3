package jcluster.agent.inside;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Which inherited socket answers a bind; pure. */
final class Matching {
  private Matching() {}

  /**
   * Which socket an internet address stands for: one of that port, and of that address or of one
   * that the kernel would not let be bound beside it. The closest is taken, and of several as close
   * one that the application does not hold yet.
   *
   * @param ports pairs of a port of the application's and the index of the socket it stands for
   * @return its index, or -1 if the bind is none of our business
   */
  static int inet(Inherited[] sockets, int[] ports, String kind, InetAddress address, int port) {
    for (int i = 0; i < ports.length; i += 2) {
      if (ports[i] == port && sockets[ports[i + 1]].kind.equals(kind)) {
        return ports[i + 1];
      }
    }
    int best = -1;
    int closest = 0;
    for (int i = 0; i < sockets.length && port != 0; i++) {
      Inherited socket = sockets[i];
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

  /** 0 if they have nothing in common, more the more they have. */
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
   * Which socket a path stands for.
   *
   * @param path absolute and without redundant elements
   * @return its index, or -1
   */
  static int unix(Inherited[] sockets, String path) {
    for (int i = 0; i < sockets.length; i++) {
      if (sockets[i].kind.equals(Inherited.UNIX) && sockets[i].address.equals(path)) {
        return i;
      }
    }
    return -1;
  }
}
