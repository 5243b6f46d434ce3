package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jcluster.fuzz.Wire;
import org.junit.jupiter.api.Test;

/** The end of a WebSocket that the application leaves open. */
class WebSocketTest {
  private static final String ASK = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
  private static final String ANSWER =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n";
  private final Wire wire = new Wire();

  @Test
  void theCloseFrameComesBetweenTwoMessages() {
    wire.ask(ASK);
    wire.answer(ANSWER);
    assertNull(wire.conversation.now(), "nothing is due");
    assertTrue(wire.conversation.close());
    wire.ask("\u0081\u0081abcdx");
    assertNull(wire.conversation.now(), "the client waits for an answer");
    wire.answer("\u0001\u0001x");
    assertNull(wire.conversation.now(), "half a message");
    wire.answer("\u0080~\u0000");
    assertNull(wire.conversation.now(), "a part of a header");
    wire.answer("\u0080" + "y".repeat(127));
    assertNull(wire.conversation.now(), "a part of a frame");
    wire.answer("y");
    String goingAway = "\u0088\u0002\u0003\u00e9";
    assertEquals(goingAway, new String(wire.conversation.now(), ISO_8859_1));
    wire.conversation.said();
    assertTrue(wire.conversation.isCloseSaid());
    assertFalse(wire.conversation.close());
    assertNull(wire.conversation.now());
  }

  @Test
  void anInvalidLengthIsNotFollowed() {
    wire.ask(ASK);
    wire.answer(ANSWER + "\u0082\u007f" + "\u00ff".repeat(8) + "x".repeat(1000));
    assertTrue(wire.conversation.close());
    assertNull(wire.conversation.now());
  }

  @Test
  void aServersOwnCloseIsLeftAlone() {
    wire.ask(ASK);
    wire.answer(ANSWER + "\u0088\u0002\u0003\u00e8");
    assertFalse(wire.conversation.close());
    assertNull(wire.conversation.now());
  }
}
