package jcluster.os;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A socket address as the kernel takes it (struct sockaddr).
 *
 * @param family AF_UNIX, AF_INET, AF_INET6, or another family of a socket that systemd passed
 * @param bytes the structure, of exactly its length
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Address(int family, byte[] bytes) {

  /**
   * A Unix address: a path, or {@code @} and a name in the abstract namespace (unix(7)).
   *
   * @throws IllegalArgumentException if it is empty or too long
   */
  public static Address unix(String name) {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = name.startsWith("@");
    // A path needs its terminating NUL; an abstract name has none.
    int length = path.length + (isAbstract ? 0 : 1);
    if (path.length == 0 || length > Libc.SIZEOF_SUN_PATH) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' cannot be a Unix socket's name: it has "
              + path.length
              + " bytes, allowed are 1 to "
              + (Libc.SIZEOF_SUN_PATH - 1));
    }
    if (isAbstract) {
      path[0] = 0;
    }
    var buffer = ByteBuffer.allocate(2 + length).order(ByteOrder.nativeOrder());
    buffer.putShort((short) Libc.AF_UNIX).put(path);
    return new Address(Libc.AF_UNIX, buffer.array());
  }

  /** The path, or {@code @} and the name in the abstract namespace; empty for another family. */
  public Optional<String> toUnix() {
    if (family != Libc.AF_UNIX) {
      return Optional.empty();
    }
    String name = new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_8);
    boolean isAbstract = name.startsWith("\0");
    return Optional.of(isAbstract ? "@" + name.substring(1) : name.split("\0", 2)[0]);
  }

  /** An internet address (ip(7), ipv6(7)). */
  public static Address inet(InetSocketAddress address) {
    byte[] ip = address.getAddress().getAddress();
    boolean v6 = address.getAddress() instanceof Inet6Address;
    var buffer = ByteBuffer.allocate(v6 ? 28 : 16).order(ByteOrder.nativeOrder());
    buffer.putShort((short) (v6 ? Libc.AF_INET6 : Libc.AF_INET));
    buffer.put((byte) (address.getPort() >> 8)).put((byte) address.getPort());
    if (v6) {
      buffer.putInt(0).put(ip).putInt(((Inet6Address) address.getAddress()).getScopeId());
    } else {
      buffer.put(ip);
    }
    return new Address(v6 ? Libc.AF_INET6 : Libc.AF_INET, buffer.array());
  }

  /** The internet address and port, without a scope; empty for another family. */
  public Optional<InetSocketAddress> toInet() {
    if (family != Libc.AF_INET && family != Libc.AF_INET6) {
      return Optional.empty();
    }
    int port = (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    boolean v6 = family == Libc.AF_INET6;
    byte[] ip = v6 ? Arrays.copyOfRange(bytes, 8, 24) : Arrays.copyOfRange(bytes, 4, 8);
    try {
      return Optional.of(new InetSocketAddress(InetAddress.getByAddress(ip), port));
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // Thrown only for another length.
    }
  }
}
