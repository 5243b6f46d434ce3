package jcluster.agent.inside;

import jcluster.agent.jdk.Unsafe;

/**
 * Where messages begin and end in one direction of an HTTP/1 connection (RFC 9112), told from the
 * bytes as they pass. Reads no more of them than that takes. For one thread at a time.
 */
final class Framing {
  /** Of a head's line, more is of no interest. */
  private static final int LONGEST_LINE = 16_384;

  /** A body or chunk of more bytes than this is a mistake. */
  private static final long LONGEST_BODY = 1L << 56;

  private static final int START = 0;
  private static final int HEADERS = 1;
  private static final int BODY = 2;
  private static final int CHUNK = 3;
  private static final int CHUNK_DATA = 4;
  private static final int TRAILERS = 5;
  private static final int ENDLESS = 6;
  private static final int BROKEN = 7;

  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  private static final byte[] LENGTH = {
    'c', 'o', 'n', 't', 'e', 'n', 't', '-', 'l', 'e', 'n', 'g', 't', 'h', ':'
  };
  private static final byte[] ENCODING = {
    't', 'r', 'a', 'n', 's', 'f', 'e', 'r', '-', 'e', 'n', 'c', 'o', 'd', 'i', 'n', 'g', ':'
  };
  private static final byte[] HTTP_1 = {'h', 't', 't', 'p', '/', '1', '.'};
  private static final byte[] HEAD = {'h', 'e', 'a', 'd', ' '};

  private final boolean answers;

  /** How many messages have begun and ended; of answers, only those that are final. */
  int begun;

  int ended;

  /** Whether the last request was one whose answer has no body. */
  boolean bodiless;

  /** Whether it went over to another protocol. */
  boolean upgraded;

  private int state = START;

  /** What is left of a body or chunk. */
  private long left;

  private int status;
  private long length;
  private boolean chunked;

  /** The beginning of a line whose end has not come yet. */
  private byte[] carry;

  private int carried;

  /** The line at hand: what is carried, then this. */
  private Object base;

  private long at;

  Framing(boolean answers) {
    this.answers = answers;
  }

  /** Whether it is in the middle of a message. */
  boolean within() {
    return state != START || carried > 0;
  }

  /** Whether a message could be made out. */
  boolean broken() {
    return state == BROKEN;
  }

  /**
   * Some more bytes.
   *
   * @param requests for answers, the other direction
   */
  void feed(Object memory, long from, long count, Framing requests) {
    long end = from + count;
    while (from < end) {
      switch (state) {
        case BODY, CHUNK_DATA -> {
          long n = Math.min(left, end - from);
          from += n;
          left -= n;
          if (left == 0 && state == BODY) {
            end();
          } else if (left == 0) {
            state = CHUNK;
          }
        }
        case ENDLESS, BROKEN -> {
          return;
        }
        default -> {
          if (state == START && carried == 0 && !mayBegin(MEMORY.getByte(memory, from))) {
            state = BROKEN;
            return;
          }
          long newline = from;
          while (newline < end && MEMORY.getByte(memory, newline) != '\n') {
            newline++;
          }
          if (newline == end) {
            carry(memory, from, end);
            return;
          }
          base = memory;
          at = from;
          int size = carried + (int) (newline - from);
          if (size > 0 && at(size - 1) == '\r') {
            size--;
          }
          line(size, requests);
          carried = 0;
          base = null;
          from = newline + 1;
        }
      }
    }
  }

  /** Empty lines before a request are to be overlooked (RFC 9112, 2.2). */
  private static boolean mayBegin(byte b) {
    return (b >= 'A' && b <= 'Z') || b == '\r' || b == '\n';
  }

  private void carry(Object memory, long from, long end) {
    int count = (int) (end - from);
    if (carried + count > LONGEST_LINE) {
      state = BROKEN;
      return;
    }
    if (carry == null || carry.length < carried + count) {
      byte[] longer = new byte[2 * (carried + count)];
      if (carry != null) {
        System.arraycopy(carry, 0, longer, 0, carried);
      }
      carry = longer;
    }
    while (from < end) {
      carry[carried++] = MEMORY.getByte(memory, from++);
    }
  }

  private byte at(int i) {
    return i < carried ? carry[i] : MEMORY.getByte(base, at + i - carried);
  }

  private void line(int size, Framing requests) {
    switch (state) {
      case START -> {
        if (size > 0) {
          start(size);
        }
      }
      case HEADERS -> {
        if (size == 0) {
          endOfHead(requests);
        } else {
          header(size);
        }
      }
      case CHUNK -> chunk(size);
      default -> { // the trailers
        if (size == 0) {
          end();
        }
      }
    }
  }

  private void start(int size) {
    status = 0;
    length = -1;
    chunked = false;
    if (answers) {
      if (size < 12 || !begins(0, HTTP_1)) {
        state = BROKEN;
        return;
      }
      status = 100 * (at(9) - '0') + 10 * (at(10) - '0') + at(11) - '0';
    } else {
      if (size < 14 || !begins(size - 8, HTTP_1)) {
        state = BROKEN;
        return;
      }
      bodiless = begins(0, HEAD);
      begun++;
    }
    state = HEADERS;
  }

  private void header(int size) {
    int first = at(0) | 0x20;
    if (first == 'c' && size > LENGTH.length && begins(0, LENGTH)) {
      long value = 0;
      for (int i = LENGTH.length; i < size; i++) {
        int digit = at(i) - '0';
        if (digit >= 0 && digit <= 9) {
          value = 10 * value + digit;
        }
        if (value > LONGEST_BODY) {
          state = BROKEN;
        }
      }
      length = value;
    } else if (first == 't' && size > ENCODING.length && begins(0, ENCODING)) {
      // The last coding decides, and no other than this one ends in a d (RFC 9112, 6.1).
      chunked = (at(size - 1) | 0x20) == 'd';
    }
  }

  private boolean begins(int from, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      int b = at(from + i);
      if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  private void endOfHead(Framing requests) {
    boolean interim = answers && status < 200;
    if (interim && status == 101) {
      upgraded = true;
      state = ENDLESS;
    } else if (interim) {
      state = START;
    } else if (answers && (status == 204 || status == 304 || requests.bodiless)) {
      end();
    } else if (chunked) {
      state = CHUNK;
    } else if (length > 0) {
      left = length;
      state = BODY;
    } else if (length == 0 || !answers) {
      end();
    } else {
      state = ENDLESS;
    }
  }

  private void chunk(int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      int digit = Character.digit(at(i), 16);
      if (digit < 0) {
        break;
      }
      value = 16 * value + digit;
      if (value > LONGEST_BODY) {
        state = BROKEN;
        return;
      }
    }
    left = value + 2;
    state = value == 0 ? TRAILERS : CHUNK_DATA;
  }

  private void end() {
    state = START;
    ended++;
  }
}
