package jcluster.os;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A socket address as the kernel takes it (struct sockaddr).
 *
 * @param family AF_UNIX, AF_INET or AF_INET6
 * @param bytes the structure, of exactly its length
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Address(int family, byte[] bytes) {

  /**
   * A Unix address: a path, or a name in the abstract namespace written with {@code @} before it
   * (unix(7)).
   *
   * @throws IllegalArgumentException if it is empty or too long
   */
  public static Address unix(String name) {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = name.startsWith("@");
    // A path needs its closing NUL; an abstract name has none.
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
}
