package sun.nio.ch;

import jdk.internal.misc.Unsafe;

/**
 * Finds where messages begin and end in one direction of an HTTP/1 connection (RFC 9112), from the
 * bytes as they pass. Keeps only the current line. For one thread at a time.
 */
final class JclusterHttp1 {
  /** The longest line of a head, in bytes; a longer one is a mistake. */
  private static final int LONGEST_LINE = 65_536;

  /** The longest body or chunk, in bytes; a longer one is a mistake. */
  private static final long LONGEST_BODY = 1L << 56;

  private static final int START = 0;
  private static final int HEADERS = 1;
  private static final int BODY = 2;
  private static final int CHUNK = 3;
  private static final int CHUNK_DATA = 4;
  private static final int TRAILERS = 5;
  private static final int ENDLESS = 6;
  private static final int BROKEN = 7;
  private static final int SWITCHED = 8;

  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  private static final byte[] LENGTH = lower("content-length:");
  private static final byte[] ENCODING = lower("transfer-encoding:");
  private static final byte[] CONNECTION = lower("connection:");
  private static final byte[] UPGRADE = lower("upgrade:");
  private static final byte[] EXPECT = lower("expect:");
  private static final byte[] HTTP_1 = lower("http/1.");
  private static final byte[] HEAD = lower("head ");
  private static final byte[] CONNECT = lower("connect ");
  private static final byte[] CLOSE = lower("close");
  private static final byte[] KEEP_ALIVE = lower("keep-alive");
  private static final byte[] H2C = lower("h2c");
  private static final byte[] WEBSOCKET = lower("websocket");

  /** In each byte: a newline, the lowest and the highest bit. */
  private static final long NEWLINES = 0x0a0a_0a0a_0a0a_0a0aL;

  private static final long LOWEST = 0x0101_0101_0101_0101L;
  private static final long HIGHEST = 0x8080_8080_8080_8080L;

  /** No position. */
  static final long NONE = -1;

  private final boolean answers;

  /** How many heads are complete; of responses, only final ones count. */
  long heads;

  /** How many messages have ended; of responses, only final ones count. */
  long ended;

  /** How many bytes have passed. */
  long position;

  /** Whether the last head was that of a request whose response has no body (HEAD). */
  boolean isHead;

  /** Whether the request of the last head asks for a tunnel (CONNECT). */
  boolean isConnect;

  /** Whether the client waits to be asked for the body of the last head (RFC 9110, 10.1.1). */
  boolean expects;

  /** Whether the last head says that the connection ends with its message. */
  boolean closes;

  /**
   * Whether the client no longer waits to be asked for the body. In responses, because an interim
   * one has asked for it; in requests, because the body has begun to arrive.
   */
  boolean interim;

  /** Whether the connection switched to HTTP/2 with the last head (h2c). */
  boolean toHttp2;

  /** Whether it switched to WebSocket with the last head. */
  boolean toWebSocket;

  /**
   * In the last head, by {@link #position}: where a line that says just {@code Connection:
   * keep-alive} begins and ends, and where the empty line at the end begins.
   */
  long keepAliveFrom = NONE;

  long keepAliveTo = NONE;
  long headEnd = NONE;

  private int state = START;

  /** How many bytes are left of a body or chunk. */
  private long left;

  private int status;
  private long length;
  private boolean chunked;
  private boolean upgradesToHttp2;
  private boolean upgradesToWebSocket;

  /** The beginning of a line whose end has not arrived yet. */
  private byte[] carry;

  private int carried;

  /** The rest of the current line, behind the carried bytes. */
  private Object base;

  private long at;

  /** Where the current line begins, by {@link #position}. */
  private long line;

  JclusterHttp1(boolean answers) {
    this.answers = answers;
  }

