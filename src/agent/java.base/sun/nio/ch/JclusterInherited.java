package sun.nio.ch;

import java.io.FileDescriptor;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** A socket that the worker was started with. */
public final class JclusterInherited {
  /** The kinds of inherited sockets. */
  public static final String TCP = "tcp";

  public static final String UDP = "udp";
  public static final String UNIX = "unix";

  final String kind;
  final int port;

  /** Its address in numbers, or its path. */
  final String address;

  /** The descriptor that the worker was started with, which stays. */
  final FileDescriptor fd;

  /** Its FileDescriptorName=. */
  public String name = "";

  /** How many descriptors of the application refer to it. */
  public int adopted;

  /** Whether the application has bound it and, unless it is a datagram socket, listens. */
  boolean listening;

  /** Whether the application holds it through a channel that knows only IPv4. */
  boolean ipv4;

  private InetAddress parsed;

  public JclusterInherited(String kind, int port, String address, FileDescriptor fd) {
    this.kind = kind;
    this.port = port;
    this.address = address;
    this.fd = fd;
  }

  /** Its internet address; not for a Unix socket. */
  InetAddress address() {
    if (parsed == null) {
      try {
        parsed = InetAddress.getByName(address);
      } catch (UnknownHostException e) {
        throw new IllegalStateException("'" + address + "' is no address", e);
      }
    }
    return parsed;
  }

  /** Name and address, as in {@code http [::]:8080}. */
  @Override
  public String toString() {
    String text = address;
    if (!kind.equals(UNIX)) {
      text = text(address, port);
    }
    return name.isEmpty() || name.equals("unknown") ? text : name + " " + text;
  }

  static String text(String address, int port) {
    String host = address.equals("0:0:0:0:0:0:0:0") ? "::" : address;
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
