package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the agent makes of what a client and a server say to each other. */
class ConversationTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  private static final String CLOSE = "Connection: close\r\n";
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final Talk talk = new Talk();

  /** The states by their names. */
  private static final List<String> STATES =
      List.of("FRESH", "PARTIAL", "UPLOADING", "BUSY", "IDLE", "TOLD", "TUNNEL", "UNKNOWN");

  private void assertState(String state) {
    assertEquals(state, STATES.get(talk.conversation.state()));
  }

  // HTTP/1.1

  @Test
  void aRequestIsInFlightFromItsHeadToTheEndOfItsAnswer() {
    assertState("FRESH");
    talk.ask("GET / HTTP/1.1\r\nHos");
    assertState("PARTIAL");
    talk.ask("t: a\r\n\r\n");
    assertState("BUSY");
    assertTrue(talk.conversation.isUnanswered());
    talk.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh");
    assertState("BUSY");
    assertFalse(talk.conversation.isUnanswered());
    talk.answer("i");
    assertState("IDLE");
  }

  @Test
  void aBodyThatItsClientHasNotSentYetIsAnUpload() {
    talk.ask("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel");
    assertState("UPLOADING");
    talk.ask("lo");
    assertState("BUSY");
    talk.answer(OK);
    assertState("IDLE");
  }

  @Test
  void aClientThatExpectsToBeAskedWaitsForTheApplication() {
    talk.ask("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assertState("BUSY");
    talk.answer("HTTP/1.1 100 Continue\r\n\r\n");
    assertState("UPLOADING");
    talk.ask("hello");
    talk.answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    assertState("BUSY");
    talk.answer(OK);
    assertState("IDLE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\ntransfer-encoding: a, CHUNKED\r\n\r\n3;a\r\n\r\n0\r\n0\r\nX:\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-LENGTH:  3 \r\n\r\nabc",
        "HTTP/1.0 200 OK\nContent-Length: 1\n\nx",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      })
  void anAnswerEndsWhereItEnds(String answer) {
    talk.ask(GET);
    for (int i = 0; i < answer.length(); i++) {
      assertState("BUSY");
      talk.answer(answer.substring(i, i + 1));
    }
    assertState("IDLE");
    assertEquals(answer, talk.got());
  }

  @Test
  void anAnswerWithoutAnEndIsInFlightForEver() {
    talk.ask(GET);
    talk.answer("HTTP/1.1 200 OK\r\n\r\nabc");
    assertState("BUSY");
  }

  @ParameterizedTest
  @CsvSource({"HEAD;GET", "GET;HEAD", "GET;GET;HEAD;POST;HEAD", "HEAD;HEAD;HEAD"})
  void requestsInARowAreAnsweredInTheirOrder(String row) {
    List<String> requests = List.of(row.split(";"));
    for (String request : requests) {
      String body = request.equals("POST") ? "hello" : "";
      talk.ask(request.equals("GET") ? GET : request.equals("HEAD") ? HEAD : POST + body);
    }
    talk.conversation.end();
    for (int i = 0; i < requests.size(); i++) {
      assertState("BUSY");
      boolean last = i == requests.size() - 1;
      talk.answer(requests.get(i).equals("HEAD") ? OK.substring(0, OK.length() - 2) : OK);
      assertEquals(last, talk.got().contains(CLOSE));
    }
    assertState("TOLD");
  }

  @Test
  void manyRequestsInARowAreFollowedAndTooManyAreNot() {
    IntStream.range(0, 1000).forEach(i -> talk.ask(i % 3 == 0 ? HEAD : GET));
    for (int i = 0; i < 1000; i++) {
      assertState("BUSY");
      talk.answer(i % 3 == 0 ? OK.substring(0, OK.length() - 2) : OK);
    }
    assertState("IDLE");
    IntStream.range(0, 4097).forEach(i -> talk.ask(GET));
    assertState("UNKNOWN");
  }

  static List<String> heads() {
    return List.of(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\n",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, X\r\nContent-Length: 2\r\n");
  }

  @ParameterizedTest
  @MethodSource("heads")
  void theLastAnswerSaysCloseHoweverItsHeadIsSplit(String head) {
    String end = head.endsWith("\r\n") ? "\r\n" : "\n";
    String whole = head + end + "hi";
    for (int split = 0; split <= head.length(); split++) {
      Talk one = new Talk();
      one.ask(GET);
      one.conversation.end();
      one.answer(whole.substring(0, split));
      one.answer(whole.substring(split));
      assertEquals(head + CLOSE + end + "hi", one.got(), "split at " + split);
      assertEquals("TOLD", STATES.get(one.conversation.state()));
    }
  }

  @Test
  void closeTakesThePlaceOfKeepAlive() {
    talk.ask(GET);
    talk.conversation.end();
    talk.answer("HTTP/1.1 200 OK\r\nconnection:Keep-Alive \r\nContent-Length: 2\r\n\r\nhi");
    assertEquals("HTTP/1.1 200 OK\r\n" + CLOSE + "Content-Length: 2\r\n\r\nhi", talk.got());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 2\r\n\r\nhi",
      })
  void anAnswerThatSaysCloseItselfIsLeftAsItIs(String answer) {
    talk.ask(GET);
    talk.conversation.end();
    talk.answer(answer);
    assertEquals(answer, talk.got());
    assertState("TOLD");
  }

  @Test
  void anAnswerThatBeganBeforeTheEndSaysNothingAndTheNextDoes() {
    talk.ask(GET);
    talk.answer(OK.substring(0, OK.length() - 1));
    talk.conversation.end();
    talk.answer("i");
    assertEquals(OK, talk.got());
    assertState("IDLE");
    talk.ask(GET);
    talk.answer(OK);
    assertTrue(talk.got().endsWith(CLOSE + "\r\nhi"));
    assertState("TOLD");
  }

  @Test
  void aSocketThatTakesLittleGetsAllOfIt() {
    talk.ask(GET);
    talk.conversation.end();
    talk.room = 1;
    talk.answer(OK);
    assertEquals(OK.replace("\r\n\r\n", "\r\n" + CLOSE + "\r\n"), talk.got());
    assertState("TOLD");
  }

  @Test
  void aFileSentByTheKernelIsABody() {
    talk.ask(GET + GET);
    talk.answer("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
    talk.conversation.sentUnseen(200_000);
    assertState("BUSY");
    talk.conversation.sentUnseen(100_000);
    assertState("BUSY");
    talk.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n");
    talk.conversation.sentUnseen(100);
    talk.answer("\r\n0\r\n\r\n");
    assertState("IDLE");
    talk.ask(GET);
    talk.answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n");
    talk.conversation.sentUnseen(2);
    assertState("UNKNOWN");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY UNKNOWN\r\n",
        "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u000cabcdefghijkl",
        "\r\n\r\n\0\r\nQUIT\n \0\0\0",
        "\r\n",
      })
  void theHeaderOfAProxyIsSkipped(String header) {
    for (String text : (header + GET).split("(?<=.)")) {
      talk.ask(text);
    }
    assertState("BUSY");
    talk.answer(OK);
    assertState("IDLE");
    Talk whole = new Talk();
    whole.ask(header + GET);
    whole.answer(OK);
    assertEquals("IDLE", STATES.get(whole.conversation.state()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"hello\n", "SSH-2.0-x\r\n", "GET /\r\n", "PROXY x", "POST / HTTP/2.0\r\n", "\0"})
  void whatIsNoHttpIsUnknown(String text) {
    talk.ask(text.equals("PROXY x") ? text + "x".repeat(200) : text);
    assertState("UNKNOWN");
  }

  @Test
  void anAnswerThatIsNoneIsUnknown() {
    talk.ask(GET);
    talk.answer("OK 200\r\n\r\n");
    assertState("UNKNOWN");
  }

  @Test
  void anAnswerToNothingIsTheServersAffair() {
    talk.ask(GET);
    talk.answer(OK);
    talk.answer("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assertState("TOLD");
  }

  @Test
  void aRecordOfTlsIsNotTakenForText() {
    byte[] record = {22, 3, 1, 0, 5, 1};
    assertEquals(0, talk.ask(new String(record, ISO_8859_1)));
    String header = "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n";
    assertEquals(header.length(), talk.ask(header + new String(record, ISO_8859_1)));
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1|Upgrade: websocket,HTTP/1.1 101 Switching Protocols|Upgrade: websocket",
    "CONNECT a:1 HTTP/1.1,HTTP/1.1 200 OK",
  })
  void whatHttpGivesWayToIsATunnel(String request, String answer) {
    talk.ask(request.replace("|", "\r\n") + "\r\n\r\n");
    assertState("BUSY");
    talk.conversation.end();
    talk.answer(answer.replace("|", "\r\n") + "\r\n\r\n" + "\u0081\u0001x");
    assertFalse(talk.got().contains(CLOSE));
    talk.ask("anything at all\r\n\r\n");
    assertState("TUNNEL");
  }

  @Test
  void aWebSocketIsToldBetweenTwoMessagesOfTheServers() {
    talk.ask("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    talk.answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n");
    String goingAway = "\u0088\u0002\u0003\u00e9";
    assertNull(talk.conversation.now(), "nothing is due");
    assertTrue(talk.conversation.close());
    talk.ask("\u0081\u0081abcdx");
    assertNull(talk.conversation.now(), "the client waits for an answer");
    talk.answer("\u0001\u0001x");
    assertNull(talk.conversation.now(), "half a message");
    talk.answer("\u0080~\u0000");
    assertNull(talk.conversation.now(), "a part of a header");
    talk.answer("\u0080" + "y".repeat(127));
    assertNull(talk.conversation.now(), "a part of a frame");
    talk.answer("y");
    assertEquals(goingAway, new String(talk.conversation.now(), ISO_8859_1));
    talk.conversation.said();
    assertTrue(talk.conversation.isCloseSaid());
    assertFalse(talk.conversation.close());
    assertNull(talk.conversation.now());
  }

  @Test
  void aWebSocketThatTheServerClosesIsLeftToIt() {
    talk.ask("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    talk.answer("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n\u0088\u0002\u0003\u00e8");
    assertFalse(talk.conversation.close());
    assertNull(talk.conversation.now());
  }

  // HTTP/2

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  private static String frame(int type, int flags, int stream, String payload) {
    char[] header = new char[9];
    header[1] = (char) (payload.length() >> 8);
    header[2] = (char) (payload.length() & 0xff);
    header[3] = (char) type;
    header[4] = (char) flags;
    for (int i = 0; i < 4; i++) {
      header[5 + i] = (char) ((stream >> (24 - 8 * i)) & 0xff);
    }
    return new String(header) + payload;
  }

  private static String goaway(int last) {
    String payload = "";
    for (int i = 0; i < 8; i++) {
      payload += (char) (i < 4 ? (last >> (24 - 8 * i)) & 0xff : 0);
    }
    return frame(GOAWAY, 0, 0, payload);
  }

  private void open(int stream) {
    talk.ask(frame(HEADERS, END_HEADERS | END_STREAM, stream, "x"));
  }

  private static final String HELLO = frame(SETTINGS, 0, 0, "");

  @Test
  void streamsAreInFlightUntilTheServerEndsThem() {
    talk.ask(PREFACE + frame(SETTINGS, 0, 0, "abcdef"));
    talk.answer(HELLO);
    assertState("IDLE");
    open(1);
    open(3);
    talk.ask(frame(HEADERS, 0, 5, "x"));
    talk.answer(frame(HEADERS, END_HEADERS, 1, "y") + frame(DATA, END_STREAM, 1, "body"));
    talk.answer(frame(HEADERS, END_HEADERS | END_STREAM, 3, "y"));
    assertState("IDLE");
    talk.ask(frame(CONTINUATION, END_HEADERS, 5, "z"));
    assertState("BUSY");
    talk.ask(frame(RST_STREAM, 0, 5, "abcd"));
    assertState("IDLE");
    open(7);
    talk.ask(frame(HEADERS, END_HEADERS | END_STREAM, 7, "trailers"));
    talk.answer(frame(RST_STREAM, 0, 7, "abcd"));
    assertState("IDLE");
  }

  @Test
  void theClientIsToldTwiceThatItIsTheEnd() {
    talk.ask(PREFACE);
    talk.answer(HELLO);
    open(1);
    assertTrue(talk.conversation.goaway(false));
    assertEquals(goaway(Integer.MAX_VALUE), new String(talk.conversation.now(), ISO_8859_1));
    talk.conversation.said();
    assertTrue(talk.conversation.isFirstSaid());
    assertFalse(talk.conversation.goaway(false));
    open(3);
    assertTrue(talk.conversation.goaway(true));
    talk.answer(frame(HEADERS, END_HEADERS | END_STREAM, 1, "y"));
    assertEquals(HELLO + goaway(3) + frame(HEADERS, END_HEADERS | END_STREAM, 1, "y"), talk.got());
    assertState("BUSY");
    talk.answer(frame(HEADERS, END_HEADERS | END_STREAM, 3, "y"));
    assertState("TOLD");
    assertFalse(talk.conversation.goaway(true));
  }

  @Test
  void nothingIsPutIntoAFrameNorBetweenThoseOfAHead() {
    talk.ask(PREFACE);
    assertTrue(talk.conversation.goaway(false));
    assertNull(talk.conversation.now(), "before the server's own preface");
    talk.answer(HELLO.substring(0, 4));
    assertNull(talk.conversation.now());
    String head = frame(HEADERS, 0, 1, "y");
    String rest = frame(CONTINUATION, END_HEADERS, 1, "z");
    open(1);
    talk.answer(HELLO.substring(4) + head.substring(0, 3));
    assertEquals(HELLO + goaway(Integer.MAX_VALUE) + head.substring(0, 3), talk.got());
    assertTrue(talk.conversation.goaway(true));
    assertNull(talk.conversation.now());
    talk.answer(head.substring(3));
    assertNull(talk.conversation.now());
    talk.answer(rest + frame(DATA, END_STREAM, 1, "b"));
    String whole = HELLO + goaway(Integer.MAX_VALUE) + head + rest + goaway(1);
    assertEquals(whole + frame(DATA, END_STREAM, 1, "b"), talk.got());
  }

  @Test
  void aServerThatSaysItItselfIsLeftToIt() {
    talk.ask(PREFACE);
    talk.answer(HELLO + goaway(0));
    assertFalse(talk.conversation.goaway(false));
    assertFalse(talk.conversation.goaway(true));
    assertNull(talk.conversation.now());
    assertState("TOLD");
  }

  @Test
  void httpGoesOverToIt() {
    talk.ask("GET / HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n");
    talk.answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + HELLO);
    assertTrue(talk.conversation.isHttp2());
    talk.ask(PREFACE);
    open(3);
    talk.answer(frame(HEADERS, END_HEADERS | END_STREAM, 3, "y"));
    assertState("BUSY");
    talk.answer(frame(HEADERS, END_HEADERS | END_STREAM, 1, "y"));
    assertState("IDLE");
  }

  @Test
  void framesMayComeByteByByte() {
    String all = PREFACE + frame(SETTINGS, 0, 0, "abcdef");
    for (int i = 0; i < all.length(); i++) {
      talk.ask(all.substring(i, i + 1));
    }
    open(1);
    talk.room = 1;
    assertTrue(talk.conversation.goaway(false));
    String answer = HELLO + frame(HEADERS, END_HEADERS, 1, "y") + frame(DATA, END_STREAM, 1, "b");
    talk.answer(answer);
    assertEquals(HELLO + goaway(Integer.MAX_VALUE) + answer.substring(HELLO.length()), talk.got());
  }
}
