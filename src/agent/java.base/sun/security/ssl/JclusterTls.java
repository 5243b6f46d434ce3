package sun.security.ssl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import sun.nio.ch.JclusterConnection;
import sun.nio.ch.JclusterConversation;
import sun.nio.ch.JclusterHellos;
import sun.nio.ch.JclusterMemory;

/**
 * Called by {@code SSLEngineImpl} and {@code SSLSocketImpl} to decode and encode records. Does what
 * the JDK's methods do, and reports the plain text that passes to the connection's conversation.
 * The plain text is inspected where it lies, and neither kept nor copied. For any thread.
 */
public final class JclusterTls implements JclusterConnection.Encryption {
  /**
   * By the {@code TransportContext} that decodes, and by its {@code OutputRecord}, which encodes.
   */
  private static final ConcurrentHashMap<Object, JclusterTls> ALL = new ConcurrentHashMap<>();

  private final TransportContext context;
  private final OutputRecord output;
  private final JclusterConnection connection;
  private final JclusterConversation conversation;

  /** How many encrypted bytes an engine has produced. */
  private final AtomicLong produced = new AtomicLong();

  /** The thread that has the engine encode a message of ours; null if there is none. */
  private volatile Thread speaker;

  /** Whether that message was encoded and written; for that thread. */
  private boolean wordGone;

  private JclusterTls(TransportContext context, JclusterConnection connection) {
    this.context = context;
    this.output = context.outputRecord;
    this.connection = connection;
    this.conversation = connection.encrypted(this);
  }

  // From the client

  /** Called in place of {@code SSLTransport.decode}. */
  static Plaintext decode(
      TransportContext context,
      ByteBuffer[] sources,
      int sourcesFrom,
      int sourcesCount,
      ByteBuffer[] targets,
      int targetsFrom,
      int targetsCount)
      throws IOException {
    JclusterTls tls = ALL.get(context);
    if (tls == null) {
      if (sources != null) {
        tls = greeted(context, sources, sourcesFrom, sourcesCount);
      } else if (context.handshakeContext instanceof ServerHandshakeContext) {
        tls = found(context);
      }
    }
    if (tls == null || targets == null) {
      Plaintext text =
          SSLTransport.decode(
              context, sources, sourcesFrom, sourcesCount, targets, targetsFrom, targetsCount);
      if (tls == null && sources == null) {
        found(context);
      }
      return text;
    }
    int[] before = new int[targetsCount];
    for (int i = 0; i < targetsCount; i++) {
      before[i] = targets[targetsFrom + i].position();
    }
    Plaintext text =
        SSLTransport.decode(
            context, sources, sourcesFrom, sourcesCount, targets, targetsFrom, targetsCount);
    for (int i = 0; i < targetsCount; i++) {
      ByteBuffer target = targets[targetsFrom + i];
      tls.received(target, before[i], target.position() - before[i]);
    }
    return text;
  }

  private void received(ByteBuffer buffer, int from, int count) {
    if (count > 0) {
      long address = JclusterMemory.address(buffer) + from;
      if (conversation.received(JclusterMemory.array(buffer), address, count) < count) {
        conversation.giveUp(); // TLS in TLS
      }
    }
  }

  /** Finds an engine's connection by the random bytes in its first record. */
  private static JclusterTls greeted(
      TransportContext context, ByteBuffer[] sources, int from, int count) {
    byte[] hello = null;
    int have = 0;
    for (int i = from; i < from + count; i++) {
      for (int at = sources[i].position(); at < sources[i].limit(); at++) {
        if (hello == null) {
          if (context.isNegotiated || sources[i].get(at) != 22) {
            return null;
          }
          hello = new byte[11 + JclusterHellos.SIZE];
        }
        hello[have++] = sources[i].get(at);
        if (have == hello.length) {
          return JclusterHellos.isHello(hello) ? of(context, JclusterHellos.take(hello, 11)) : null;
        }
      }
    }
    return null;
  }

  /**
   * Finds a socket's connection. A socket reads its records itself, but knows the random bytes
   * during the handshake.
   */
  private static JclusterTls found(TransportContext context) {
    HandshakeContext handshake = context.handshakeContext;
    if (!(handshake instanceof ServerHandshakeContext) || handshake.clientHelloRandom == null) {
      return null;
    }
    return of(context, JclusterHellos.take(handshake.clientHelloRandom.randomBytes, 0));
  }

