package jcluster.systemd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import jcluster.os.Address;
import jcluster.os.Fd;
import jcluster.os.Sockets;

/**
 * The description of a socket to serve from.
 *
 * @param name its FileDescriptorName=, or {@code unknown}
 * @param kind its kind
 * @param inode its inode number, unique on this machine, as in {@code /proc/PID/fd}
 * @param port its port, 1 to 65535; 0 if it has none
 * @param address its numeric internet address without a scope, or its Unix path or abstract name;
 *     else empty
 */
public record Endpoint(String name, Kind kind, long inode, int port, String address) {
  /** The kinds of sockets. */
  public enum Kind {
    TCP("a TCP socket", true),
    UDP("a UDP socket", true),
    UNIX("a Unix stream socket with a path", true),
    UNIX_ABSTRACT("a Unix socket in the abstract namespace", false),
    UNIX_DATAGRAM("a Unix datagram socket", false),
    OTHER("neither an internet nor a Unix socket", false);

    private final String text;
    private final boolean bindable;

    Kind(String text, boolean bindable) {
      this.text = text;
      this.bindable = bindable;
    }

    /** Whether a Java program can bind such a socket. */
    public boolean bindable() {
      return bindable;
    }

    /** The kind in words. */
    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Describes a socket, as the kernel knows it.
   *
   * @throws IOException if {@code fd} is not a socket, or the kernel cannot be asked
   */
  static Endpoint of(String name, Fd fd) throws IOException {
    boolean datagram =
        Sockets.socketKind(fd).orElseThrow(() -> new IOException("not a socket")).datagram();
    long inode = (Long) Files.getAttribute(Path.of("/proc/self/fd/" + fd.number()), "unix:ino");
    Address local = Sockets.localAddress(fd);
    Optional<InetSocketAddress> inet = local.toInet();
    if (inet.isPresent()) {
      String address = inet.get().getAddress().getHostAddress();
      return new Endpoint(
          name, datagram ? Kind.UDP : Kind.TCP, inode, inet.get().getPort(), address);
    }
    String path = local.toUnix().orElse("");
    Kind kind =
        path.isEmpty()
            ? Kind.OTHER
            : datagram ? Kind.UNIX_DATAGRAM : path.startsWith("@") ? Kind.UNIX_ABSTRACT : Kind.UNIX;
    return new Endpoint(name, kind, inode, 0, path);
  }

  /** Name and address as people write them: {@code http [::]:8080}, {@code app /run/app.sock}. */
  @Override
  public String toString() {
    if (port == 0) {
      return (name + " " + address).stripTrailing();
    }
    String host = address;
    if (host.indexOf(':') >= 0) {
      host = "[" + host.replaceFirst("(^|:)0(:0)+(:|$)", "::") + "]";
    }
    return name + " " + host + ":" + port + (kind == Kind.UDP ? " (UDP)" : "");
  }
}