  private static byte[] lower(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) text.charAt(i);
    }
    return bytes;
  }

  /** Whether it is in the middle of a message. */
  boolean within() {
    return state != START || carried > 0;
  }

  /** Whether the beginning of a head has arrived, but not its end. */
  boolean withinHead() {
    return state == HEADERS || (state == START && carried > 0);
  }

  /** Whether a message could not be understood. */
  boolean broken() {
    return state == BROKEN;
  }

  /** The status of the last head of a response. */
  int status() {
    return status;
  }

  /** Whether the connection has switched to another protocol. */
  boolean switched() {
    return state == SWITCHED;
  }

  /** Notes bytes that passed unseen, which is valid only within a body. */
  void skip(long count) {
    while (count > 0 && (state == BODY || state == CHUNK_DATA)) {
      long n = Math.min(left, count);
      passBody(n);
      position += n;
      count -= n;
    }
    position += count;
    if (count > 0 && state != ENDLESS && state != SWITCHED) {
      state = BROKEN;
    }
  }

  private void passBody(long n) {
    left -= n;
    if (left == 0 && state == BODY) {
      end();
    } else if (left == 0) {
      state = CHUNK;
    }
  }

  /**
   * Takes more bytes. Stops behind a message, behind a head that is not interim, and where another
   * protocol begins.
   *
   * @param bodiless for responses, whether the current one has no body
   * @param tunnel for responses, whether a successful one opens a tunnel
   * @return how many of them were taken
   */
  long feed(Object memory, long from, long count, boolean bodiless, boolean tunnel) {
    long begin = from;
    long end = from + count;
    interim |= !answers && count > 0 && (state == BODY || state == CHUNK);
    while (from < end) {
      switch (state) {
        case BODY, CHUNK_DATA -> {
          long n = Math.min(left, end - from);
          passBody(n);
          position += n;
          from += n;
          if (state == START) {
            return from - begin;
          }
        }
        case ENDLESS, BROKEN -> {
          position += end - from;
          return count;
        }
        case SWITCHED -> {
          return from - begin;
        }
        default -> {
          if (state == START && carried == 0 && !mayBegin(MEMORY.getByte(memory, from))) {
            state = BROKEN;
            break;
          }
          long newline = newline(memory, from, end);
          if (newline == end) {
            carry(memory, from, end);
            position += end - from;
            return count;
          }
          base = memory;
          at = from;
          line = position - carried;
          int size = carried + (int) (newline - from);
          if (size > 0 && at(size - 1) == '\r') {
            size--;
          }
          position += newline + 1 - from;
          from = newline + 1;
          long before = heads + ended;
          line(size, bodiless, tunnel);
          carried = 0;
          base = null;
          if (heads + ended != before) {
            return from - begin;
          }
        }
      }
    }
    return count;
  }

  /**
   * Whether a message may begin with this byte; empty lines before a request are ignored (RFC 9112,
   * 2.2).
   */
  static boolean mayBegin(int b) {
    return (b >= 'A' && b <= 'Z') || b == '\r' || b == '\n';
  }

  /** Where the first newline is, or {@code end}. */
  private static long newline(Object memory, long from, long end) {
    long at = from;
    for (; end - at >= Long.BYTES; at += Long.BYTES) {
      // In each byte of zero, and perhaps in those above it, the highest bit is set.
      long bytes = MEMORY.getLongUnaligned(memory, at, false) ^ NEWLINES;
      long zeros = (bytes - LOWEST) & ~bytes & HIGHEST;
      if (zeros != 0) {
        return at + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
      }
    }
    while (at < end && MEMORY.getByte(memory, at) != '\n') {
      at++;
    }
    return at;
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

  private int at(int i) {
    return i < carried ? carry[i] : MEMORY.getByte(base, at + i - carried);
  }

  private void line(int size, boolean bodiless, boolean tunnel) {
    switch (state) {
      case START -> {
        if (size > 0) {
          start(size);
        }
      }
      case HEADERS -> {
        if (size == 0) {
          endOfHead(bodiless, tunnel);
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
    length = NONE;
    chunked = false;
    closes = false;
    expects = false;
    upgradesToHttp2 = false;
    upgradesToWebSocket = false;
    keepAliveFrom = NONE;
    keepAliveTo = NONE;
    headEnd = NONE;
    if (answers) {
      if (size < 12 || !begins(0, HTTP_1)) {
        state = BROKEN;
        return;
      }
      for (int i = 9; i < 12; i++) {
        int digit = at(i) - '0';
        if (digit < 0 || digit > 9) {
          state = BROKEN;
          return;
        }
        status = 10 * status + digit;
      }
    } else {
      if (size < 14 || !begins(size - 8, HTTP_1)) {
        state = BROKEN;
        return;
      }
      isHead = begins(0, HEAD);
      isConnect = begins(0, CONNECT);
    }
    state = HEADERS;
  }

  private void header(int size) {
    int first = at(0) | 0x20;
    if (first == 'c' && begins(size, 0, LENGTH)) {
      contentLength(size);
    } else if (first == 't' && begins(size, 0, ENCODING)) {
      // The last coding decides, and only chunked ends in a d (RFC 9112, 6.1).
      chunked = (at(end(size) - 1) | 0x20) == 'd';
    } else if (first == 'c' && begins(size, 0, CONNECTION)) {
      connection(size);
    } else if (first == 'u' && begins(size, 0, UPGRADE)) {
      int value = value(UPGRADE.length, size);
      upgradesToHttp2 = size - value >= H2C.length && begins(value, H2C);
      upgradesToWebSocket = size - value >= WEBSOCKET.length && begins(value, WEBSOCKET);
    } else if (first == 'e' && begins(size, 0, EXPECT)) {
      expects = true;
    }
  }

  private void contentLength(int size) {
    long value = 0;
    int from = value(LENGTH.length, size);
    int to = end(size);
    boolean right = from < to;
    for (int i = from; i < to && right; i++) {
      int digit = at(i) - '0';
      value = 10 * value + digit;
      right = digit >= 0 && digit <= 9 && value <= LONGEST_BODY;
    }
    // How others read a list, or two lengths that differ, is not known (RFC 9112, 6.3).
    if (!right || (length != NONE && length != value)) {
      state = BROKEN;
    }
    length = value;
  }

  private void connection(int size) {
    boolean only = true;
    for (int from = CONNECTION.length; from < size; ) {
      int to = from;
      while (to < size && at(to) != ',') {
        to++;
      }
      int word = value(from, to);
      int last = Math.max(word, end(to));
      if (last - word == CLOSE.length && begins(word, CLOSE)) {
        closes = true;
      }
      only &= last - word == KEEP_ALIVE.length && begins(word, KEEP_ALIVE) && to == size;
      from = to + 1;
    }
    if (only) {
      keepAliveFrom = line;
      keepAliveTo = position;
    }
  }

  /** The first place from {@code from} on that is not a blank, or {@code to}. */
  private int value(int from, int to) {
    while (from < to && at(from) <= ' ') {
      from++;
    }
    return from;
  }

  /** Where the blanks before {@code to} begin. */
  private int end(int to) {
    int last = to;
    while (last > 0 && at(last - 1) <= ' ') {
      last--;
    }
    return last;
  }

  private boolean begins(int size, int from, byte[] lowerCase) {
    return size - from >= lowerCase.length && begins(from, lowerCase);
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

  private void endOfHead(boolean bodiless, boolean tunnel) {
    if (state == BROKEN) {
      return;
    }
    headEnd = line;
    if (!answers) {
      heads++;
      interim = false;
      body();
    } else if (status == 101) {
      heads++;
      ended++;
      toHttp2 = upgradesToHttp2;
      toWebSocket = upgradesToWebSocket;
      state = SWITCHED;
    } else if (status < 200) {
      interim = true;
      state = START;
    } else if (tunnel && status < 300) {
      heads++;
      ended++;
      state = SWITCHED;
    } else {
      heads++;
      if (status == 204 || status == 304 || bodiless) {
        end();
      } else {
        body();
      }
    }
  }

  private void body() {
    if (chunked) {
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
    int digits = 0;
    for (; digits < size; digits++) {
      int digit = Character.digit((char) at(digits), 16);
      if (digit < 0) {
        break;
      }
      value = 16 * value + digit;
      if (value > LONGEST_BODY) {
        state = BROKEN;
        return;
      }
    }
    if (digits == 0) {
      state = BROKEN;
      return;
    }
    left = value + 2;
    state = value == 0 ? TRAILERS : CHUNK_DATA;
  }

  private void end() {
    state = START;
    ended++;
  }
}
