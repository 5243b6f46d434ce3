package sun.nio.ch;

import java.util.Arrays;
import jdk.internal.misc.Unsafe;

/**
 * The frames of an HTTP/2 connection in both directions, and which streams are open (RFC 9113).
 * Looks at the frames' headers only. Each direction is for one thread at a time; the table of
 * streams has a lock.
 */
final class JclusterHttp2 {
  private static final int HEADER = 9;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int PUSH_PROMISE = 5;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int PADDED = 8;
  private static final int PRIORITY = 32;
  private static final int END_HEADERS = 4;

  /** How many bytes of a frame of headers are looked at, for the status. */
  private static final int LOOK = 24;

  /** The first of the entries with a status in the table that both ends know (RFC 7541, A). */
  private static final int FIRST_STATUS = 8;

  private static final int[] STATUSES = {200, 204, 206, 304, 400, 404, 500};

  /** The first entry of the table that this connection has made (RFC 7541, 2.3.3). */
  private static final int FIRST_OWN = 62;

  /** In place of a status: that of an earlier answer, whose number is not kept. */
  private static final int SOME = 1;

  /** With more open streams than this, the protocol counts as unknown. */
  private static final int MOST_STREAMS = 65_536;

  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  /** One direction. */
  private static final class Frames {
    /** How many bytes of a frame's header have arrived, and its fields so far. */
    int have;

    int length;
    int type;
    int flags;
    int stream;

    /** How many bytes are left of its payload. */
    int left;

    /** How many bytes have passed. */
    long position;

    /** Whether a frame has ended. */
    boolean begun;

    /** Whether a CONTINUATION has to follow (RFC 9113, 6.10). */
    boolean withinHeaders;

    /** The stream of those headers, and whether it ends with them. */
    int headersStream;

    boolean endsWithHeaders;

    boolean within() {
      return have > 0 || withinHeaders;
    }

    /** Takes a whole header at once. */
    void header(Object base, long address) {
      int first = MEMORY.getIntUnaligned(base, address, true);
      length = first >>> 8;
      type = first & 0xff;
      flags = MEMORY.getByte(base, address + 4) & 0xff;
      stream = MEMORY.getIntUnaligned(base, address + 5, true) & 0x7fff_ffff;
      have = HEADER;
    }

    /** Takes a byte of a header that has arrived in pieces. */
    void header(int b) {
      switch (have++) {
        case 0, 1, 2 -> length = (length << 8 | b) & 0xff_ffff;
        case 3 -> type = b;
        case 4 -> flags = b;
        default -> stream = (stream << 8 | b) & 0x7fff_ffff;
      }
    }
  }

  private final Frames client = new Frames();
  private final Frames server = new Frames();

  /** The streams that the client has begun and whose response has not ended. */
  private int[] streams = new int[8];

  private int open;

  /** The last stream that the client has begun; 0 if none. */
  private int last;

  /** How the payload of the server's last HEADERS begins. */
  private final byte[] look = new byte[LOOK];

  private int looked;
  private int lookFlags;
  private int status;

  private boolean broken;

  /** Whether the server has answered a stream. */
  private volatile boolean answered;

  /** Whether the server has sent GOAWAY itself. */
  private boolean saidGoaway;

  /** See {@link #gap()}. */
  private long gap = JclusterHttp1.NONE;

  /**
   * Begins.
   *
   * @param upgraded whether stream 1 is open already, since HTTP/1.1 was upgraded
   */
  JclusterHttp2(boolean upgraded) {
    if (upgraded) {
      begin(1);
    }
  }

  /** How many streams are open. */
  synchronized int open() {
    return open;
  }

  /** The number of the last stream that the client has begun; 0 if none. */
  synchronized int last() {
    return last;
  }

  /** The status of the last answer that has begun, {@link #SOME}, or 0 if there is none. */
  int status() {
    return status;
  }

  /** Whether the server has begun to answer a stream. */
  boolean isAnswered() {
    return answered;
  }

  boolean broken() {
    return broken;
  }

  boolean saidGoaway() {
    return saidGoaway;
  }

  /**
   * Whether the server's next byte begins a frame, and a frame of ours may come before it. After
   * the server's own GOAWAY none may: the number of the last stream must not go up (RFC 9113, 6.8).
   */
  boolean atGap() {
    return server.begun && !server.within() && !saidGoaway && !broken;
  }

  /** Makes {@link #gap} look for a place from here on. */
  void mark() {
    gap = atGap() ? server.position : JclusterHttp1.NONE;
  }

  /**
   * The position of the first place since {@link #mark} where a frame may be inserted between the
   * server's, or {@link JclusterHttp1#NONE}.
   */
  long gap() {
    return gap;
  }

  /** Notes bytes of the server that passed unseen. */
  void skip(long count) {
    Frames frames = server;
    frames.position += count;
    if (frames.have == HEADER && count <= frames.left) {
      frames.left -= (int) count;
      if (frames.left == 0) {
        ended(frames, true);
      }
    } else {
      broken = true;
    }
  }

  /** Takes bytes that have arrived from the client, behind its preface. */
  void received(Object base, long address, long count) {
    feed(client, base, address, count, false);
  }

  /** Takes bytes that go to the client. */
  void sending(Object base, long address, long count) {
    feed(server, base, address, count, true);
  }

