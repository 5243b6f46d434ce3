package sun.nio.ch;

import jdk.internal.misc.Unsafe;

/**
 * Finds where a server's WebSocket messages begin and end (RFC 6455, 5.2). Looks at the frames'
 * headers only. For one thread at a time.
 */
final class JclusterWebSocket {
  private static final int FIN = 0x80;
  private static final int OPCODE = 0x0f;
  private static final int CONTROL = 0x08;
  private static final int CLOSE = 0x08;
  private static final int MASKED = 0x80;
  private static final int LENGTH = 0x7f;
  private static final int LENGTH_16 = 126;
  private static final int LENGTH_64 = 127;
  private static final int SHORT_HEADER = 2;
  private static final int MASK = 4;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  /**
   * How many bytes of a frame's header have arrived, and how long the header is as far as that is
   * known.
   */
  private int have;

  private int header = SHORT_HEADER;
  private int first;

  /** Where in the header the length ends. */
  private int lengthEnd;

  /** How many bytes are left of its payload. */
  private long left;

  /** Whether a message goes on in the next frame. */
  private boolean fragmented;

  private boolean closed;

  /** Whether it is not known any more where its messages begin. */
  private boolean lost;

  /** Whether the next byte begins a message. */
  boolean isBetweenMessages() {
    return have == 0 && !fragmented && !lost;
  }

  /** Whether the server has sent Close itself. */
  boolean isClosed() {
    return closed;
  }

  /** Takes bytes that go to the client. */
  void sending(Object base, long from, long count) {
    long end = from + count;
    while (from < end && !lost) {
      if (have < header) {
        header(MEMORY.getByte(base, from++) & 0xff);
        if (have < header || lost) {
          continue;
        }
      }
      long n = Math.min(left, end - from);
      from += n;
      payload(n);
    }
  }

  /** Notes bytes that passed unseen, which is valid only within a payload. */
  void skip(long count) {
    if (have == header && count <= left) {
      payload(count);
    } else {
      lost = true;
    }
  }

  private void payload(long count) {
    left -= count;
    if (left == 0) {
      if ((first & CONTROL) == 0) {
        fragmented = (first & FIN) == 0;
      }
      closed |= (first & OPCODE) == CLOSE;
      have = 0;
      header = SHORT_HEADER;
    }
  }

  private void header(int b) {
    switch (have++) {
      case 0 -> first = b;
      case 1 -> {
        int length = b & LENGTH;
        left = length < LENGTH_16 ? length : 0;
        header += length == LENGTH_16 ? Short.BYTES : length == LENGTH_64 ? Long.BYTES : 0;
        lengthEnd = header;
        header += (b & MASKED) != 0 ? MASK : 0;
      }
      default -> {
        if (have <= lengthEnd) {
          left = (left << Byte.SIZE) | b;
          lost |= left < 0; // The first bit of a length must be 0.
        }
      }
    }
  }
}
