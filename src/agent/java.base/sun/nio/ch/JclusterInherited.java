package sun.nio.ch;

import java.io.FileDescriptor;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** A socket that the worker was started with. */
public final class JclusterInherited {
  /** What it can be bound as. */
  public static final String TCP = "tcp";

  public static final String UDP = "udp";
  public static final String UNIX = "unix";

  final String kind;
  final int port;

  /** Its address in numbers, or its path. */
  final String address;

  /** Where it was at the start, and stays. */
  final FileDescriptor fd;

  /** Its FileDescriptorName=. */
  public String name = "";

  /** Through how many descriptors the application holds it. */
  public int adopted;

  /** Whether the application has bound it and, where that is due, listens. */
  boolean listening;

  /** Whether the application holds it by a channel that knows IPv4 alone. */
  boolean ipv4;

  private InetAddress parsed;

  public JclusterInherited(String kind, int port, String address, FileDescriptor fd) {
    this.kind = kind;
    this.port = port;
    this.address = address;
    this.fd = fd;
  }

  /** Its address; a socket that has none is never asked. */
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

  /** As in {@code http [::]:8080}. */
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
