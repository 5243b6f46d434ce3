package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import jdk.internal.misc.Unsafe;

/**
 * A connection that the application accepted from an inherited socket. Reads are told by one thread
 * at a time, and so are writes; the drain looks on without a lock, and looks more than once.
 */
public final class JclusterConnection {
  private static final int SHUT_RD = 0;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();
  private static final long OUTPUT = MEMORY.objectFieldOffset(JclusterConnection.class, "output");

  private static final long WRITTEN = MEMORY.objectFieldOffset(JclusterConnection.class, "written");

  final FileDescriptor fd;

  /** What is said on it, as plain text. */
  public final JclusterConversation conversation = new JclusterConversation();

  /** What encrypts it; null if nothing does, or nothing that can be looked into. */
  private volatile Encryption encryption;

  /** Whether what passes here is not the conversation's plain text. */
  private boolean opaque;

  /** The beginning of a TLS connection, as long as it is not known whose it is. */
  private Hello hello;

  /** Counts reads and writes: what does not change is quiet. */
  int operations;

  // What the drain knows of it

  /** The operations that it has seen, and when it saw the last new one. */
  int seen = -1;

  long quietSince;

  /** Whether only a part of a request was there then. */
  boolean partial;

  /** When the client of an HTTP/2 connection was told that the end is near; 0 if it was not. */
  long toldAt;

  /** Whether it was closed for reading, so that the application lets go of it, and when. */
  boolean released;

  long releasedAt;

  /** The thread that last read, which in most servers is the one at work for it. */
  private Thread reader;

  private boolean closed;

  /** 1 while somebody writes. */
  @SuppressWarnings("unused") // by its offset
  private volatile int output;

  /** How many bytes went out since it is encrypted. */
  private volatile long written;

  /** What puts plain text into an encrypted connection. Any thread. */
  public interface Encryption {
    /** Says what the conversation has to say, if that can be done right now. */
    void say();

    /** How many encrypted bytes were made, which have gone when as many were written. */
    long produced();

    /** The connection is closed. */
    void forget();
  }

  /** The beginning of a TLS connection: a record with a ClientHello (RFC 8446, 4.1.2, 5.1). */
  private static final class Hello {
    /** Where the client's random bytes are: behind the record's, and the message's header. */
    private static final int FROM = 11;

    final byte[] bytes = new byte[FROM + JclusterHellos.SIZE];
    int count;
  }

  JclusterConnection(FileDescriptor fd) {
    this.fd = fd;
    if (!JclusterAgent.inspect) {
      opaque = true;
      conversation.giveUp();
    }
    if (JclusterDrain.draining) {
      conversation.end();
    }
  }

  /** One of the states of {@link JclusterConversation}. */
  int state() {
    Encryption by = encryption;
    int state = conversation.state();
    if (by != null && by.produced() != written && state != JclusterConversation.UNKNOWN) {
      return JclusterConversation.BUSY;
    }
    return state;
  }

  /** Whether that thread is the one that would have to answer. */
  boolean isOf(Thread thread) {
    return reader == thread;
  }

  /** Takes the right to write, which is given back by {@link #endOutput}. */
  public void beginOutput() {
    while (!MEMORY.compareAndSetInt(this, OUTPUT, 0, 1)) {
      Thread.onSpinWait(); // The drain says a word.
    }
  }

  /** Takes the right to write if nobody has it. */
  public boolean tryOutput() {
    return MEMORY.compareAndSetInt(this, OUTPUT, 0, 1);
  }

  /** Gives the right to write back. */
  public void endOutput() {
    output = 0;
  }

  /** These were read. */
  void read(long address, long count) {
    operations++;
    reader = Thread.currentThread();
    if (opaque || count <= 0) {
      return;
    }
    long plain = hello == null ? conversation.received(null, address, count) : 0;
    if (plain < count) {
      greeted(address + plain, count - plain);
    }
  }

  /** The beginning of a TLS connection, which may come in pieces. */
  private void greeted(long address, long count) {
    if (hello == null) {
      hello = new Hello();
    }
    for (int i = 0; i < count && hello.count < hello.bytes.length; i++) {
      hello.bytes[hello.count++] = MEMORY.getByte(address + i);
    }
    if (hello.count == hello.bytes.length) {
      byte[] bytes = hello.bytes;
      hello = null;
      opaque = true;
      // Until a TLS of the JDK is found to be its, it is not known what is said.
      conversation.giveUp();
      if (JclusterHellos.isHello(bytes)) {
        JclusterHellos.expect(bytes, Hello.FROM, this);
      }
    }
  }

