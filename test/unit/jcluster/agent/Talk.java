package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import sun.nio.ch.JclusterConversation;
import sun.nio.ch.JclusterMemory;

/**
 * A conversation over a socket that exists on paper: it takes as much at a time as it has room for,
 * and the application writes what is left again, as a channel that does not block has it do.
 */
final class Talk {
  final JclusterConversation conversation = new JclusterConversation();

  /** How many bytes the socket takes at a time. */
  int room = Integer.MAX_VALUE;

  private final ByteArrayOutputStream got = new ByteArrayOutputStream();

  /** The client says this; returns how much of it was taken. */
  long ask(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return conversation.received(bytes, JclusterMemory.BYTES, bytes.length);
  }

  /** The application says this. */
  void answer(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    for (int from = 0; from < bytes.length; ) {
      from += write(bytes, from, bytes.length - from);
    }
  }

  /** One call of write(2) by the application; returns how many of its bytes went. */
  int write(byte[] bytes, int from, int count) {
    int ahead = (int) Math.min(conversation.ahead(), count);
    conversation.sending(bytes, JclusterMemory.BYTES + from + ahead, count - ahead);
    long at = conversation.insertAt();
    if (at < 0 || at >= count) {
      int n = Math.min(count, room);
      got.write(bytes, from, n);
      return (int) conversation.sent(n, count);
    }
    var all = new ByteArrayOutputStream();
    byte[] insert = conversation.insert();
    int done = conversation.insertDone();
    int behind = Math.min(count, (int) at + conversation.insertSkip());
    all.write(bytes, from, (int) at);
    all.write(insert, done, insert.length - done);
    all.write(bytes, from + behind, count - behind);
    int n = Math.min(all.size(), room);
    got.write(all.toByteArray(), 0, n);
    return (int) conversation.sent(n, count);
  }

  /** Something of ours goes past the application. */
  void interject(byte[] words) {
    got.write(words, 0, words.length);
  }

  /** All that the client has got. */
  String got() {
    return got.toString(ISO_8859_1);
  }
}
