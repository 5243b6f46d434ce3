package jcluster.install;

import static jcluster.config.Words.refused;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.control.ControlClient;
import jcluster.text.Reason;

/**
 * An address for ListenStream= of systemd.socket(5).
 *
 * @param text as it was given
 * @param inet the same for TCP; empty for the path of a Unix socket
 */
public record Listen(String text, Optional<InetSocketAddress> inet) {
  private static final Pattern INET =
      Pattern.compile(
          "(?:(?:\\[(?<v6>[0-9a-fA-F:.]+)\\]|(?<v4>[0-9]+(?:\\.[0-9]+){3})):)?(?<port>[0-9]{1,5})");
  private static final String ALLOWED =
      "allowed are PORT, IPv4:PORT, [IPv6]:PORT and a path that begins with /";
  private static final int LARGEST_PORT = 65_535;

  /**
   * Reads {@code PORT}, {@code IPv4:PORT}, {@code [IPv6]:PORT} or an absolute path. A host's name
   * is not allowed, because systemd looks up none.
   *
   * @throws IllegalArgumentException for any other text
   */
  public static Listen parse(String text) {
    if (text.startsWith("/") && text.chars().noneMatch(c -> c <= ' ' || c == '%')) {
      return new Listen(text, Optional.empty());
    }
    Matcher matcher = INET.matcher(text);
    int port = matcher.matches() ? Integer.parseInt(matcher.group("port")) : 0;
    try {
      if (port > 0 && port <= LARGEST_PORT) {
        String host = matcher.group("v6") != null ? matcher.group("v6") : matcher.group("v4");
        InetAddress address =
            host == null ? new InetSocketAddress(0).getAddress() : InetAddress.getByName(host);
        return new Listen(text, Optional.of(new InetSocketAddress(address, port)));
      }
    } catch (UnknownHostException e) { // digits and dots that are no address
      throw refused(text, "is not an address: " + ALLOWED);
    }
    throw refused(text, "is not an address: " + ALLOWED);
  }

  /** Says why nobody can listen on it now, and what to do; empty if somebody can. */
  Optional<String> obstacle() {
    if (inet.isEmpty()) {
      return ControlClient.answers(Path.of(text))
          ? Optional.of("someone listens on " + text + " already: choose another path")
          : Optional.empty();
    }
    try (var channel = ServerSocketChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(inet.get());
      return Optional.empty();
    } catch (BindException e) {
      if (!e.getMessage().contains("in use")) {
        return Optional.of(
            "nobody can listen on "
                + text
                + " ("
                + Reason.why(e)
                + "): choose an address of this machine, or the port alone");
      }
      return Optional.of(
          "port "
              + inet.get().getPort()
              + " is taken: see by whom with ss -ltnp, and end that or choose another port");
    } catch (IOException e) {
      return Optional.of("nobody can listen on " + text + ": " + Reason.why(e));
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
