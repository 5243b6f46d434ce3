package jcluster.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sun.nio.ch.JclusterConversation;

/**
 * Random frames of HTTP/2 (RFC 9113). The client begins streams when it likes, and the server
 * answers those whose headers have come.
 */
final class Http2 {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int PRIORITY = 2;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PUSH_PROMISE = 5;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;
  private static final int UNKNOWN = 0xbe;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int OTHER_FLAGS = 0x28;
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** The effect of a frame when its last byte has arrived or is about to be sent. */
  private enum Effect {
    NOTHING,
    BEGINS,
    ENDS,
    GOAWAY
  }

  /**
   * A frame.
   *
   * @param from where its payload begins
   * @param to where it ends
   * @param isData whether the kernel may send its payload
   * @param isWithinHeaders whether a CONTINUATION has to follow
   */
  private record Frame(
      int from, int to, int stream, Effect effect, boolean isData, boolean isWithinHeaders) {}

  private final Scene scene;

  /** Where the preface ends, from where on it is HTTP/2. */
  private final int prefaceFrom;

  private final int prefaceTo;

  /** Where the server's first frame begins. */
  private final int serverFrom;

  private final List<Frame> clients = new ArrayList<>();
  private final List<Frame> servers = new ArrayList<>();
  private int clientFrames;
  private int serverFrames;

  /** How many more frames each side is to make. */
  private int clientLeft;

  private int serverLeft;

  /** Streams that the client has not reset nor the server ended, in what they have made so far. */
  private final TreeSet<Integer> answerable = new TreeSet<>();

  private final TreeSet<Integer> usable = new TreeSet<>();
  private int nextStream;

  /** Streams that are open as far as frames have come and are about to go. */
  private final TreeSet<Integer> open = new TreeSet<>();

  /** The last stream that has begun so far. */
  private int last;

  /** The server's own GOAWAY: whether it was made, with which stream, and whether it is to go. */
  private int goaways;

  private boolean isServerLeaving;

  /**
   * How far the end has come: 0, 1 the first GOAWAY is due, 2 said, 3 the second is due, 4 said.
   */
  private int stage;

  private boolean planned;

  Http2(Scene scene, boolean upgraded) {
    this.scene = scene;
    prefaceFrom = scene.asking.length();
    scene.asking.append(PREFACE);
    prefaceTo = upgraded ? prefaceFrom : scene.asking.length();
    serverFrom = scene.saying.length();
    nextStream = upgraded ? 3 : 1;
    if (upgraded) {
      open.add(1);
      answerable.add(1);
      last = 1;
    }
    clientLeft = scene.random.nextInt(25);
    serverLeft = 5 + scene.random.nextInt(30);
    goaways = scene.oneIn(4) ? 1 + scene.random.nextInt(2) : 0;
    frame(clients, SETTINGS, 0, 0, scene.any("", "abcdef"), Effect.NOTHING);
    frame(servers, SETTINGS, 0, 0, scene.any("", "abcdef"), Effect.NOTHING);
  }

  // Making frames

