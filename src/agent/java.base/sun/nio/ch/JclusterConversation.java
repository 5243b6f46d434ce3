package sun.nio.ch;

import java.util.Arrays;
import jdk.internal.misc.Unsafe;

/**
 * The plain text that a client and the application exchange on one connection, as far as it matters
 * for the end of the connection. It shows whether a request is unanswered, and where to insert into
 * the application's next bytes a message of ours that this is the end.
 *
 * <p>One thread at a time reports each direction. The drain looks on without a lock, and looks more
 * than once.
 */
public final class JclusterConversation {
  /** Nothing has passed yet, or only the header of a proxy. */
  public static final int FRESH = 0;

  /** The beginning of a request has arrived, but not yet its whole head. */
  public static final int PARTIAL = 1;

  /** A request has arrived whose body the client has still to complete. */
  public static final int UPLOADING = 2;

  /** A request is unanswered, or its response is under way. */
  public static final int BUSY = 3;

  /** All requests are answered, and the client may send more. */
  public static final int IDLE = 4;

  /** All requests are answered, and the client knows that it cannot send more. */
  public static final int TOLD = 5;

  /** HTTP has given way to another protocol, such as WebSocket (RFC 6455). */
  public static final int TUNNEL = 6;

  /** The protocol is unknown. */
  public static final int UNKNOWN = 7;

  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  // Protocols
  private static final int NEW = 0;
  private static final int PROXY_LINE = 1;
  private static final int PROXY_HEADER = 2;
  private static final int HTTP_1 = 3;
  private static final int HTTP_2 = 4;
  private static final int TUNNELLED = 5;
  private static final int OTHER = 6;
  private static final int WEBSOCKET = 7;

  /** PROXY protocol, version 1: a line (haproxy, doc/proxy-protocol.txt, 2.1). */
  private static final byte[] PROXY_1 = ascii("PROXY ");

  /** Version 2: these bytes, two more, and a length of two bytes (2.2). */
  private static final byte[] PROXY_2 = ascii("\r\n\r\n\0\r\nQUIT\n");

  private static final int PROXY_2_SIZE = 16;
  private static final int LONGEST_PROXY_LINE = 107;

  /** The connection preface of an HTTP/2 client (RFC 9113, 3.4). */
  private static final byte[] HTTP_2_PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

  /** The header of an HTTP/1.1 response after which the connection ends. */
  private static final byte[] CLOSE = ascii("Connection: close\r\n");

  /** With more unanswered requests than this, the protocol counts as unknown. */
  private static final int MOST_OUTSTANDING = 4096;

  private static final int GOAWAY_SIZE = 17;

