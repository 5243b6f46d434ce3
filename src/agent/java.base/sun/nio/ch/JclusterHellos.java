package sun.nio.ch;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds the connection of the JDK's TLS object. Both see the client's random bytes, which are in
 * the first record of a TLS connection and in no other connection's (RFC 8446, 4.1.2). For any
 * thread.
 */
public final class JclusterHellos {
  /** The number of random bytes. */
  public static final int SIZE = 32;

  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;

  private static final Map<ByteBuffer, JclusterConnection> EXPECTED = new HashMap<>();

  private JclusterHellos() {}

  /** Whether a TLS connection begins with this byte; no other known protocol does. */
  static boolean isRecord(int first) {
    return first == HANDSHAKE;
  }

  /** Whether these bytes begin a record of TLS with a ClientHello. */
  public static boolean isHello(byte[] bytes) {
    return bytes[0] == HANDSHAKE && bytes[1] == 3 && bytes[5] == CLIENT_HELLO;
  }

  static void expect(byte[] bytes, int from, JclusterConnection connection) {
    JclusterAgent.tls();
    synchronized (EXPECTED) {
      EXPECTED.put(ByteBuffer.wrap(bytes, from, SIZE).slice(), connection);
    }
  }

  /**
   * Returns, once, the connection whose client has sent these random bytes; null if there is none.
   */
  public static JclusterConnection take(byte[] bytes, int from) {
    synchronized (EXPECTED) {
      return EXPECTED.remove(ByteBuffer.wrap(bytes, from, SIZE).slice());
    }
  }

  static void forget(JclusterConnection connection) {
    synchronized (EXPECTED) {
      EXPECTED.values().remove(connection);
    }
  }
}