  static void number(StringBuilder to, int value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      to.append((char) (value >> shift & 0xff));
    }
  }

  private void frame(
      List<Frame> side, int type, int flags, int stream, String payload, Effect effect) {
    StringBuilder to = side == clients ? scene.asking : scene.saying;
    number(to, payload.length(), 3);
    number(to, type, 1);
    number(to, flags, 1);
    number(to, stream, 4);
    int from = to.length();
    to.append(payload);
    boolean isHead = type == HEADERS || type == CONTINUATION || type == PUSH_PROMISE;
    boolean isWithinHeaders = isHead && (flags & END_HEADERS) == 0;
    side.add(new Frame(from, to.length(), stream, effect, type == DATA, isWithinHeaders));
  }

  /** Headers in one frame or in several. */
  private void headers(List<Frame> side, int type, int stream, boolean ends, Effect effect) {
    int more = scene.oneIn(3) ? 1 + scene.random.nextInt(3) : 0;
    int flags = (ends ? END_STREAM : 0) | (type == HEADERS && scene.oneIn(4) ? OTHER_FLAGS : 0);
    boolean whole = more == 0;
    frame(
        side,
        type,
        flags | (whole ? END_HEADERS : 0),
        stream,
        scene.letters(20),
        whole ? effect : Effect.NOTHING);
    for (; more > 0; more--) {
      frame(
          side,
          CONTINUATION,
          more == 1 ? END_HEADERS : 0,
          stream,
          scene.letters(9),
          more == 1 ? effect : Effect.NOTHING);
    }
  }

  private void common(List<Frame> side) {
    switch (scene.random.nextInt(4)) {
      case 0 -> frame(side, PING, scene.any(0, 1), 0, "pingpong", Effect.NOTHING);
      case 1 -> frame(side, WINDOW_UPDATE, 0, scene.any(0, 1), "\0\0\1\0", Effect.NOTHING);
      case 2 -> frame(side, UNKNOWN, scene.any(0, 1, 5), 1, scene.letters(30), Effect.NOTHING);
      default -> frame(side, SETTINGS, 1, 0, "", Effect.NOTHING);
    }
  }

  private int any(Set<Integer> streams) {
    return new ArrayList<>(streams).get(scene.random.nextInt(streams.size()));
  }

  /** The client makes a frame. */
  private void clientMakes() {
    clientLeft--;
    int kind = scene.random.nextInt(8);
    if (kind < 3 || (usable.isEmpty() && kind < 6)) {
      boolean ends = scene.oneIn(2);
      headers(clients, HEADERS, nextStream, ends, Effect.BEGINS);
      if (!ends) {
        usable.add(nextStream);
      }
      nextStream += 2 * (1 + (scene.oneIn(6) ? scene.random.nextInt(3) : 0));
    } else if (kind == 3) {
      int stream = any(usable);
      frame(clients, RST_STREAM, 0, stream, "abcd", Effect.ENDS);
      usable.remove(stream);
    } else if (kind == 4) {
      int stream = any(usable);
      headers(clients, HEADERS, stream, true, Effect.NOTHING); // trailers
      usable.remove(stream);
    } else if (kind == 5) {
      int stream = any(usable);
      boolean ends = scene.oneIn(3);
      frame(
          clients, DATA, (ends ? END_STREAM : 0) | scene.any(0, 8), stream, data(), Effect.NOTHING);
      if (ends) {
        usable.remove(stream);
      }
    } else if (kind == 6 && scene.oneIn(5)) {
      frame(clients, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", Effect.NOTHING);
    } else if (kind == 6) {
      frame(clients, PRIORITY, 0, nextStream, "abcde", Effect.NOTHING);
    } else {
      common(clients);
    }
  }

  private String data() {
    return scene.letters(scene.oneIn(20) ? 400 : 40);
  }

  /** The server makes a frame. */
  private void serverMakes() {
    serverLeft--;
    int kind = scene.random.nextInt(9);
    if (goaways > 0 && scene.oneIn(8)) {
      goaways--;
      StringBuilder payload = new StringBuilder();
      number(payload, goaways > 0 ? Integer.MAX_VALUE : last, 4);
      frame(servers, GOAWAY, 0, 0, payload + "\0\0\0\0" + scene.any("", "bye"), Effect.GOAWAY);
    } else if (answerable.isEmpty() || kind == 0) {
      common(servers);
    } else {
      int stream = any(answerable);
      boolean ends = scene.oneIn(2) || serverLeft <= 0;
      Effect effect = ends ? Effect.ENDS : Effect.NOTHING;
      if (kind == 1) {
        frame(servers, RST_STREAM, 0, stream, "abcd", Effect.ENDS);
        ends = true;
      } else if (kind == 2) {
        headers(servers, PUSH_PROMISE, stream, false, Effect.NOTHING);
        ends = false;
      } else if (kind < 6) {
        headers(servers, HEADERS, stream, ends, effect);
      } else {
        frame(servers, DATA, (ends ? END_STREAM : 0) | scene.any(0, 8), stream, data(), effect);
      }
      if (ends) {
        answerable.remove(stream);
      }
    }
  }

  // Talking

  /** Makes the next frames; returns whether there is anything left. */
  boolean make() {
    if (clientLeft > 0 && scene.asked == scene.asking.length() && scene.oneIn(2)) {
      clientMakes();
    }
    boolean isAnswered = answerable.isEmpty();
    if (scene.said == scene.saying.length()
        && (serverLeft > 0 || !isAnswered)
        && isHttp2()
        && scene.oneIn(2)) {
      serverMakes();
      while (scene.oneIn(2) && serverLeft > 0) {
        serverMakes();
      }
    }
    return clientLeft > 0
        || serverLeft > 0
        || !answerable.isEmpty()
        || scene.asked < scene.asking.length()
        || scene.said < scene.saying.length();
  }

  /** How many of the next bytes the kernel may send. */
  int mayBeFile() {
    if (!scene.wire.takesFiles()
        || !isHttp2()
        || scene.isAhead()
        || scene.isPending()
        || serverFrames == servers.size()) {
      return 0;
    }
    Frame next = servers.get(serverFrames);
    return next.isData && scene.said >= next.from ? next.to - scene.said : 0;
  }

  // Expectations

  private boolean isHttp2() {
    return scene.asked >= prefaceTo;
  }

  /** So much has come. */
  void asked() {
    for (;
        clientFrames < clients.size() && clients.get(clientFrames).to <= scene.asked;
        clientFrames++) {
      Frame frame = clients.get(clientFrames);
      if (frame.effect == Effect.BEGINS) {
        open.add(frame.stream);
        last = frame.stream;
        answerable.add(frame.stream);
      } else if (frame.effect == Effect.ENDS) {
        open.remove(frame.stream);
        answerable.remove(frame.stream);
      }
    }
  }

  /** So much is about to go. */
  void presented(int before, int to) {
    int from = Math.max(before, serverFrom);
    boolean wasLeaving = isServerLeaving;
    int gap = isGap(from) && from < to ? from : -1;
    for (; serverFrames < servers.size() && servers.get(serverFrames).to <= to; serverFrames++) {
      Frame frame = servers.get(serverFrames);
      if (frame.effect == Effect.ENDS) {
        open.remove(frame.stream);
      } else if (frame.effect == Effect.GOAWAY) {
        isServerLeaving = true;
      }
      if (gap < 0 && isGap(frame.to) && frame.to < to) {
        gap = frame.to;
      }
    }
    boolean due = stage == 1 || stage == 3;
    if (isHttp2() && due && !scene.isPending() && gap >= 0 && !wasLeaving) {
      scene.expect(gap, 0, goaway());
      planned = true;
    }
  }

  /** Whether another frame may be put in there. */
  private boolean isGap(int at) {
    for (Frame frame : servers) {
      if (frame.to > at) {
        return false;
      }
      if (frame.effect == Effect.GOAWAY) {
        return false;
      }
      if (frame.to == at) {
        return !frame.isWithinHeaders;
      }
    }
    return false;
  }

  private String goaway() {
    StringBuilder frame = new StringBuilder("\0\0\u0008\u0007\0\0\0\0\0");
    number(frame, stage == 1 ? Integer.MAX_VALUE : last, 4);
    return frame + "\0\0\0\0";
  }

  /** At the end of the conversation, the drain must be able to send its word. */
  void finish() {
    for (int i = 0; i < 3; i++) {
      drain(true, true, true);
    }
    scene.check(stage == 4, "the client is not told");
    checkState();
  }

  /** The last write is over. */
  void written() {
    if (planned && !scene.isPending()) {
      planned = false;
      stage++;
    }
  }

  /** The drain inspects the connection, and sends its word if it may. */
  void drain(boolean rests, boolean later, boolean speaks) {
    JclusterConversation conversation = scene.wire.conversation;
    boolean due = conversation.goaway(rests, later);
    boolean meetsNoRequest = rests || !open.isEmpty();
    if (isHttp2()) {
      if (isServerLeaving && !planned) {
        stage = later || stage > 2 ? 4 : 2;
      } else if ((stage == 0 && meetsNoRequest) || (stage == 2 && later && open.isEmpty())) {
        stage++;
      }
    }
    scene.check(due == (stage == 1 || stage == 3), "GOAWAY is due, or is not");
    scene.check(conversation.isFirstSaid() == (stage == 2), "GOAWAY was said, or was not");
    boolean now = stage == 3 || meetsNoRequest;
    boolean may = speaks && due && now && !planned && !scene.isAhead() && isGap(scene.said);
    String expected = may ? goaway() : "";
    if (may) {
      scene.expect(scene.said, 0, expected);
      stage++;
    }
    String word = speaks ? scene.wire.say() : "";
    scene.check(word.equals(expected), "GOAWAY may be said now, or may not");
  }

  void checkState() {
    if (!isHttp2()) {
      boolean isPreface = scene.asked > prefaceFrom;
      scene.checkState(isPreface ? JclusterConversation.PARTIAL : JclusterConversation.FRESH, 1);
    } else {
      boolean busy = !open.isEmpty() || scene.isAhead();
      int rest = stage == 4 ? JclusterConversation.TOLD : JclusterConversation.IDLE;
      scene.checkState(busy ? JclusterConversation.BUSY : rest, -1);
    }
  }

  /** Reads what the client has got, frame by frame. */
  void checkFrames(int at) {
    String got = scene.wire.got();
    int continued = 0;
    int limit = Integer.MAX_VALUE;
    int frames = 0;
    for (int from = at; from < got.length(); frames++) {
      int length = got.charAt(from) << 16 | got.charAt(from + 1) << 8 | got.charAt(from + 2);
      int type = got.charAt(from + 3);
      int flags = got.charAt(from + 4);
      int stream = got.charAt(from + 7) << 8 | got.charAt(from + 8);
      scene.check(frames > 0 || type == SETTINGS, "a client wants SETTINGS first");
      boolean isContinued = type == CONTINUATION;
      scene.check(isContinued == (continued > 0), "a client finds headers interrupted");
      scene.check(!isContinued || stream == continued, "a client finds headers mixed up");
      if (isContinued || type == HEADERS || type == PUSH_PROMISE) {
        continued = (flags & END_HEADERS) == 0 ? stream : 0;
      }
      if (type == GOAWAY) {
        int newLast = 0;
        for (int i = 0; i < 4; i++) {
          newLast = newLast << 8 | got.charAt(from + 9 + i);
        }
        // A server that says GOAWAY itself does not know that we did.
        boolean mayGoUp = isServerLeaving;
        scene.check(newLast <= limit || mayGoUp, "a client finds that the last stream has gone up");
        limit = newLast;
      }
      from += 9 + length;
      scene.check(from <= got.length(), "a client misses the end of a frame");
    }
  }
}
