package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import sun.nio.ch.JclusterConversation;

/**
 * Random conversations, cut into random pieces, with the end of the worker at a random moment: the
 * client gets what the server said plus exactly {@code Connection: close} or GOAWAY, at a legal
 * place, and nothing that was asked is forgotten or counts for ever.
 *
 * <p>{@code java … jcluster.agent.Fuzz CASES SEED [CASE]} runs so many, or one of them.
 */
public final class Fuzz {
  private static final String CLOSE = "Connection: close\r\n";
  private static final int LARGEST_BODY = 40;

  private final Random random;
  private final Talk talk = new Talk();

  /** What has been sent by the client, and is yet to be. */
  private final StringBuilder asking = new StringBuilder();

  private int asked;

  /** What the server says, and how much of it has gone. */
  private final StringBuilder saying = new StringBuilder();

  private int said;
  private boolean ended;

  private Fuzz(long seed, long number) {
    random = new Random(seed * 1_000_003 + number);
  }

  /** Runs cases; see the class. */
  public static void main(String[] arguments) {
    long cases = Long.parseLong(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    long from = arguments.length > 2 ? Long.parseLong(arguments[2]) : 0;
    long count = arguments.length > 2 ? 1 : cases;
    run(seed, from, count);
    System.out.println(count + " conversations of seed " + seed + ", all as they should be");
  }

  /** Runs cases, half of them HTTP/1.1 and half HTTP/2. */
  static void run(long seed, long from, long count) {
    for (long number = from; number < from + count; number++) {
      try {
        Fuzz fuzz = new Fuzz(seed, number);
        if (number % 2 == 0) {
          fuzz.http1();
        } else {
          fuzz.http2();
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", case " + number + ": " + e.getMessage(), e);
      }
    }
  }

  private void check(boolean right, String what) {
    if (!right) {
      throw new AssertionError(
          what
              + ", state "
              + talk.conversation.state()
              + ", ahead "
              + talk.conversation.ahead()
              + ", put in "
              + talk.conversation.insertAt()
              + " "
              + talk.conversation.insertDone()
              + "\nasked: "
              + quoted(asking.substring(0, asked))
              + "\nsaid:  "
              + quoted(saying.substring(0, said))
              + "\ngot:   "
              + quoted(talk.got()));
    }
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .forEach(
            c -> {
              if (c == '\n') {
                out.append("\\n\n       ");
              } else if (c < ' ' || c > '~') {
                out.append(String.format("\\x%02x", c));
              } else {
                out.append((char) c);
              }
            });
    return out.toString();
  }

  private boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  private String letters(int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append("ab:, \r\n0Hh".charAt(random.nextInt(10)));
    }
    return text.toString();
  }

  /** A piece of what is left, mostly small, sometimes all. */
  private int piece(int left) {
    return oneIn(4) ? left : 1 + random.nextInt(Math.min(left, oneIn(3) ? 3 : 60));
  }

  private void ask(int count) {
    String text = asking.substring(asked, asked + count);
    check(talk.ask(text) == count, "not all was taken");
    asked += count;
  }

  /** The application writes a piece of what it may say by now; the socket may take less. */
  private void say(int count) {
    byte[] bytes = saying.substring(said, said + count).getBytes(ISO_8859_1);
    talk.room = oneIn(3) ? 1 + random.nextInt(30) : Integer.MAX_VALUE;
    said += talk.write(bytes, 0, count);
  }

  // HTTP/1.1

  /** A request and its answer, and where they lie. */
  private static final class Exchange {
    int requestHeadEnd;
    int requestEnd;
    int answerFrom;
    int answerHeadEnd;
    int answerTo;
    boolean closes;

    /** Whether its answer began after the end had come, with nothing else asked or half asked. */
    boolean mustTell = true;
  }

