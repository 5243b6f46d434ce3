package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import jdk.internal.misc.Unsafe;

/**
 * Reads, writes and closes stream sockets as the JDK does, and notes it for connections that were
 * accepted from an inherited socket.
 */
public final class JclusterSocketDispatcher extends SocketDispatcher {
  static final JclusterSocketDispatcher INSTANCE = new JclusterSocketDispatcher();

  /** The size of a struct iovec, and how many of them writev(2) takes. */
  private static final int IOVEC = 16;

  private static final int IOV_MAX = 1024;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  @Override
  public int read(FileDescriptor fd, long address, int length) throws IOException {
    int n = super.read(fd, address, length);
    JclusterConnection connection = JclusterConnections.of(fd);
    if (connection != null) {
      connection.read(address, n);
    }
    return n;
  }

  @Override
  public long readv(FileDescriptor fd, long vectors, int count) throws IOException {
    long n = super.readv(fd, vectors, count);
    JclusterConnection connection = JclusterConnections.of(fd);
    if (connection != null) {
      long left = n;
      for (int i = 0; left > 0; i++) {
        long size = Math.min(left, MEMORY.getLong(vectors + (long) IOVEC * i + 8));
        connection.read(MEMORY.getLong(vectors + (long) IOVEC * i), size);
        left -= size;
      }
    }
    return n;
  }

  @Override
  public int write(FileDescriptor fd, long address, int length) throws IOException {
    JclusterConnection connection = JclusterConnections.of(fd);
    if (connection == null) {
      return super.write(fd, address, length);
    }
    if (connection.isOpaque()) {
      return (int) connection.written(super.write(fd, address, length), length);
    }
    connection.beginOutput();
    try {
      connection.writingOne(address, length);
      long at = connection.insertAt();
      if (at < 0 || at >= length) {
        return (int) connection.written(super.write(fd, address, length), length);
      }
      long vector = MEMORY.allocateMemory(IOVEC);
      try {
        putVector(vector, 0, address, length);
        return (int) writeWithInsert(connection, fd, vector, 1, at);
      } finally {
        MEMORY.freeMemory(vector);
      }
    } finally {
      connection.endOutput();
    }
  }

  @Override
  public long writev(FileDescriptor fd, long vectors, int count) throws IOException {
    JclusterConnection connection = JclusterConnections.of(fd);
    if (connection == null) {
      return super.writev(fd, vectors, count);
    }
    if (connection.isOpaque()) {
      return connection.written(super.writev(fd, vectors, count), size(vectors, count));
    }
    connection.beginOutput();
    try {
      connection.writing(vectors, count);
      long at = connection.insertAt();
      long size = size(vectors, count);
      return at < 0 || at >= size
          ? connection.written(super.writev(fd, vectors, count), size)
          : writeWithInsert(connection, fd, vectors, count, at);
    } finally {
      connection.endOutput();
    }
  }

  @Override
  public void close(FileDescriptor fd) throws IOException {
    JclusterConnections.closing(fd);
    JclusterAdoption.closing(fd);
    super.close(fd);
  }

  /** Writes bytes of our own, which the conversation does not see. */
  int writeRaw(FileDescriptor fd, long address, int length) throws IOException {
    return super.write(fd, address, length);
  }

  /**
   * Writes the pieces together with what the conversation has to insert.
   *
   * @param at how far into their bytes to insert it
   * @return how many of their bytes were written, or why none were
   */
  private long writeWithInsert(
      JclusterConnection connection, FileDescriptor fd, long vectors, int count, long at)
      throws IOException {
    JclusterConversation conversation = connection.conversation;
    byte[] insert = conversation.insert();
    int done = conversation.insertDone();
    int length = insert.length - done;
    long all = MEMORY.allocateMemory((long) IOVEC * (count + 2) + length);
    try {
      long word = all + (long) IOVEC * (count + 2);
      MEMORY.copyMemory(insert, JclusterMemory.BYTES + (long) done, null, word, length);
      int pieces = split(all, vectors, count, at, conversation.insertSkip(), word, length);
      long presented = size(vectors, count);
      if (size(all, pieces) == 0) {
        return conversation.sent(0, presented); // All of it is left out.
      }
      long n = super.writev(fd, all, Math.min(pieces, IOV_MAX));
      if (pieces > IOV_MAX && n == size(all, IOV_MAX)) {
        // A blocking channel has to write all.
        long rest = super.writev(fd, all + (long) IOVEC * IOV_MAX, pieces - IOV_MAX);
        n += Math.max(rest, 0);
      }
      long theirs = connection.written(n, presented);
      // None of the application's bytes were written if the socket was full within ours.
      return n > 0 && theirs == 0 ? IOStatus.UNAVAILABLE : theirs;
    } finally {
      MEMORY.freeMemory(all);
    }
  }

  /**
   * Lays out the pieces with {@code word} inserted and {@code skip} bytes left out; returns how
   * many there are.
   */
  public static int split(
      long all, long vectors, int count, long at, int skip, long word, int length) {
    int pieces = 0;
    long before = at;
    long left = skip;
    boolean put = false;
    for (int i = 0; i < count; i++) {
      long address = MEMORY.getLong(vectors + (long) IOVEC * i);
      long size = MEMORY.getLong(vectors + (long) IOVEC * i + 8);
      long head = Math.min(before, size);
      if (head > 0) {
        putVector(all, pieces++, address, head);
        before -= head;
        address += head;
        size -= head;
      }
      if (before == 0 && !put && (size > 0 || i == count - 1)) {
        putVector(all, pieces++, word, length);
        put = true;
      }
      long skipped = put ? Math.min(left, size) : 0;
      left -= skipped;
      if (size > skipped) {
        putVector(all, pieces++, address + skipped, size - skipped);
      }
    }
    return pieces;
  }

  private static void putVector(long vectors, int index, long address, long size) {
    MEMORY.putLong(vectors + (long) IOVEC * index, address);
    MEMORY.putLong(vectors + (long) IOVEC * index + 8, size);
  }

  private static long size(long vectors, int count) {
    long size = 0;
    for (int i = 0; i < count; i++) {
      size += MEMORY.getLong(vectors + (long) IOVEC * i + 8);
    }
    return size;
  }
}
