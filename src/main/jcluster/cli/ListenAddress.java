package jcluster.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.control.ControlClient;
import jcluster.os.Address;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Sys;
import jcluster.systemd.ListenFds.Socket;
import jcluster.text.Reason;

/** Opens the sockets of {@code --listen=}, written as ListenStream= is in systemd.socket(5). */
final class ListenAddress {
  /** As systemd's default Backlog=; the kernel lowers it to net.core.somaxconn. */
  private static final int BACKLOG = 4096;

  private static final Pattern INET =
      Pattern.compile("(?:(?:\\[(?<v6>[^\\]]+)\\]|(?<host>[^\\[\\]:/]+)):)?(?<port>[0-9]{1,5})");

  private ListenAddress() {}

  /**
   * Opens a listening stream socket.
   *
   * @throws UsageException if it is no address
   * @throws IOException if it cannot be opened; the message names it
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

  /** A socket that nobody listens on any more is in the way; any other file is somebody's. */
  private static void removeLeftover(Path path) throws IOException {
    if (Files.exists(path)) {
      boolean file = Files.isRegularFile(path) || Files.isDirectory(path);
      if (file || ControlClient.answers(path)) {
        throw new IOException(
            "cannot listen on " + path + ": " + (file ? "it is a file" : "someone listens there"));
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
      return Sys.listen(address, BACKLOG);
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
    return Sys.listen(Address.inet(new InetSocketAddress(address, port)), BACKLOG);
  }
}
