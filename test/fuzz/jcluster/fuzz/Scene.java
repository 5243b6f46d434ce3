package jcluster.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import sun.nio.ch.JclusterConversation;

/**
 * One random conversation: what both sides say, how far each has come, and what the agent is
 * expected to have put in. Positions count the bytes of one side from its first.
 */
final class Scene {
  private static final List<String> STATES =
      List.of("FRESH", "PARTIAL", "UPLOADING", "BUSY", "IDLE", "TOLD", "TUNNEL", "UNKNOWN");

  final Random random;
  final Wire wire;

  /** The client's bytes, and how many have arrived. */
  final StringBuilder asking = new StringBuilder();

  int asked;

  /** The server's bytes, how many were presented to the socket, and how many were sent. */
  final StringBuilder saying = new StringBuilder();

  int presented;
  int said;

  /** Whether {@link JclusterConversation#end} was called. */
  boolean ended;

  /** The words that the agent puts in, in order. */
  private final List<Edit> edits = new ArrayList<>();

  /** How much longer the client's stream is for the edits but the last. */
  private int shift;

  /**
   * A word of ours.
   *
   * @param at before which byte of the server's
   * @param skip how many bytes of the server's it replaces
   */
  private record Edit(int at, int skip, String text) {}

  Scene(Random random, Wire wire) {
    this.random = random;
    this.wire = wire;
  }

  // Chance

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  @SafeVarargs
  final <T> T any(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Some bytes that look like parts of messages. */
  String letters(int most) {
    int size = random.nextInt(most + 1);
    if (oneIn(8)) {
      String text = any("HTTP/1.1 200 OK\r\n\r\n", "0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", CLOSE);
      return text.substring(0, Math.min(size, text.length()));
    }
    StringBuilder text = new StringBuilder(size);
    for (int i = 0; i < size; i++) {
      text.append("ab:, \r\n0HG\u0000\u00ff".charAt(random.nextInt(12)));
    }
    return text.toString();
  }

  static final String CLOSE = "Connection: close\r\n";

  /** A random part of so many bytes: mostly few, sometimes all. */
  int piece(int most) {
    return oneIn(4) ? most : 1 + random.nextInt(Math.min(most, oneIn(3) ? 3 : 60));
  }

  // Steps

  /** The client's next bytes come. */
  void ask(int count) {
    String text = asking.substring(asked, asked + count);
    asked += count;
    check(wire.ask(text) == count, "not all was taken");
  }

  /** The sizes of the pieces of one write. */
  int[] pieces(int count) {
    int[] sizes = new int[oneIn(3) ? 1 + random.nextInt(6) : 1];
    int left = count;
    for (int i = 0; i < sizes.length - 1; i++) {
      sizes[i] = random.nextInt(left + 1);
      left -= sizes[i];
    }
    sizes[sizes.length - 1] = left;
    return sizes;
  }

  /** The application writes the next bytes that have not gone; the socket may take less. */
  void say(int count) {
    presented = Math.max(presented, said + count);
    wire.room = oneIn(3) ? random.nextInt(30) : Integer.MAX_VALUE;
    said += wire.write(saying.substring(said, said + count), pieces(count));
  }

  /** The application has the kernel send the next bytes. */
  void sendFile(int count) {
    wire.sendFile(saying.substring(said, said + count));
    said += count;
    presented = Math.max(presented, said);
  }

  /** Whether bytes were presented that have not gone. */
  boolean isAhead() {
    return presented > said;
  }

  // Expectations

  /** Expects a word of ours. */
  void expect(int at, int skip, String text) {
    if (!edits.isEmpty()) {
      Edit last = edits.get(edits.size() - 1);
      shift += last.text.length() - last.skip;
    }
    edits.add(new Edit(at, skip, text));
  }

  /** Whether the last word of ours has not gone wholly. */
  boolean isPending() {
    if (edits.isEmpty()) {
      return false;
    }
    Edit last = edits.get(edits.size() - 1);
    return wire.gotLength() < last.at + shift + last.text.length() || said < last.at + last.skip;
  }

  /** Expects no more of the last word of ours. */
  void forgetPending() {
    Edit last = edits.remove(edits.size() - 1);
    int gone = Math.max(0, wire.gotLength() - last.at - shift);
    int skipped = Math.max(0, Math.min(said - last.at, last.skip));
    if (gone > 0) {
      edits.add(new Edit(last.at, skipped, last.text.substring(0, gone)));
    }
  }

  /** Checks what the client has got so far. */
  void checkGot() {
    StringBuilder expected = new StringBuilder();
    int from = 0;
    for (Edit edit : edits) {
      expected.append(saying, from, Math.max(from, Math.min(edit.at, said)));
      expected.append(edit.text);
      from = edit.at + edit.skip;
    }
    if (from < said) {
      expected.append(saying, from, said);
    }
    String got = wire.got();
    int missing = expected.length() - got.length();
    int mayMiss = isPending() ? edits.get(edits.size() - 1).text.length() : 0;
    check(
        missing >= 0 && missing <= mayMiss && expected.indexOf(got) == 0,
        "the client gets something else than expected");
  }

  /** Checks the state; some moments have two that are right. */
  void checkState(int expected, int orThat) {
    int state = wire.conversation.state();
    check(
        state == expected || state == orThat,
        "it is " + STATES.get(state) + " and should be " + STATES.get(expected));
  }

  void check(boolean right, String what) {
    if (!right) {
      throw new AssertionError(what + "\n" + this);
    }
  }

  @Override
  public String toString() {
    JclusterConversation conversation = wire.conversation;
    return "state "
        + STATES.get(conversation.state())
        + (ended ? ", ended" : "")
        + ", ahead "
        + conversation.ahead()
        + " of "
        + (presented - said)
        + ", put in at "
        + conversation.insertAt()
        + ", gone of it "
        + conversation.insertDone()
        + ", expected "
        + edits.stream().map(edit -> edit.at + "-" + edit.skip + quoted(edit.text)).toList()
        + "\nasked: "
        + quoted(asking.substring(0, asked))
        + "\nsaid:  "
        + quoted(saying.substring(0, said))
        + "\nahead: "
        + quoted(saying.substring(said, presented))
        + "\ngot:   "
        + quoted(wire.got());
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(ISO_8859_1)) {
      if (b == '\n') {
        out.append("\\n\n       ");
      } else if (b == '\r') {
        out.append("\\r");
      } else if (b < ' ' || b > '~') {
        out.append(String.format("\\x%02x", b & 0xff));
      } else {
        out.append((char) b);
      }
    }
    return out.toString();
  }
}