  /**
   * A TLS of the JDK's is found to be this connection's, before it has sent anything.
   *
   * @return the conversation that it is to tell of
   */
  public JclusterConversation encrypted(Encryption by) {
    written = 0;
    encryption = by;
    conversation.begin();
    return conversation;
  }

  /** How many bytes went out since it is encrypted. */
  public long written() {
    return written;
  }

  /** Whether what passes is not looked at here; what encrypts it holds the right to write. */
  boolean isOpaque() {
    return opaque;
  }

  /** These bytes are about to be written, in so many pieces (struct iovec, readv(2)). */
  void writing(long vectors, int count) {
    operations++;
    long skip = conversation.ahead();
    for (int i = 0; i < count; i++) {
      long address = MEMORY.getLong(vectors + 16L * i);
      long size = MEMORY.getLong(vectors + 16L * i + 8);
      long skipped = Math.min(skip, size);
      skip -= skipped;
      conversation.sending(null, address + skipped, size - skipped);
    }
  }

  /** Like {@link #writing(long, int)}, of one piece. */
  void writingOne(long address, long count) {
    operations++;
    long skipped = Math.min(conversation.ahead(), count);
    conversation.sending(null, address + skipped, count - skipped);
  }

  /** How far into the bytes at hand something is to be put in; negative if nothing is. */
  long insertAt() {
    return conversation.insertAt();
  }

  /**
   * So many were written; negative counts mean none.
   *
   * @param presented how many bytes the application wanted to write
   * @return how many of the application's, or {@code count} if none were
   */
  long written(long count, long presented) {
    if (count <= 0) {
      return count;
    }
    if (opaque) {
      operations++;
      MEMORY.getAndAddLong(this, WRITTEN, count);
      return count;
    }
    return conversation.sent(count, presented);
  }

  /** So many went out that nobody has looked at (sendfile(2)). */
  void sentUnseen(long count) {
    operations++;
    if (opaque) {
      MEMORY.getAndAddLong(this, WRITTEN, count);
    } else {
      conversation.sentUnseen(count);
    }
  }

  /** Says what the conversation has to say, if that can be done right now. */
  void say() {
    Encryption by = encryption;
    if (by != null) {
      by.say();
    } else if (!opaque && tryOutput()) {
      try {
        byte[] words = conversation.now();
        if (words != null && send(words)) {
          conversation.said();
        }
      } finally {
        endOutput();
      }
    }
  }

  /**
   * Writes a few bytes of ours past the application.
   *
   * @return whether they went, which they do all or not at all unless the connection is broken
   */
  public boolean send(byte[] bytes) {
    long memory = MEMORY.allocateMemory(bytes.length);
    try {
      MEMORY.copyMemory(bytes, JclusterMemory.BYTES, null, memory, bytes.length);
      return send(memory, bytes.length);
    } finally {
      MEMORY.freeMemory(memory);
    }
  }

  /** Whether a few bytes can be written without waiting: then a third of the buffer is free. */
  public synchronized boolean canSend() {
    try {
      return !closed && Net.poll(fd, Net.POLLOUT, 0) != 0;
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized boolean send(long memory, int length) {
    try {
      if (!canSend()) {
        return false;
      }
      int n = JclusterSocketDispatcher.INSTANCE.writeRaw(fd, memory, length);
      MEMORY.getAndAddLong(this, WRITTEN, Math.max(n, 0));
      if (n > 0 && n < length) {
        Net.shutdown(fd, Net.SHUT_RDWR); // Half a word cannot be taken back.
      }
      return n == length;
    } catch (IOException e) {
      return false; // The application finds that out, too.
    }
  }

  void close() {
    synchronized (this) {
      closed = true;
    }
    JclusterHellos.forget(this);
    Encryption by = encryption;
    if (by != null) {
      by.forget();
    }
  }

  /** Whether something has come that was not read yet. */
  boolean isMoreThere() {
    try {
      return !closed && Net.available(fd) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Lets nothing more be read, unless something has come that nobody has read yet, which may be a
   * request that waits for a thread; or unless it is closed: its number may be another's by then.
   */
  synchronized void release() {
    try {
      released = closed || Net.available(fd) == 0;
      releasedAt = System.nanoTime();
      if (released && !closed) {
        Net.shutdown(fd, SHUT_RD);
      }
    } catch (IOException e) {
      released = true; // ENOTCONN: gone already.
    }
  }
}
