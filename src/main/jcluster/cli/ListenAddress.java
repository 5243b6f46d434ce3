package jcluster.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.control.ControlClient;
import jcluster.os.Address;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Sockets;
import jcluster.systemd.ListenFds.Socket;
import jcluster.text.Reason;

/**
 * Opens the sockets of {@code --listen=}, which are written like ListenStream= in
 * systemd.socket(5).
 */
final class ListenAddress {
  /** The usual net.core.somaxconn, at which the kernel caps it, as it caps systemd's Backlog=. */
  private static final int BACKLOG = 4096;

  /** The type of a file in its mode, and that of a socket: inode(7). */
  private static final int S_IFMT = 0170000;

  private static final int S_IFSOCK = 0140000;

  private static final Pattern INET =
      Pattern.compile("(?:(?:\\[(?<v6>[^\\]]+)\\]|(?<host>[^\\[\\]:/]+)):)?(?<port>[0-9]{1,5})");

  private ListenAddress() {}

  /**
   * Opens a listening stream socket.
   *
   * @throws UsageException if {@code text} is not an address
   * @throws IOException if the socket cannot be opened; the message names it
   */
  static Socket open(String text) throws UsageException, IOException {
    try {
      if (text.startsWith("/") || text.startsWith("@")) {
        Address address = Address.unix(text);
        if (text.startsWith("/")) {
          removeLeftover(Path.of(text));
        }
        return Socket.of(text.replace(':', '_'), unix(text, address));
      }
      Matcher matcher = INET.matcher(text);
      if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > 65_535) {
        throw new UsageException(
            "--listen: '"
                + text
                + "' is not an address: allowed are PORT, HOST:PORT, [IPv6]:PORT, a path beginning"
                + " with / and an abstract name beginning with @");
      }
      return Socket.of(matcher.group("port"), inet(text, matcher));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--listen: " + e.getMessage());
    }
  }

  /**
   * Removes a socket that nobody listens on any more. Refuses a file of any other type, and a
   * socket that is in use.
   */
  private static void removeLeftover(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & S_IFMT) != S_IFSOCK) {
        throw new IOException(
            "cannot listen on "
                + path
                + ": it exists and is no socket; remove it, or listen elsewhere");
      } else if (ControlClient.answers(path)) {
        throw new IOException("cannot listen on " + path + ": someone listens there");
      }
      try {
        Files.delete(path);
      } catch (IOException e) {
        throw Reason.with("cannot listen on " + path + ": what is left there stays", e);
      }
    }
  }

  private static Fd unix(String text, Address address) throws IOException {
    try {
      return Sockets.listen(address, BACKLOG);
    } catch (OsException e) {
      throw Reason.with("cannot listen on " + text, e);
    }
  }

  private static Fd inet(String text, Matcher matcher) throws IOException {
    String host = matcher.group("v6") != null ? matcher.group("v6") : matcher.group("host");
    int port = Integer.parseInt(matcher.group("port"));
    try {
      if (host != null) {
        return listen(InetAddress.getByName(host), port);
      }
      try {
        return listen(InetAddress.getByName("::"), port); // IPv4, too: ipv6(7), IPV6_V6ONLY
      } catch (OsException e) {
        if (e.errno() == OsException.EADDRINUSE) {
          throw e;
        }
        return listen(InetAddress.getByName("0.0.0.0"), port); // A machine without IPv6.
      }
    } catch (UnknownHostException e) {
      throw Reason.with("cannot listen on " + text, e);
    } catch (OsException e) {
      throw Reason.with("cannot listen on " + text, e);
    }
  }

  private static Fd listen(InetAddress address, int port) throws OsException {
    return Sockets.listen(Address.inet(new InetSocketAddress(address, port)), BACKLOG);
  }
}
