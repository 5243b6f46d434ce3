package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import jdk.internal.misc.Unsafe;

/**
 * A connection that the application accepted from an inherited socket. One thread at a time reports
 * reads, and one at a time reports writes. The drain looks on without a lock, and looks more than
 * once.
 */
public final class JclusterConnection {
  private static final int SHUT_RD = 0;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();
  private static final long OUTPUT = MEMORY.objectFieldOffset(JclusterConnection.class, "output");

  private static final long WRITTEN = MEMORY.objectFieldOffset(JclusterConnection.class, "written");

  /**
   * A connection that the application closes unused is no idle one if it was open for less than
   * this, in ns.
   */
  private static final long YOUNG = 1_000_000_000;

  final FileDescriptor fd;

  private final long openedAt = System.nanoTime();

  /** What passes on it, as plain text. */
  public final JclusterConversation conversation = new JclusterConversation();

  /** The TLS that encrypts it; null if there is none, or none that can be inspected. */
  private volatile Encryption encryption;

  /** Whether the bytes that pass here are not the conversation's plain text. */
  private boolean opaque;

  /** The beginning of a TLS connection, until the client's random bytes have arrived. */
  private Hello hello;

  /** Counts reads and writes: while it does not change, the connection is quiet. */
  int operations;

  // What the drain knows of the connection

  /** The operations that the drain has seen, and when it saw the last new one. */
  int seen = -1;

  long quietSince;

  /** Whether only a part of a request had arrived at the drain's last look. */
  boolean partial;

  /**
   * When the client of an HTTP/2 connection or a WebSocket was told that the end is near; 0 if it
   * was not.
   */
  long toldAt;

  /** Whether it was shut down for reading, so that the application closes it, and when. */
  boolean released;

  long releasedAt;

  /** The thread that last read, which in most servers also works on the answer. */
  private Thread reader;

  private boolean closed;

  /** 1 while a thread writes. */
  @SuppressWarnings("unused") // by its offset
  private volatile int output;

  /** How many bytes were written since encryption began. */
  private volatile long written;

  /** The TLS of a connection, which can send plain text of ours. For any thread. */
  public interface Encryption {
    /** Sends the message that the conversation has due, if that can be done right now. */
    void say();

    /** How many encrypted bytes were produced; all of them have gone when as many were written. */
    long produced();

    /** Forgets the connection, which is closed. */
    void forget();
  }

  /** The beginning of a TLS connection: a record with a ClientHello (RFC 8446, 4.1.2, 5.1). */
  private static final class Hello {
    /**
     * Where the client's random bytes are: behind the headers of the record and the message, and
     * the version.
     */
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

  /** Whether the application has begun to answer a first request. */
  boolean isAnswered() {
    boolean unknown = opaque && encryption == null;
    return unknown ? written > 0 : conversation.isAnswered();
  }

  /** Whether this is the thread that would have to answer. */
  boolean isOf(Thread thread) {
    return reader == thread;
  }

  /** Takes the lock for writing, which {@link #endOutput} releases. */
  public void beginOutput() {
    while (!MEMORY.compareAndSetInt(this, OUTPUT, 0, 1)) {
      Thread.onSpinWait(); // The drain writes a message of ours.
    }
  }

  /** Takes the lock for writing if it is free. */
  public boolean tryOutput() {
    return MEMORY.compareAndSetInt(this, OUTPUT, 0, 1);
  }

  /** Releases the lock for writing. */
  public void endOutput() {
    MEMORY.putIntRelease(this, OUTPUT, 0);
  }

  /** Notes bytes that were read. */
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

  /** Gathers the beginning of a TLS connection, which may arrive in pieces. */
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
      // Until the JDK's TLS object for this connection is found, its plain text is unknown.
      conversation.giveUp();
      if (JclusterHellos.isHello(bytes)) {
        JclusterHellos.expect(bytes, Hello.FROM, this);
      }
    }
  }

  /**
   * Notes that the JDK's TLS object for this connection was found, before it has sent anything.
   *
   * @return the conversation to which it reports the plain text
   */
  public JclusterConversation encrypted(Encryption by) {
    written = 0;
    encryption = by;
    conversation.begin();
    return conversation;
  }

  /** How many bytes were written since encryption began. */
  public long written() {
    return written;
  }

  /** Whether the bytes that pass are not inspected here; the encryption does the locking then. */
  boolean isOpaque() {
    return opaque;
  }

  /** Notes bytes that are about to be written, in {@code count} pieces (struct iovec, readv(2)). */
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

  /** Like {@link #writing(long, int)}, for one piece. */
  void writingOne(long address, long count) {
    operations++;
    long skipped = Math.min(conversation.ahead(), count);
    conversation.sending(null, address + skipped, count - skipped);
  }

  /** How far into the bytes at hand something is to be inserted; negative if nothing is. */
  long insertAt() {
    return conversation.insertAt();
  }

  /**
   * Notes how many bytes were written; a negative count means none.
   *
   * @param presented how many bytes the application wanted to write
   * @return how many of the application's bytes were written, or {@code count} if none were
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

  /** Notes bytes that were sent without being inspected (sendfile(2)). */
  void sentUnseen(long count) {
    operations++;
    if (opaque) {
      MEMORY.getAndAddLong(this, WRITTEN, count);
    } else {
      conversation.sentUnseen(count);
    }
  }

  /** Sends the message that the conversation has due, if that can be done right now. */
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
   * Writes a few bytes of our own, which the application does not know of.
   *
   * @return whether they were written: all or none of them, unless the connection is broken
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

  /** Whether a few bytes can be written without waiting: if so, a third of the buffer is free. */
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
        Net.shutdown(fd, Net.SHUT_RDWR); // Part of a message cannot be taken back.
      }
      return n == length;
    } catch (IOException e) {
      return false; // The application will meet the error, too.
    }
  }

  void close() {
    if (isLeftWaiting()) {
      JclusterAnswers.unanswered();
    }
    synchronized (this) {
      closed = true;
    }
    JclusterHellos.forget(this);
    Encryption by = encryption;
    if (by != null) {
      by.forget();
    }
  }

  /** Whether the application closes it while its client waits for an answer. */
  private boolean isLeftWaiting() {
    if (JclusterDrain.draining) {
      return false;
    }
    boolean unused =
        !opaque
            && conversation.state() == JclusterConversation.FRESH
            && System.nanoTime() - openedAt < YOUNG;
    try {
      return (unused || conversation.isWaitedFor())
          && (Net.poll(fd, Net.POLLIN, 0) == 0 || Net.available(fd) > 0);
    } catch (IOException e) {
      return false; // The client is gone.
    }
  }

  /** Whether bytes have arrived that were not read yet. */
  boolean isMoreThere() {
    try {
      return !closed && Net.available(fd) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Shuts the connection down for reading. Not if unread bytes have arrived: they may be a request
   * that waits for a thread. Not if it is closed: its descriptor number may be another's by now.
   */
  synchronized void release() {
    try {
      released = closed || Net.available(fd) == 0;
      releasedAt = System.nanoTime();
      if (released && !closed) {
        Net.shutdown(fd, SHUT_RD);
      }
    } catch (IOException e) {
      released = true; // ENOTCONN: the client is gone already.
    }
  }
}