  private void feed(Frames frames, Object base, long from, long count, boolean answers) {
    long end = from + count;
    while (from < end && !broken) {
      if (frames.have < HEADER) {
        if (frames.have == 0 && end - from >= HEADER) {
          frames.header(base, from);
          from += HEADER;
          frames.position += HEADER;
        } else {
          frames.header(MEMORY.getByte(base, from++) & 0xff);
          frames.position++;
        }
        if (frames.have < HEADER) {
          continue;
        }
        frames.left = frames.length;
        if (answers && frames.type == HEADERS) {
          looked = 0;
          lookFlags = frames.flags;
        }
      }
      int n = (int) Math.min(frames.left, end - from);
      if (answers && frames.type == HEADERS) {
        for (int i = 0; i < n && looked < LOOK; i++) {
          look[looked++] = MEMORY.getByte(base, from + i);
        }
      }
      frames.left -= n;
      frames.position += n;
      from += n;
      if (frames.left == 0) {
        ended(frames, answers);
      }
    }
    frames.position += end - from;
  }

  private void ended(Frames frames, boolean answers) {
    frames.have = 0;
    frames.begun = true;
    boolean ends = (frames.flags & END_STREAM) != 0;
    switch (frames.type) {
      case HEADERS, PUSH_PROMISE -> {
        frames.headersStream = frames.stream;
        frames.endsWithHeaders = ends && frames.type == HEADERS;
        frames.withinHeaders = (frames.flags & END_HEADERS) == 0;
        if (!frames.withinHeaders) {
          headersEnded(frames, answers);
        }
      }
      case CONTINUATION -> {
        if (!frames.withinHeaders) {
          broken = true;
        }
        frames.withinHeaders = (frames.flags & END_HEADERS) == 0;
        if (!frames.withinHeaders) {
          headersEnded(frames, answers);
        }
      }
      case DATA -> {
        if (answers && ends) {
          end(frames.stream);
        }
      }
      case RST_STREAM -> end(frames.stream);
      case GOAWAY -> saidGoaway |= answers;
      default -> {
        // SETTINGS, PING and the like
      }
    }
    if (answers && gap == JclusterHttp1.NONE && atGap()) {
      gap = frames.position;
    }
  }

  private void headersEnded(Frames frames, boolean answers) {
    if (answers) {
      if (!answered) {
        answered = true;
      }
      int found = findStatus();
      if (found >= 200 || found == SOME) { // Not an interim answer, nor trailers.
        status = found;
        JclusterAnswers.answered(found);
      }
    }
    if (answers && frames.endsWithHeaders) {
      end(frames.headersStream);
    } else if (!answers) {
      begin(frames.headersStream);
    }
  }

  /**
   * The status in the server's last head, {@link #SOME}, or 0 if it does not begin with one. It is
   * the first field (RFC 9113, 8.3), in one of the forms of RFC 7541, 6.
   */
  private int findStatus() {
    int at = (lookFlags & PADDED) != 0 ? 1 : 0;
    at += (lookFlags & PRIORITY) != 0 ? 5 : 0;
    while (at < looked && (look[at] & 0xe0) == 0x20) { // The size of the table of fields (6.3)
      boolean more = (look[at++] & 0x1f) == 0x1f;
      while (more && at < looked) {
        more = (look[at++] & 0x80) != 0;
      }
    }
    if (at >= looked) {
      return 0;
    }
    int first = look[at] & 0xff;
    if ((first & 0x80) != 0) { // A field of a table (6.1)
      int index = first & 0x7f;
      if (index >= FIRST_OWN) {
        return SOME;
      }
      int known = index - FIRST_STATUS;
      return known >= 0 && known < STATUSES.length ? STATUSES[known] : 0;
    }
    int name = first & ((first & 0x40) != 0 ? 0x3f : 0x0f);
    boolean isStatus = name >= FIRST_STATUS && name < FIRST_STATUS + STATUSES.length;
    return isStatus && at + 4 < looked ? digits(at + 1) : 0;
  }

  /** The number of three digits at a place, with its length (RFC 7541, 5.2). */
  private int digits(int at) {
    int bits = (look[at + 1] & 0xff) << 16 | (look[at + 2] & 0xff) << 8 | (look[at + 3] & 0xff);
    boolean huffman = (look[at] & 0x80) != 0;
    int number = 0;
    for (int i = 0, left = 24; i < 3; i++) {
      int digit;
      if (huffman) { // 0 to 2 are five bits, 3 to 9 six (appendix B).
        digit = (bits >> (left - 5)) & 0x1f;
        left -= 5;
        if (digit > 2) {
          left--;
          digit = ((bits >> left) & 0x3f) - 0x19 + 3;
        }
      } else {
        left -= 8;
        digit = ((bits >> left) & 0xff) - '0';
      }
      if (digit < 0 || digit > 9) {
        return 0;
      }
      number = 10 * number + digit;
    }
    return number;
  }

  private synchronized void begin(int stream) {
    if (stream <= last || (stream & 1) == 0) {
      return; // Trailers, or the response to a push.
    }
    last = stream;
    if (open == MOST_STREAMS) {
      broken = true;
      return;
    }
    if (open == streams.length) {
      streams = Arrays.copyOf(streams, 2 * open);
    }
    streams[open++] = stream;
  }

  private synchronized void end(int stream) {
    for (int i = open - 1; i >= 0; i--) {
      if (streams[i] == stream) {
        streams[i] = streams[--open];
        return;
      }
    }
  }
}
