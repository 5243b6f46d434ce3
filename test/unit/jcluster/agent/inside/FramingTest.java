package jcluster.agent.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FramingTest {
  private final Framing requests = new Framing(false);
  private final Framing answers = new Framing(true);

  private static void feed(Framing framing, String text, Framing other) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    framing.feed(bytes, 0, bytes.length, other);
  }

  private void ask(String text) {
    feed(requests, text, null);
  }

  private void answer(String text) {
    feed(answers, text, requests);
  }

  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  @Test
  void aRequestWithoutBodyEndsWithItsHead() {
    ask("GET / HTTP/1.1\r\nHost: a\r\n");
    assertEquals(1, requests.begun);
    assertTrue(requests.within());
    ask("\r\n");
    assertEquals(1, requests.ended);
    assertFalse(requests.within());
  }

  @Test
  void aBodyOfKnownLengthIsSkipped() {
    ask("POST / HTTP/1.1\r\ncontent-LENGTH:  30 \r\n\r\nGET / HTTP/1.1\r\n\r\n");
    assertEquals(1, requests.begun);
    assertEquals(0, requests.ended);
    ask("123456789012");
    assertEquals(1, requests.ended);
    ask(GET + GET);
    assertEquals(3, requests.begun);
    assertEquals(3, requests.ended);
  }

  @Test
  void chunksAreSkipped() {
    ask("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n");
    ask("5;a=b\r\n0\r\n\r\n\r\n1a\r\n");
    assertEquals(0, requests.ended);
    ask("abcdefghijklmnopqrstuvwxyz\r\n0\r\nTrailer: x\r\n");
    assertEquals(0, requests.ended);
    ask("\r\n");
    assertEquals(1, requests.ended);
    assertFalse(requests.within());
  }

  @Test
  void anInterimAnswerIsNotTheAnswer() {
    ask("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    answer("HTTP/1.1 100 Continue\r\n\r\n");
    assertEquals(0, answers.ended);
    answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assertEquals(1, answers.ended);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"204 No Content", "304 Not Modified", "304 Not Modified\r\nContent-Length: 9"})
  void someAnswersHaveNoBody(String head) {
    ask(GET);
    answer("HTTP/1.1 " + head + "\r\n\r\n");
    assertEquals(1, answers.ended);
    assertFalse(answers.within());
  }

  @Test
  void theAnswerToHeadHasNoBody() {
    ask("HEAD / HTTP/1.1\r\n\r\n");
    answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    assertEquals(1, answers.ended);
    ask(GET);
    answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    assertEquals(1, answers.ended);
    answer("k");
    assertEquals(2, answers.ended);
  }

  @Test
  void withoutLengthAnAnswerLastsAsLongAsTheConnection() {
    ask(GET);
    answer("HTTP/1.0 200 OK\r\n\r\nabc");
    answer("\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assertEquals(0, answers.ended);
    assertTrue(answers.within());
  }

  @Test
  void anUpgradeIsTheEndOfHttp() {
    ask("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    answer("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    assertTrue(answers.upgraded);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u0016\u0003\u0001\u0002",
        "hello\n",
        "HELLO\n",
        "SSH-2.0-x\r\n",
        "A B HTTP/2.1\r\n"
      })
  void otherProtocolsAreKnownAsSuch(String text) {
    ask(text);
    assertTrue(requests.broken());
    assertEquals(0, requests.begun);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 99999999999999999999999\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n"
      })
  void aLengthBeyondReasonIsNoHttp(String rest) {
    ask("POST / HTTP/1.1\r\n" + rest);
    assertTrue(requests.broken());
    ask(GET);
    assertEquals(1, requests.begun);
  }

  @Test
  void aLineWithoutEndIsNoHttp() {
    ask("G".repeat(20_000));
    assertTrue(requests.broken());
  }

  @Test
  void theSameIsSeenHoweverTheBytesArrive() {
    String asked =
        String.join(
            "",
            GET,
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
            "\r\nPUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            GET);
    String answered =
        String.join(
            "",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "F\r\nabcdefghijklmno\r\n0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    var random = new Random(1);
    for (int run = 0; run < 2000; run++) {
      var in = new Framing(false);
      var out = new Framing(true);
      inPieces(in, asked, null, random);
      inPieces(out, answered, in, random);
      assertEquals(4, in.begun);
      assertEquals(4, in.ended);
      assertEquals(4, out.ended);
      assertFalse(in.within() || out.within() || in.broken() || out.broken());
    }
  }

  private static void inPieces(Framing framing, String text, Framing other, Random random) {
    for (int at = 0; at < text.length(); ) {
      int end = Math.min(text.length(), at + 1 + random.nextInt(random.nextBoolean() ? 3 : 60));
      feed(framing, text.substring(at, end), other);
      at = end;
    }
  }

  @Test
  void garbageIsHarmless() {
    var random = new Random(2);
    String letters = "tc:\r\n 09afAF-\u0000\u00ff,;";
    for (int run = 0; run < 5000; run++) {
      var framing = new Framing(run % 2 == 0);
      var text = new StringBuilder(run % 2 == 0 ? "HTTP/1.1 200 OK\r\n" : "GET / HTTP/1.1\r\n");
      for (int i = random.nextInt(200); i > 0; i--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
        if (random.nextInt(20) == 0) {
          text.append(random.nextBoolean() ? "Content-Length: " : "\r\nTransfer-Encoding: chunked");
        }
      }
      inPieces(framing, text.toString(), requests, random);
    }
  }
}