  private static JclusterTls of(TransportContext context, JclusterConnection connection) {
    if (connection == null) {
      return null;
    }
    JclusterTls tls = new JclusterTls(context, connection);
    ALL.put(tls.context, tls);
    ALL.put(tls.output, tls);
    return tls;
  }

  // To the client

  /** Called in place of {@code OutputRecord.encode}, by an engine with its lock held. */
  static Ciphertext encode(
      OutputRecord output,
      ByteBuffer[] sources,
      int sourcesFrom,
      int sourcesCount,
      ByteBuffer[] targets,
      int targetsFrom,
      int targetsCount)
      throws IOException {
    JclusterTls tls = ALL.get(output);
    if (tls == null) {
      return output.encode(sources, sourcesFrom, sourcesCount, targets, targetsFrom, targetsCount);
    }
    ByteBuffer target = targets[targetsFrom];
    int before = target.position();
    Ciphertext text;
    if (tls.speaker == Thread.currentThread()) {
      text = tls.encodeWord(sources, targets, targetsFrom, targetsCount);
    } else if (sources == null) {
      text = output.encode(null, 0, 0, targets, targetsFrom, targetsCount);
    } else {
      text = tls.encode(sources, sourcesFrom, sourcesCount, targets, targetsFrom, targetsCount);
    }
    tls.produced.addAndGet(target.position() - before);
    return text;
  }

  private Ciphertext encode(
      ByteBuffer[] sources,
      int sourcesFrom,
      int sourcesCount,
      ByteBuffer[] targets,
      int targetsFrom,
      int targetsCount)
      throws IOException {
    long ahead = conversation.ahead();
    long total = 0;
    for (int i = sourcesFrom; i < sourcesFrom + sourcesCount; i++) {
      ByteBuffer source = sources[i];
      int size = source.remaining();
      int skipped = (int) Math.min(ahead, size);
      ahead -= skipped;
      total += size;
      if (size > skipped) {
        conversation.sending(
            JclusterMemory.array(source),
            JclusterMemory.address(source) + source.position() + skipped,
            size - skipped);
      }
    }
    long at = conversation.insertAt();
    if (at < 0 || at >= total) {
      Ciphertext text =
          output.encode(sources, sourcesFrom, sourcesCount, targets, targetsFrom, targetsCount);
      long left = 0;
      for (int i = sourcesFrom; i < sourcesFrom + sourcesCount; i++) {
        left += sources[i].remaining();
      }
      conversation.sent(total - left, total);
      return text;
    }
    return encodeWithInsert(
        sources, sourcesFrom, sourcesCount, (int) at, targets, targetsFrom, targetsCount);
  }

  /** Encodes the sources with what the conversation has to insert, without copying them. */
  private Ciphertext encodeWithInsert(
      ByteBuffer[] sources,
      int sourcesFrom,
      int sourcesCount,
      int at,
      ByteBuffer[] targets,
      int targetsFrom,
      int targetsCount)
      throws IOException {
    int done = conversation.insertDone();
    byte[] words = conversation.insert();
    ByteBuffer insert = ByteBuffer.wrap(words, done, words.length - done);
    int skip = conversation.insertSkip();
    ByteBuffer[] pieces = new ByteBuffer[2 * sourcesCount + 1];
    int count = 0;
    int before = at;
    int toSkip = skip;
    boolean put = false;
    for (int i = sourcesFrom; i < sourcesFrom + sourcesCount; i++) {
      ByteBuffer rest = sources[i].duplicate();
      int head = Math.min(before, rest.remaining());
      if (head > 0) {
        ByteBuffer piece = rest.duplicate();
        piece.limit(piece.position() + head);
        pieces[count++] = piece;
        rest.position(rest.position() + head);
        before -= head;
      }
      if (before == 0 && !put && rest.hasRemaining()) {
        pieces[count++] = insert;
        put = true;
      }
      if (put) {
        int skipped = Math.min(toSkip, rest.remaining());
        toSkip -= skipped;
        rest.position(rest.position() + skipped);
      }
      if (rest.hasRemaining()) {
        pieces[count++] = rest;
      }
    }
    long whole = remaining(pieces, 0, count);
    Ciphertext text = output.encode(pieces, 0, count, targets, targetsFrom, targetsCount);
    long presented = remaining(sources, sourcesFrom, sourcesCount);
    long gone = conversation.sent(whole - remaining(pieces, 0, count), presented);
    for (int i = sourcesFrom; i < sourcesFrom + sourcesCount && gone > 0; i++) {
      int size = (int) Math.min(gone, sources[i].remaining());
      sources[i].position(sources[i].position() + size);
      gone -= size;
    }
    return text;
  }

