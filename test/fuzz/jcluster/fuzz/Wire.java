package jcluster.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import sun.nio.ch.JclusterConversation;
import sun.nio.ch.JclusterMemory;
import sun.nio.ch.JclusterSocketDispatcher;

/**
 * A conversation over a socket that is only simulated. Reads and writes go through the conversation
 * as the agent's own sockets take them through it. The socket takes as many bytes at a time as a
 * test says, and the application presents the rest again, as on a channel that does not block.
 */
public class Wire {
  private static final int IOVEC = 16;
  private static final int MOST_PIECES = 64;

  /** Where the pieces of the application's write lie, and those that the agent makes of them. */
  private static final int THEIRS = 0;

  private static final int OURS = THEIRS + MOST_PIECES * IOVEC;
  private static final int WORD = OURS + (MOST_PIECES + 2) * IOVEC;
  private static final int DATA = WORD + 64;

  private static final ByteBuffer MEMORY =
      ByteBuffer.allocateDirect(DATA + (1 << 20)).order(ByteOrder.nativeOrder());
  private static final long BASE = JclusterMemory.address(MEMORY);

  /** The agent's record of this connection. */
  public final JclusterConversation conversation;

  /** How many bytes the socket takes at a time; none means that it is full. */
  public int room = Integer.MAX_VALUE;

  private final ByteArrayOutputStream got = new ByteArrayOutputStream();

  /** A new connection. */
  public Wire() {
    this(new JclusterConversation());
  }

  Wire(JclusterConversation conversation) {
    this.conversation = conversation;
  }

  /** The client sends this; returns how many bytes the conversation took. */
  public long ask(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return conversation.received(bytes, JclusterMemory.BYTES, bytes.length);
  }

  /** The application writes all of this, in as many calls as it takes. */
  public void answer(String text) {
    for (int from = 0; from < text.length(); ) {
      from += write(text.substring(from), text.length() - from);
    }
  }

  /**
   * One call of writev(2) by the application.
   *
   * @param sizes of its pieces, which together are the text
   * @return how many of the application's bytes it is told that went
   */
  public int write(String text, int... sizes) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    int data = DATA;
    int from = 0;
    for (int i = 0; i < sizes.length; i++) {
      putVector(THEIRS, i, data, sizes[i]);
      MEMORY.put(data, bytes, from, sizes[i]);
      from += sizes[i];
      data += sizes[i] + 1; // The pieces are not side by side.
    }
    tell(sizes);
    long at = conversation.insertAt();
    if (at < 0 || at >= bytes.length) {
      int n = Math.min(room, bytes.length);
      send(THEIRS, sizes.length, n);
      return n == 0 ? 0 : (int) conversation.sent(n, bytes.length);
    }
    byte[] word = conversation.insert();
    int done = conversation.insertDone();
    MEMORY.put(WORD, word, done, word.length - done);
    int pieces =
        JclusterSocketDispatcher.split(
            BASE + OURS,
            BASE + THEIRS,
            sizes.length,
            at,
            conversation.insertSkip(),
            BASE + WORD,
            word.length - done);
    int all = 0;
    for (int i = 0; i < pieces; i++) {
      all += (int) MEMORY.getLong(OURS + IOVEC * i + 8);
    }
    int n = Math.min(room, all);
    send(OURS, pieces, n);
    return all > 0 && n == 0 ? 0 : (int) conversation.sent(n, bytes.length);
  }

  /** Only the bytes behind those that it has seen already are new to the conversation. */
  private void tell(int... sizes) {
    long skip = conversation.ahead();
    for (int i = 0; i < sizes.length; i++) {
      long skipped = Math.min(skip, sizes[i]);
      skip -= skipped;
      long address = MEMORY.getLong(THEIRS + IOVEC * i);
      conversation.sending(null, address + skipped, sizes[i] - skipped);
    }
  }

  private static void putVector(int vectors, int index, int data, int size) {
    MEMORY.putLong(vectors + IOVEC * index, BASE + data);
    MEMORY.putLong(vectors + IOVEC * index + 8, size);
  }

  /** The socket takes the first bytes of these pieces. */
  private void send(int vectors, int pieces, int count) {
    int left = count;
    for (int i = 0; i < pieces && left > 0; i++) {
      int from = (int) (MEMORY.getLong(vectors + IOVEC * i) - BASE);
      int size = (int) Math.min(left, MEMORY.getLong(vectors + IOVEC * i + 8));
      byte[] piece = new byte[size];
      MEMORY.get(from, piece);
      got.write(piece, 0, size);
      left -= size;
    }
  }

  /** The application has the kernel send this (sendfile(2)). */
  public void sendFile(String text) {
    got(text.getBytes(ISO_8859_1));
    conversation.sentUnseen(text.length());
  }

  /** The drain sends its word if it may; returns it, or an empty text. */
  public String say() {
    byte[] word = conversation.now();
    if (word == null) {
      return "";
    }
    got(word);
    conversation.said();
    return new String(word, ISO_8859_1);
  }

  /** The client gets this. */
  final void got(byte[] bytes) {
    got.write(bytes, 0, bytes.length);
  }

  /** Whether the kernel can send files here. */
  boolean takesFiles() {
    return true;
  }

  /** How many bytes the client has got. */
  int gotLength() {
    return got.size();
  }

  /** The bytes that the client has received. */
  public String got() {
    return got.toString(ISO_8859_1);
  }
}