  private void http1() {
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      exchanges.add(exchange());
    }
    int answering = 0;
    int steps = 0;
    while (answering < exchanges.size()) {
      check(steps++ < 10_000, "it does not get on");
      if (!ended && oneIn(20)) {
        ended = true;
        talk.conversation.end();
      }
      Exchange next = exchanges.get(answering);
      int may = asked >= next.requestHeadEnd ? next.answerTo - said : 0;
      if (asked < asking.length() && (may == 0 || oneIn(2))) {
        ask(piece(asking.length() - asked));
      } else if (may > 0) {
        if (said <= next.answerHeadEnd) {
          Exchange after = answering + 1 < exchanges.size() ? exchanges.get(answering + 1) : null;
          boolean last = after == null || asked <= next.requestEnd;
          next.mustTell &= ended && last && !next.closes;
        }
        int count = piece(may);
        // An empty line that goes in two pieces is known too late.
        next.mustTell &= said + count != next.answerHeadEnd - 1;
        say(count);
        next.mustTell &= said != next.answerHeadEnd - 1;
        if (said == next.answerTo) {
          answering++;
        }
      }
      checkHttp1State(exchanges, answering);
    }
    if (asked < asking.length()) {
      ask(asking.length() - asked);
    }
    checkAnswers(exchanges);
  }

  private Exchange exchange() {
    Exchange exchange = new Exchange();
    String method = List.of("GET", "HEAD", "POST", "DELETE").get(random.nextInt(4));
    asking.append(oneIn(8) ? "\r\n" : "").append(method).append(" /").append(" HTTP/1.1\r\n");
    asking
        .append(oneIn(2) ? "Host: a\r\n" : "")
        .append(oneIn(4) ? "X:" + " ".repeat(9) + "\n" : "");
    String body = method.equals("POST") ? letters(LARGEST_BODY) : "";
    if (method.equals("POST") && oneIn(2)) {
      asking.append("transfer-encoding: chunked\r\n\r\n");
      exchange.requestHeadEnd = asking.length();
      asking.append(chunked(body));
    } else {
      asking.append(body.isEmpty() && oneIn(2) ? "" : "Content-Length: " + body.length() + "\r\n");
      asking.append("\r\n");
      exchange.requestHeadEnd = asking.length();
      asking.append(body);
    }
    exchange.requestEnd = asking.length();
    exchange.answerFrom = saying.length();
    for (int i = random.nextInt(12) - 9; i > 0; i--) {
      saying
          .append("HTTP/1.1 10")
          .append(oneIn(2) ? "0 Continue" : "3 Hints\r\nLink: a")
          .append("\r\n\r\n");
    }
    boolean bodiless = method.equals("HEAD") || oneIn(5);
    String status = bodiless && !method.equals("HEAD") ? oneIn(2) ? "204" : "304" : "200 OK";
    saying.append("HTTP/1.").append(oneIn(9) ? 0 : 1).append(' ').append(status).append("\r\n");
    String answer = letters(LARGEST_BODY);
    saying.append(oneIn(3) ? "Connection: keep-alive\r\n" : "");
    if (oneIn(12)) {
      saying.append("connection: x, Close\r\n");
      exchange.closes = true;
    }
    saying.append(oneIn(3) ? "Date: now\r\n" : "");
    if (status.startsWith("204")) {
      saying.append("\r\n");
    } else if (oneIn(3)) {
      saying.append("Transfer-Encoding: chunked\r\n\r\n").append(bodiless ? "" : chunked(answer));
    } else {
      saying.append("Content-Length: ").append(answer.length()).append("\r\n\r\n");
      saying.append(bodiless ? "" : answer);
    }
    String whole = saying.substring(exchange.answerFrom);
    exchange.answerHeadEnd = exchange.answerFrom + whole.indexOf("\r\n\r\n", finalHead(whole)) + 4;
    exchange.answerTo = saying.length();
    return exchange;
  }

  /** Where the head of the final answer begins. */
  private static int finalHead(String answer) {
    int at = 0;
    while (answer.startsWith("HTTP/1.1 10", at)) {
      at = answer.indexOf("\r\n\r\n", at) + 4;
    }
    return at;
  }

  private String chunked(String body) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < body.length(); ) {
      int size = 1 + random.nextInt(body.length() - at);
      text.append(Integer.toHexString(size)).append(oneIn(3) ? ";x=y\r\n" : "\r\n");
      text.append(body, at, at + size).append("\r\n");
      at += size;
    }
    return text + "0\r\n" + (oneIn(3) ? "Trailer: x\r\n" : "") + "\r\n";
  }

  private void checkHttp1State(List<Exchange> exchanges, int answering) {
    int state = talk.conversation.state();
    if (answering < exchanges.size()) {
      Exchange next = exchanges.get(answering);
      boolean open = asked >= next.requestHeadEnd;
      boolean busy = state == JclusterConversation.BUSY || state == JclusterConversation.UPLOADING;
      check(!open || busy, "a request that is not answered is not in flight");
    }
  }

  private void checkAnswers(List<Exchange> exchanges) {
    String got = talk.got();
    int at = 0;
    boolean told = false;
    for (Exchange exchange : exchanges) {
      String answer = saying.substring(exchange.answerFrom, exchange.answerTo);
      int headEnd = exchange.answerHeadEnd - exchange.answerFrom;
      String inserted = answer.substring(0, headEnd - 2) + CLOSE + answer.substring(headEnd - 2);
      String head = answer.substring(0, headEnd);
      String replaced =
          head.replace("Connection: keep-alive\r\n", CLOSE) + answer.substring(headEnd);
      boolean asItWas = got.startsWith(answer, at);
      boolean changed = !asItWas && (got.startsWith(inserted, at) || got.startsWith(replaced, at));
      check(asItWas || changed, "an answer is not what the server said");
      check(!changed || ended, "it says close before the end");
      check(!changed || !exchange.closes, "it says close twice");
      check(changed || !exchange.mustTell || exchange.closes, "it does not say close");
      told = exchange.closes || changed;
      at +=
          asItWas ? answer.length() : (got.startsWith(inserted, at) ? inserted : replaced).length();
    }
    check(at == got.length(), "the client gets more than the server said");
    int state = told ? JclusterConversation.TOLD : JclusterConversation.IDLE;
    check(talk.conversation.state() == state, "it is not over: expected " + state);
  }

  // HTTP/2

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  /** The streams that the client has begun so far, and the server not yet ended. */
  private final List<Integer> open = new ArrayList<>();

  private int nextStream = 1;
  private int begun;
  private boolean serverSays;

  private void http2() {
    asking.append("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    frame(asking, 4, 0, 0, letters(12));
    frame(saying, 4, 0, 0, letters(12));
    serverSays = oneIn(5);
    int steps = 20 + random.nextInt(60);
    int goaways = 0;
    List<Integer> lasts = new ArrayList<>();
    for (int i = 0;
        i < steps || !open.isEmpty() || asked < asking.length() || said < saying.length();
        i++) {
      check(i < 20_000, "it does not get on");
      if (asked == asking.length() && i < steps) {
        clientSays();
      }
      if (said == saying.length() && asked == asking.length()) {
        serverAnswers();
      }
      if (asked < asking.length() && oneIn(2)) {
        ask(piece(asking.length() - asked));
        begun = Math.max(begun, asked == asking.length() ? nextStream - 2 : 0);
      } else if (said < saying.length()) {
        say(piece(saying.length() - said));
      }
      if (goaways > 0 || oneIn(15)) {
        goaways++;
        boolean due = talk.conversation.goaway(talk.conversation.isFirstSaid() && oneIn(3));
        byte[] words = oneIn(2) ? talk.conversation.now() : null;
        if (words != null) {
          check(due, "something may be said that is not due");
          talk.interject(words);
          talk.conversation.said();
        }
      }
      boolean busy = talk.conversation.state() == JclusterConversation.BUSY;
      check(busy || open.isEmpty() || asked < asking.length(), "an open stream is not in flight");
      check(
          !talk.conversation.isHttp2() || talk.conversation.state() != JclusterConversation.UNKNOWN,
          "lost track");
    }
    checkFrames(lasts);
    int state = talk.conversation.state();
    check(
        state == JclusterConversation.IDLE || state == JclusterConversation.TOLD,
        "no stream is open and it is not idle");
  }

  private static void frame(StringBuilder to, int type, int flags, int stream, String payload) {
    int length = payload.length();
    to.append((char) (length >> 16)).append((char) ((length >> 8) & 0xff));
    to.append((char) (length & 0xff)).append((char) type).append((char) flags);
    for (int shift = 24; shift >= 0; shift -= 8) {
      to.append((char) ((stream >> shift) & 0xff));
    }
    to.append(payload);
  }

  /** Headers in one frame or in several, with nothing in between. */
  private void headers(StringBuilder to, int stream, boolean ends) {
    int more = oneIn(3) ? 1 + random.nextInt(3) : 0;
    frame(to, HEADERS, (ends ? END_STREAM : 0) | (more == 0 ? END_HEADERS : 0), stream, letters(9));
    for (; more > 0; more--) {
      frame(to, CONTINUATION, more == 1 ? END_HEADERS : 0, stream, letters(9));
    }
  }

  private void clientSays() {
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        headers(asking, nextStream, oneIn(2));
        open.add(nextStream);
        nextStream += 2;
      }
      case 2 -> frame(asking, 6, 0, 0, "pingpong");
      case 3 -> frame(asking, 8, 0, 0, "abcd");
      default -> {
        if (!open.isEmpty()) {
          int stream = open.get(random.nextInt(open.size()));
          if (oneIn(8)) {
            frame(asking, RST_STREAM, 0, stream, "abcd");
            open.remove(Integer.valueOf(stream));
          } else {
            frame(asking, DATA, oneIn(3) ? END_STREAM : 0, stream, letters(LARGEST_BODY));
          }
        }
      }
    }
  }

  private void serverAnswers() {
    int kind = random.nextInt(7);
    if (kind == 0) {
      frame(saying, 6, 1, 0, "pingpong");
    } else if (kind == 1 && serverSays) {
      frame(saying, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0");
    } else if (!open.isEmpty()) {
      int stream = open.get(random.nextInt(open.size()));
      boolean ends = oneIn(2);
      if (kind < 4) {
        headers(saying, stream, ends);
      } else if (kind < 6) {
        frame(saying, DATA, ends ? END_STREAM : 0, stream, letters(LARGEST_BODY));
      } else {
        frame(saying, RST_STREAM, 0, stream, "abcd");
        ends = true;
      }
      if (ends) {
        open.remove(Integer.valueOf(stream));
      }
    } else {
      frame(saying, 8, 0, 0, "abcd");
    }
  }

  /** Parses what the client got, frame by frame, beside what the server said. */
  private void checkFrames(List<Integer> lasts) {
    String got = talk.got();
    String whole = saying.toString();
    int at = 0;
    int theirs = 0;
    boolean withinHeaders = false;
    while (at < got.length()) {
      int length = (got.charAt(at) << 16) | (got.charAt(at + 1) << 8) | got.charAt(at + 2);
      int type = got.charAt(at + 3);
      int flags = got.charAt(at + 4);
      String frame = got.substring(at, at + 9 + length);
      at += frame.length();
      if (whole.startsWith(frame, theirs)) {
        theirs += frame.length();
        if (type == HEADERS || type == CONTINUATION) {
          withinHeaders = (flags & END_HEADERS) == 0;
        }
        continue;
      }
      check(type == GOAWAY && length == 8, "a frame that the server has not said");
      check(theirs > 0, "it comes before the server's first frame");
      check(!withinHeaders, "it comes between the frames of a head");
      int last = 0;
      for (int i = 9; i < 13; i++) {
        last = (last << 8) | frame.charAt(i);
      }
      lasts.add(last);
    }
    check(theirs == whole.length(), "the client does not get all");
    check(lasts.size() <= 2, "it is said too often");
    check(lasts.isEmpty() || lasts.get(0) == Integer.MAX_VALUE, "the first is not the first");
    check(
        lasts.size() < 2 || (lasts.get(1) < nextStream && lasts.get(1) >= 0),
        "the second has a stream that was never begun");
  }
}