  private static long remaining(ByteBuffer[] buffers, int from, int count) {
    long sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += buffers[i].remaining();
    }
    return sum;
  }

  /** Called in place of {@code OutputRecord.deliver}, with which a socket writes. */
  static void deliver(OutputRecord output, byte[] bytes, int offset, int length)
      throws IOException {
    JclusterTls tls = ALL.get(output);
    if (tls == null) {
      output.deliver(bytes, offset, length);
      return;
    }
    tls.connection.beginOutput();
    try {
      tls.deliver(bytes, offset, length);
    } finally {
      tls.connection.endOutput();
    }
  }

  private void deliver(byte[] bytes, int offset, int length) throws IOException {
    conversation.sending(bytes, JclusterMemory.BYTES + (long) offset, length);
    int at = (int) conversation.insertAt();
    if (at < 0 || at >= length) {
      output.deliver(bytes, offset, length);
      conversation.sent(length, length);
      return;
    }
    byte[] insert = conversation.insert();
    int behind = at + conversation.insertSkip();
    if (at > 0) {
      output.deliver(bytes, offset, at);
    }
    int done = conversation.insertDone();
    if (done < insert.length) {
      output.deliver(insert, done, insert.length - done);
    }
    if (behind < length) {
      output.deliver(bytes, offset + behind, length - behind);
    }
    long gone = (long) at + insert.length - done + Math.max(0, length - behind);
    conversation.sent(gone, length);
  }

  // Our own messages

  @Override
  public void say() {
    if (context.transport instanceof SSLEngineImpl engine) {
      sayThrough(engine);
    } else if (connection.canSend() && connection.tryOutput()) {
      try {
        byte[] words = conversation.now();
        if (words != null) {
          output.deliver(words, 0, words.length);
          conversation.said();
        }
      } catch (IOException e) {
        // The application will meet the error, too.
      } finally {
        connection.endOutput();
      }
    }
  }

  private void sayThrough(SSLEngineImpl engine) {
    byte[] words = conversation.now();
    if (words == null || produced.get() != connection.written()) {
      return;
    }
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    speaker = Thread.currentThread();
    wordGone = false;
    try {
      SSLEngineResult result = engine.wrap(ByteBuffer.wrap(words), record);
      // Sends what this made the engine produce, too, such as the ticket of a session that the
      // application has put a value into: the application was not told that there is something to
      // wrap.
      while (wordGone
          && result.bytesProduced() > 0
          && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        result = engine.wrap(ByteBuffer.allocate(0), record.clear());
      }
    } catch (SSLException e) {
      // The application will meet the error, too.
    } finally {
      speaker = null;
    }
  }

  /**
   * Encodes a message of ours and writes it at once. The engine's lock is held, so the application
   * encodes nothing meanwhile. All that it has encoded has been written, so none of it comes in
   * between.
   *
   * @param sources the message; null for what waits in the engine, which is sent only after a
   *     message
   */
  private Ciphertext encodeWord(
      ByteBuffer[] sources, ByteBuffer[] targets, int targetsFrom, int targetsCount)
      throws IOException {
    byte[] words = sources == null ? null : conversation.now();
    boolean due = sources == null ? wordGone : words != null && output.isEmpty();
    if (!due || produced.get() != connection.written() || !connection.canSend()) {
      return null;
    }
    ByteBuffer target = targets[targetsFrom];
    int before = target.position();
    Ciphertext text;
    if (words == null) {
      text = output.encode(null, 0, 0, targets, targetsFrom, targetsCount);
    } else {
      ByteBuffer[] plain = {ByteBuffer.wrap(words)};
      text = output.encode(plain, 0, 1, targets, targetsFrom, targetsCount);
      sources[0].position(sources[0].limit());
    }
    byte[] record = new byte[target.position() - before];
    target.get(before, record);
    connection.send(record);
    if (words != null) {
      conversation.said();
      wordGone = true;
    }
    return text;
  }

  @Override
  public long produced() {
    // A socket holds the lock of its output while it writes what it has encoded.
    return context.transport instanceof SSLEngineImpl ? produced.get() : connection.written();
  }

  @Override
  public void forget() {
    ALL.remove(context);
    ALL.remove(output);
  }
}