  /** A WebSocket's Close frame with status 1001, "going away" (RFC 6455, 5.5.1, 7.4.1). */
  private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 1001 >> 8, (byte) 1001};

  private int protocol = NEW;
  private final JclusterHttp1 requests = new JclusterHttp1(false);
  private final JclusterHttp1 answers = new JclusterHttp1(true);
  private JclusterHttp2 http2;
  private JclusterWebSocket webSocket;

  /** Whether a WebSocket's application, and not its client, was the last to send something. */
  private volatile boolean answeredLast;

  /** Whether a WebSocket's client is to be told that this is the end, and whether it was. */
  private volatile boolean closeDue;

  private volatile boolean closeSaid;

  /** The client's first bytes, until they show which protocol it is. */
  private byte[] beginning;

  private int begun;

  /**
   * How many bytes are left of a proxy's header or an HTTP/2 preface; of a proxy's line, how many
   * have arrived.
   */
  private int left;

  /**
   * For each unanswered request, whether its response has no body: a ring of bits, the oldest at
   * {@link #first}.
   */
  private long[] bodiless = new long[1];

  private int first;
  private volatile int outstanding;

  /** Whether the newest unanswered request asks for a tunnel. */
  private boolean connect;

  /** How many of the application's bytes have been inspected, and how many have been sent. */
  private long seen;

  private long sent;

  /**
   * Where among the application's bytes those begin that {@link #answers} or {@link #http2} have
   * seen.
   */
  private long origin;

  /**
   * The insertion into the application's bytes: what, where, in place of how many of them, and how
   * much of it has been sent.
   */
  private byte[] insert;

  private long insertAt = JclusterHttp1.NONE;
  private int insertSkip;
  private int insertDone;

  /** Whether the response that ended last has told the client that the connection ends. */
  private boolean told;

  private boolean telling;

  // The end of an HTTP/2 connection, in this order
  private static final int ALIVE = 0;
  private static final int FIRST_DUE = 1;
  private static final int FIRST_SAID = 2;
  private static final int SECOND_DUE = 3;
  private static final int SECOND_SAID = 4;
  private volatile int goaway = ALIVE;

  /** Whether the connection is at rest at the drain's last look, for the drain's thread. */
  private boolean rests;

  /** Whether the application's last response is to tell that this is the end. */
  private volatile boolean ending;

  /** A conversation that has not begun. */
  public JclusterConversation() {}

  private static byte[] ascii(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) text.charAt(i);
    }
    return bytes;
  }

  // The state

  /** One of the constants of this class. */
  public int state() {
    switch (protocol) {
      case NEW, PROXY_LINE, PROXY_HEADER -> {
        return begun == 0 ? FRESH : PARTIAL;
      }
      case HTTP_1 -> {
        return http1State();
      }
      case HTTP_2 -> {
        return http2State();
      }
      case TUNNELLED -> {
        return ahead() > 0 ? BUSY : TUNNEL;
      }
      case WEBSOCKET -> {
        return ahead() > 0 ? BUSY : TUNNEL;
      }
      default -> {
        return UNKNOWN;
      }
    }
  }

  private int http1State() {
    if (requests.broken() || answers.broken()) {
      return UNKNOWN;
    }
    if (answers.within() || ahead() > 0 || insertDone > 0) {
      return BUSY;
    }
    if (outstanding > 0) {
      // A client that wants 100 Continue waits for the application, not the other way round.
      boolean uploading = requests.within() && !requests.withinHead();
      boolean asked = !requests.expects || requests.interim || answers.interim;
      return uploading && outstanding == 1 && asked ? UPLOADING : BUSY;
    }
    if (requests.withinHead()) {
      return PARTIAL;
    }
    return requests.heads == 0 && !requests.within() ? FRESH : told ? TOLD : IDLE;
  }

  private int http2State() {
    if (http2.broken()) {
      return UNKNOWN;
    }
    if (http2.open() > 0 || ahead() > 0 || insertDone > 0) {
      return BUSY;
    }
    return goaway == SECOND_SAID ? TOLD : IDLE;
  }

  /** Whether requests are complete but unanswered, so that the application is to blame. */
  public boolean isUnanswered() {
    return state() == BUSY && !answers.within() && ahead() == 0;
  }

  /** Whether the application has begun to answer a first request, as far as that can be told. */
  boolean isAnswered() {
    return switch (protocol) {
      case NEW, PROXY_LINE, PROXY_HEADER -> false;
      case HTTP_1 -> answers.heads > 0 || requests.broken() || answers.broken();
      case HTTP_2 -> http2.isAnswered() || http2.broken();
      default -> true;
    };
  }

  /** Whether a request has arrived of whose answer not a byte was sent. */
  boolean isWaitedFor() {
    return protocol == HTTP_1 && outstanding > 0 && !answers.within() && ahead() == 0;
  }

  /** The status of the last answer that has begun; 1 if it is not known, 0 if there is none. */
  public int status() {
    return protocol == HTTP_2 ? http2.status() : answers.heads == 0 ? 0 : answers.status();
  }

  public boolean isHttp2() {
    return protocol == HTTP_2;
  }

  // From the client

  /**
   * Takes bytes that have arrived from the client.
   *
   * @return how many of them were taken: all, unless a TLS record begins behind them
   */
  public long received(Object base, long address, long count) {
    if (protocol == WEBSOCKET) {
      answeredLast = false;
    }
    long from = address;
    long end = address + count;
    while (from < end) {
      switch (protocol) {
        case NEW -> {
          if (begun == 0 && JclusterHellos.isRecord(MEMORY.getByte(base, from))) {
            return from - address;
          }
          from += begin(base, from, end - from);
        }
        case PROXY_LINE -> {
          while (from < end && protocol == PROXY_LINE) {
            if (MEMORY.getByte(base, from++) == '\n') {
              become(NEW);
            } else if (++left > LONGEST_PROXY_LINE) {
              become(OTHER);
            }
          }
        }
        case PROXY_HEADER -> {
          int n = (int) Math.min(left, end - from);
          left -= n;
          from += n;
          if (left == 0) {
            become(NEW);
          }
        }
        case HTTP_1 -> {
          from += asked(base, from, end - from);
          if (requests.broken()) {
            return count;
          }
        }
        case HTTP_2 -> {
          // After an upgrade, the client still sends its preface.
          int n = (int) Math.min(left, end - from);
          left -= n;
          http2.received(base, from + n, end - from - n);
          return count;
        }
        default -> {
          return count;
        }
      }
    }
    return count;
  }

  private void become(int next) {
    if (next == HTTP_1) {
      origin = seen;
    }
    if (next == NEW) {
      left = 0; // It has counted the bytes of a proxy's line.
    }
    boolean neverHttp2 = next == HTTP_1 || next == TUNNELLED || next == OTHER;
    if (neverHttp2 && protocol != HTTP_2) { // The drain may be looking at it.
      http2 = null;
    }
    protocol = next;
    begun = 0;
    beginning = null;
  }

  /** Takes bytes one by one until they show which protocol it is; returns how many. */
  private long begin(Object base, long from, long count) {
    if (begun == 0 && MEMORY.getByte(base, from) != 'P' && MEMORY.getByte(base, from) != '\r') {
      become(JclusterHttp1.mayBegin(MEMORY.getByte(base, from)) ? HTTP_1 : OTHER);
      return 0;
    }
    if (beginning == null) {
      beginning = new byte[HTTP_2_PREFACE.length];
    }
    long taken = 0;
    while (taken < count) {
      beginning[begun++] = MEMORY.getByte(base, from + taken++);
      if (begins(PROXY_1)) {
        if (begun == PROXY_1.length) {
          become(PROXY_LINE);
          left = PROXY_1.length;
          return taken;
        }
      } else if (begins(PROXY_2)) {
        if (begun == PROXY_2_SIZE) {
          left = ((beginning[begun - 2] & 0xff) << 8) | (beginning[begun - 1] & 0xff);
          become(left == 0 ? NEW : PROXY_HEADER);
          return taken;
        }
      } else if (begins(HTTP_2_PREFACE)) {
        if (begun == HTTP_2_PREFACE.length) {
          if (http2 == null) {
            origin = seen;
            http2 = new JclusterHttp2(false);
          }
          become(HTTP_2);
          return taken;
        }
      } else {
        byte[] text = Arrays.copyOf(beginning, begun);
        become(HTTP_1);
        received(text, JclusterMemory.BYTES, text.length);
        return taken;
      }
    }
    return taken;
  }

  /** Whether the bytes that have arrived are the beginning of {@code whole}, or begin with it. */
  private boolean begins(byte[] whole) {
    for (int i = 0; i < begun && i < whole.length; i++) {
      if (beginning[i] != whole[i]) {
        return false;
      }
    }
    return true;
  }

  /** Takes bytes of requests, up to the end of a head; returns how many. */
  private long asked(Object base, long from, long count) {
    long heads = requests.heads;
    long taken = requests.feed(base, from, count, false, false);
    if (requests.heads != heads) {
      if (outstanding == MOST_OUTSTANDING) {
        become(OTHER);
        return taken;
      }
      enqueue(requests.isHead);
      connect = requests.isConnect;
      answers.interim = false;
      told = false;
    }
    return taken;
  }

  private synchronized void enqueue(boolean isBodiless) {
    int room = bodiless.length * Long.SIZE;
    if (outstanding == room) {
      long[] more = new long[2 * bodiless.length];
      for (int i = 0; i < outstanding; i++) {
        set(more, i, get(bodiless, (first + i) % room));
      }
      bodiless = more;
      first = 0;
      room *= 2;
    }
    set(bodiless, (first + outstanding) % room, isBodiless);
    outstanding++;
  }

  private synchronized void dequeue() {
    if (outstanding > 0) {
      first = (first + 1) % (bodiless.length * Long.SIZE);
      outstanding--;
    }
  }

  private static boolean get(long[] bits, int i) {
    return (bits[i >> 6] >> i & 1) != 0;
  }

  private static void set(long[] bits, int i, boolean value) {
    bits[i >> 6] = (bits[i >> 6] & ~(1L << i)) | (value ? 1L << i : 0);
  }

  // To the client

  /** How many bytes have been inspected but not sent yet. */
  public long ahead() {
    return seen - sent;
  }

  /**
   * Takes bytes that are about to be sent to the client, behind those that are {@link #ahead}. To
   * be called before they are sent: as soon as the client has a response, it may send another
   * request.
   */
  public void sending(Object base, long address, long count) {
    long from = address;
    long end = address + count;
    while (from < end) {
      if (protocol == HTTP_1 && !answers.broken()) {
        from += answering(base, from, end - from);
      } else if (protocol == NEW || protocol == PROXY_LINE || protocol == PROXY_HEADER) {
        // A server may send its HTTP/2 preface before the client's has arrived (RFC 9113, 3.4).
        if (http2 == null) {
          origin = seen;
          http2 = new JclusterHttp2(false);
        }
        http2.sending(base, from, end - from);
        seen += end - from;
        return;
      } else if (protocol == HTTP_2) {
        http2.mark();
        http2.sending(base, from, end - from);
        seen += end - from;
        planGoaway();
        return;
      } else if (protocol == WEBSOCKET) {
        answeredLast = true;
        webSocket.sending(base, from, end - from);
        seen += end - from;
        return;
      } else {
        seen += end - from;
        return;
      }
    }
  }

  /** Takes bytes of responses, up to the end of one or of its head; returns how many. */
  private long answering(Object base, long from, long count) {
    boolean isBodiless = outstanding > 0 && get(bodiless, first);
    boolean tunnel = connect && outstanding == 1;
    long heads = answers.heads;
    long ended = answers.ended;
    long taken = answers.feed(base, from, count, isBodiless, tunnel);
    seen += taken;
    if (answers.heads != heads) {
      JclusterAnswers.answered(answers.status());
      telling = answers.closes || planClose();
    }
    if (answers.ended != ended) {
      answered();
    }
    if (answers.switched()) {
      origin = seen;
      left = HTTP_2_PREFACE.length;
      http2 = answers.toHttp2 ? new JclusterHttp2(true) : null;
      webSocket = answers.toWebSocket ? new JclusterWebSocket() : null;
      answeredLast = true;
      become(answers.toHttp2 ? HTTP_2 : answers.toWebSocket ? WEBSOCKET : TUNNELLED);
    }
    return taken;
  }

  private void answered() {
    told = telling;
    telling = false;
    answers.interim = false;
    dequeue();
  }

  /**
   * If the head that has just passed is that of the last response, plans to insert {@code
   * Connection: close} into it, in place of a {@code Connection: keep-alive} (RFC 9112, 9.6).
   *
   * @return whether that could be done: bytes that have been sent cannot be changed
   */
  private boolean planClose() {
    if (!ending
        || answers.switched()
        || outstanding != 1
        || requests.withinHead()
        || insertAt != JclusterHttp1.NONE) {
      return false;
    }
    if (answers.keepAliveFrom != JclusterHttp1.NONE && origin + answers.keepAliveFrom >= sent) {
      plan(CLOSE, origin + answers.keepAliveFrom);
      insertSkip = (int) (answers.keepAliveTo - answers.keepAliveFrom);
      return true;
    }
    if (origin + answers.headEnd >= sent) {
      plan(CLOSE, origin + answers.headEnd);
      return true;
    }
    return false;
  }

  private void planGoaway() {
    boolean due = goaway == FIRST_DUE || goaway == SECOND_DUE;
    boolean may = insertAt == JclusterHttp1.NONE && http2.gap() != JclusterHttp1.NONE;
    // The place behind the last byte is left to now(), or to the next write.
    if (due && may && origin + http2.gap() < seen) {
      plan(goawayFrame(), origin + http2.gap());
    }
  }

  private void plan(byte[] bytes, long at) {
    insert = bytes;
    insertAt = at;
    insertSkip = 0;
    insertDone = 0;
  }

  /** A GOAWAY without an error (RFC 9113, 6.8); only the second one tells the real last stream. */
  private byte[] goawayFrame() {
    byte[] frame = new byte[GOAWAY_SIZE];
    frame[2] = GOAWAY_SIZE - 9;
    frame[3] = 7;
    int last = goaway == FIRST_DUE ? Integer.MAX_VALUE : http2.last();
    for (int i = 0; i < Integer.BYTES; i++) {
      frame[9 + i] = (byte) (last >> (24 - 8 * i));
    }
    return frame;
  }

  /** Notes bytes that were sent to the client without being inspected (sendfile(2)). */
  public void sentUnseen(long count) {
    if (ahead() > 0 || insertAt != JclusterHttp1.NONE) {
      become(OTHER);
      dropInsert(); // Its place is not known any more.
    } else if (protocol == HTTP_1) {
      long ended = answers.ended;
      answers.skip(count);
      if (answers.ended != ended) {
        answered();
      }
    } else if (protocol == WEBSOCKET) {
      answeredLast = true;
      webSocket.skip(count);
    } else if (http2 != null) {
      http2.skip(count);
    }
    seen += count;
    sent += count;
  }

  // Insertions

  /** How far into the bytes not sent yet something is to be inserted; negative if nothing is. */
  public long insertAt() {
    return insertAt == JclusterHttp1.NONE ? JclusterHttp1.NONE : insertAt - sent;
  }

  /** The bytes to insert, from {@link #insertDone} on. */
  public byte[] insert() {
    return insert;
  }

  /** How many of the inserted bytes have been sent. */
  public int insertDone() {
    return insertDone;
  }

  /** How many of the application's bytes are to be left out behind the insertion. */
  public int insertSkip() {
    return insertSkip;
  }

  /**
   * Notes how many bytes were sent, with the inserted ones.
   *
   * @param presented how many bytes the application wanted to write
   * @return how many of the application's bytes that makes
   */
  public long sent(long count, long presented) {
    long before = insertAt();
    if (before < 0 || count < before) {
      return gone(count);
    }
    long rest = count - before;
    int missing = insert.length - insertDone;
    if (rest < missing) {
      insertDone += (int) rest;
      return gone(before);
    }
    insertDone = insert.length;
    long skipped = Math.min(insertSkip, presented - before);
    insertSkip -= (int) skipped;
    long theirs = gone(before + skipped + rest - missing);
    if (insertSkip == 0) {
      inserted();
    } else {
      insertAt = sent; // The application wants to write fewer bytes than before.
    }
    return theirs;
  }

  private long gone(long count) {
    sent += count;
    seen = Math.max(seen, sent);
    return count;
  }

  private void inserted() {
    if (insert != CLOSE) {
      said();
    }
    dropInsert();
  }

  private void dropInsert() {
    insert = null;
    insertAt = JclusterHttp1.NONE;
    insertSkip = 0;
    insertDone = 0;
  }

  // The end

  /** From here on, the last response says that it is the last. */
  public void end() {
    ending = true;
  }

  /**
   * Takes the end of an HTTP/2 connection a step further. A first GOAWAY tells the client to begin
   * no more streams; a second one tells which stream was the last (RFC 9113, 6.8). The second one
   * comes a round trip later, once no stream is open: a server that ends meanwhile sends GOAWAY
   * itself, is left to do so, and must not name a later stream than one before.
   *
   * <p>The first one goes while a stream is open, or to a connection at rest. Between two requests,
   * it could meet the next one: a client may then close the connection that it has just chosen for
   * a request, and some give that request up (curl 7.88).
   *
   * @param resting whether the connection has been quiet for a while
   * @param later whether a round trip has passed since the first GOAWAY
   * @return whether a GOAWAY is due, which {@link #now} gives
   */
  public boolean goaway(boolean resting, boolean later) {
    if (protocol != HTTP_2 || http2.broken()) {
      return false;
    }
    rests = resting;
    if (http2.saidGoaway() && insertAt == JclusterHttp1.NONE) {
      goaway = later || goaway > FIRST_SAID ? SECOND_SAID : FIRST_SAID;
    } else if (goaway == ALIVE && meetsNoRequest()) {
      goaway = FIRST_DUE;
    } else if (goaway == FIRST_SAID && later && http2.open() == 0) {
      goaway = SECOND_DUE;
    }
    return goaway == FIRST_DUE || goaway == SECOND_DUE;
  }

  private boolean meetsNoRequest() {
    return rests || http2.open() > 0;
  }

  /**
   * Ends a WebSocket that the application has not ended. Its client is told so once the application
   * was the last to send something, such as its answer to the client's last message, and is not in
   * the middle of a message.
   *
   * @return whether this is a WebSocket whose client was not told yet
   */
  public boolean close() {
    closeDue = protocol == WEBSOCKET;
    return closeDue && !closeSaid && !webSocket.isClosed();
  }

  /** Whether the client of a WebSocket was told that this is the end. */
  public boolean isCloseSaid() {
    return closeSaid;
  }

  /** Whether the first GOAWAY has been sent, and the second has not. */
  public boolean isFirstSaid() {
    return goaway == FIRST_SAID;
  }

  /**
   * The message to send now, between the application's own bytes; null if there is none, or not
   * now. Nobody else may write meanwhile. {@link #said} is to be called when it has been sent.
   */
  public byte[] now() {
    if (protocol == WEBSOCKET) {
      boolean pause = answeredLast && ahead() == 0 && webSocket.isBetweenMessages();
      return closeDue && !closeSaid && !webSocket.isClosed() && pause ? GOING_AWAY.clone() : null;
    }
    boolean due =
        protocol == HTTP_2 && (goaway == SECOND_DUE || (goaway == FIRST_DUE && meetsNoRequest()));
    boolean may = due && insertAt == JclusterHttp1.NONE && ahead() == 0 && http2.atGap();
    return may ? goawayFrame() : null;
  }

  /**
   * Notes that a GOAWAY or a WebSocket's Close was sent: what {@link #now} gave, or what was
   * inserted.
   */
  public void said() {
    if (protocol == WEBSOCKET) {
      closeSaid = true;
      return;
    }
    goaway = goaway == FIRST_DUE ? FIRST_SAID : SECOND_SAID;
  }

  /** Marks the connection as one that cannot be inspected. */
  public void giveUp() {
    become(OTHER);
  }

  /** Begins anew, now that the plain text can be inspected. */
  public void begin() {
    http2 = null;
    seen = 0;
    sent = 0;
    become(NEW);
  }
}
