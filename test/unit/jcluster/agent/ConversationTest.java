package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import jcluster.fuzz.Wire;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the agent follows a conversation of a client and a server. */
class ConversationTest {
  private static final String CLOSE = "Connection: close\r\n";
  private static final String OK_HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";

  /** What the words in braces of a script stand for; frames of HTTP/2 are others. */
  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
          Map.entry("HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
          Map.entry("POST", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"),
          Map.entry("100", "HTTP/1.1 100 Continue\r\n\r\n"),
          Map.entry("OK", OK_HEAD + "\r\nhi"),
          Map.entry("OK CLOSE", OK_HEAD + CLOSE + "\r\nhi"),
          Map.entry("OK HEAD", OK_HEAD + "\r\n"),
          Map.entry("OK HEAD CLOSE", OK_HEAD + CLOSE + "\r\n"),
          Map.entry("CLOSE", CLOSE),
          Map.entry("PREFACE", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));

  private static final List<String> STATES =
      List.of("FRESH", "PARTIAL", "UPLOADING", "BUSY", "IDLE", "TOLD", "TUNNEL", "UNKNOWN");

  private static final List<String> FRAMES =
      List.of(
          "DATA",
          "HEADERS",
          "PRIORITY",
          "RST_STREAM",
          "SETTINGS",
          "PUSH_PROMISE",
          "PING",
          "GOAWAY",
          "WINDOW_UPDATE",
          "CONTINUATION");

  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  // Scripts

  /** A conversation of conversations.txt. */
  private record Script(String title, List<String> steps) {}

  private static List<Script> scripts() throws IOException {
    try (InputStream file = ConversationTest.class.getResourceAsStream("conversations.txt")) {
      List<Script> scripts = new ArrayList<>();
      for (String line : new String(file.readAllBytes(), UTF_8).split("\n")) {
        if (line.startsWith("## ")) {
          scripts.add(new Script(line.substring(3), new ArrayList<>()));
        } else if (!line.isEmpty() && !line.startsWith("#")) {
          scripts.get(scripts.size() - 1).steps.add(line);
        }
      }
      return scripts;
    }
  }

  @TestFactory
  List<DynamicTest> conversation() throws IOException {
    return scripts().stream()
        .map(script -> DynamicTest.dynamicTest(script.title, () -> run(script)))
        .toList();
  }

  private static void run(Script script) {
    Wire wire = new Wire();
    int got = 0;
    for (String step : script.steps) {
      String[] words = step.split(" ", 2);
      String rest = words.length > 1 ? words[1] : "";
      switch (words[0]) {
        case ">" -> assertEquals(text(rest).length(), wire.ask(text(rest)), step);
        case "<" -> wire.answer(text(rest));
        case "~" -> wire.sendFile(text(rest));
        case "part" -> wire.write(text(rest), text(rest).length());
        case "room" -> wire.room = Integer.parseInt(rest);
        case "end" -> wire.conversation.end();
        case "close" -> wire.conversation.close();
        case "goaway" -> wire.conversation.goaway(!rest.equals("early"), rest.equals("later"));
        case "say" -> wire.say();
        case "status" -> assertEquals(Integer.parseInt(rest), wire.conversation.status(), step);
        case "=" -> {
          if (rest.startsWith("GOT ")) {
            assertEquals(text(rest.substring(4)), wire.got().substring(got), step);
            got = wire.got().length();
          } else {
            assertEquals(rest, state(wire), step);
          }
        }
        default -> throw new IllegalArgumentException(step);
      }
    }
  }

  private static String state(Wire wire) {
    return STATES.get(wire.conversation.state());
  }

  private static final Pattern ESCAPES = Pattern.compile("\\\\(r|n|t|x(..))|\\{([^}]+)}");

  /** Text as it goes over the wire. */
  private static String text(String script) {
    return ESCAPES
        .matcher(script)
        .replaceAll(match -> match(match).replace("\\", "\\\\").replace("$", "\\$"));
  }

  private static String match(MatchResult match) {
    if (match.group(3) != null) {
      String word = WORDS.get(match.group(3));
      return word != null ? word : frame(match.group(3).split(" "));
    }
    return switch (match.group(1)) {
      case "r" -> "\r";
      case "n" -> "\n";
      case "t" -> "\t";
      default -> String.valueOf((char) Integer.parseInt(match.group(2), 16));
    };
  }

  /**
   * A frame: its type, its stream, "end" if the stream ends with it, "more" if its headers do not.
   * That of a GOAWAY is the last stream, or "last" for the highest there is.
   */
  private static String frame(String... words) {
    List<String> all = List.of(words);
    int type = FRAMES.indexOf(words[0]);
    assertTrue(type >= 0, words[0]);
    boolean isHead = List.of("HEADERS", "PUSH_PROMISE", "CONTINUATION").contains(words[0]);
    boolean isGoaway = words[0].equals("GOAWAY");
    String number = all.size() < 2 ? "0" : words[1];
    int stream = number.equals("last") ? Integer.MAX_VALUE : Integer.parseInt(number);
    int flags =
        (all.contains("end") ? END_STREAM : 0)
            | (isHead && !all.contains("more") ? END_HEADERS : 0);
    String payload =
        isGoaway ? number(stream) + number(0) : words[0].equals("SETTINGS") ? "" : "payload!";
    return number(payload.length()).substring(1)
        + (char) type
        + (char) flags
        + number(isGoaway ? 0 : stream)
        + payload;
  }

  private static String number(int value) {
    byte[] bytes = new byte[4];
    for (int i = 0; i < 4; i++) {
      bytes[i] = (byte) (value >> (24 - 8 * i));
    }
    return new String(bytes, ISO_8859_1);
  }

  // Cases that are not a single script

  private final Wire wire = new Wire();

  /** Bytes that come one by one lead to the same states, and the client gets the same. */
  @TestFactory
  List<DynamicTest> conversationByteByByte() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Script script : scripts()) {
      List<String> steps = new ArrayList<>(script.steps);
      for (int i = 0; i < steps.size(); i++) {
        if (steps.get(i).startsWith("> ")) {
          String text = text(steps.get(i).substring(2));
          List<String> bytes = new ArrayList<>();
          text.chars().forEach(c -> bytes.add(String.format("> \\x%02x", c)));
          steps.remove(i);
          steps.addAll(i, bytes);
          i += bytes.size() - 1;
        }
      }
      tests.add(DynamicTest.dynamicTest(script.title, () -> run(new Script(script.title, steps))));
    }
    return tests;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\n",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, X\r\nContent-Length: 2\r\n",
      })
  void theLastAnswerSaysCloseHoweverItsHeadIsSplit(String head) {
    String end = head.endsWith("\r\n") ? "\r\n" : "\n";
    String whole = head + end + "hi";
    for (int split = 0; split <= head.length(); split++) {
      for (int room : List.of(1, 7, 1000)) {
        Wire one = new Wire();
        one.ask(text("{GET}"));
        one.conversation.end();
        one.room = room;
        one.answer(whole.substring(0, split));
        one.answer(whole.substring(split));
        assertEquals(head + CLOSE + end + "hi", one.got(), "split at " + split);
        assertEquals("TOLD", state(one));
      }
    }
  }

  @Test
  void closeTakesThePlaceOfKeepAliveHoweverTheHeadIsSplit() {
    String before = "HTTP/1.1 200 OK\r\n";
    String line = "Connection: keep-alive\r\n";
    String behind = "Content-Length: 2\r\n";
    String whole = before + line + behind + "\r\nhi";
    for (int split = 0; split <= whole.length() - 4; split++) {
      Wire one = new Wire();
      one.ask(text("{GET}"));
      one.conversation.end();
      one.room = 1 + split % 9;
      one.answer(whole.substring(0, split));
      one.answer(whole.substring(split));
      String expected =
          split <= before.length()
              ? before + CLOSE + behind + "\r\nhi"
              : before + line + behind + CLOSE + "\r\nhi";
      assertEquals(expected, one.got(), "split at " + split);
    }
  }

  @Test
  void aGatheringWriteIsSplitWhereTheCloseLineGoes() {
    String whole = text("{OK}");
    for (int split = 0; split <= whole.length(); split++) {
      Wire one = new Wire();
      one.ask(text("{GET}"));
      one.conversation.end();
      assertEquals(whole.length(), one.write(whole, split, 0, whole.length() - split, 0));
      assertEquals(text("{OK CLOSE}"), one.got(), "split at " + split);
    }
  }

  @Test
  void upTo4096PipelinedRequestsAreFollowed() {
    for (int round = 0; round < 3; round++) {
      IntStream.range(0, 1000).forEach(i -> wire.ask(text(i % 3 == 0 ? "{HEAD}" : "{GET}")));
      for (int i = 0; i < 1000; i++) {
        assertEquals("BUSY", state(wire));
        wire.answer(text(i % 3 == 0 ? "{OK HEAD}" : "{OK}"));
      }
      assertEquals("IDLE", state(wire));
    }
    IntStream.range(0, 4096).forEach(i -> wire.ask(text("{GET}")));
    assertEquals("BUSY", state(wire));
    wire.ask(text("{GET}"));
    assertEquals("UNKNOWN", state(wire));
  }

  @Test
  void aLineThatIsTooLongIsNotFollowed() {
    wire.ask("GET /" + "x".repeat(60_000));
    assertEquals("PARTIAL", state(wire));
    wire.ask("x".repeat(10_000));
    assertEquals("UNKNOWN", state(wire));
  }

  @Test
  void aRecordOfTlsIsNotReadAsHttp() {
    String record = "\u0016\u0003\u0001\0\u0005\u0001";
    assertEquals(0, new Wire().ask(record));
    for (String proxy :
        List.of(
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
            text("\\r\\n\\r\\n\\x00\\r\\nQUIT\\n!\\x11\\x00\\x01a"))) {
      Wire one = new Wire();
      assertEquals(proxy.length(), one.ask(proxy + record));
      assertEquals(0, one.ask(record));
    }
    wire.ask(text("{GET}"));
    assertEquals(record.length(), wire.ask(record), "behind a request it is none");
  }

  @Test
  void aConnectionThatBeginsAsTlsCanBeInspected() {
    wire.answer("\u0015\u0003\u0003\0\u0002xx");
    wire.conversation.giveUp();
    assertEquals("UNKNOWN", state(wire));
    wire.conversation.begin();
    assertEquals("FRESH", state(wire));
    wire.ask(text("{GET}"));
    wire.conversation.end();
    wire.answer(text("{OK}"));
    assertEquals("TOLD", state(wire));
    assertTrue(wire.got().endsWith(text("{OK CLOSE}")));
  }

  @Test
  void theApplicationIsToBlameForWhatIsAskedAndNotAnswered() {
    wire.ask(text("{GET}"));
    assertTrue(wire.conversation.isUnanswered());
    wire.answer("HTTP/1.1 200 OK\r\n");
    assertFalse(wire.conversation.isUnanswered());
  }
}
