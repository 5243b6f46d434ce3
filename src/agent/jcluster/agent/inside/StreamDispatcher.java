package jcluster.agent.inside;

import java.io.FileDescriptor;
import java.io.IOException;
import jcluster.agent.jdk.Net;
import jcluster.agent.jdk.SocketDispatcher;
import jcluster.agent.jdk.Unsafe;

/**
 * Reads, writes and closes stream sockets as the JDK does, and takes note of it for those that were
 * accepted from an inherited one.
 */
final class StreamDispatcher extends SocketDispatcher {
  private static final int POLLOUT = 4;
  private static final int POLL_MILLIS = 1000;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();
  private static final byte[] CLOSE = {
    'C', 'o', 'n', 'n', 'e', 'c', 't', 'i', 'o', 'n', ':', ' ', 'c', 'l', 'o', 's', 'e', '\r', '\n'
  };
  private static final byte[] HTTP_1_1 = {'H', 'T', 'T', 'P', '/', '1', '.', '1', ' '};
  private static final byte[] CONNECTION = {'c', 'o', 'n', 'n', 'e', 'c', 't', 'i', 'o', 'n', ':'};

  @Override
  public int read(FileDescriptor fd, long address, int length) throws IOException {
    int n = super.read(fd, address, length);
    Connection connection = Connections.of(fd);
    if (connection != null) {
      connection.read(address, Math.max(n, 0));
    }
    return n;
  }

  @Override
  public long readv(FileDescriptor fd, long vectors, int count) throws IOException {
    long n = super.readv(fd, vectors, count);
    Connection connection = Connections.of(fd);
    if (connection != null) {
      long left = n;
      for (int i = 0; left > 0; i++) {
        long size = Math.min(left, MEMORY.getLong(vectors + 16L * i + 8));
        connection.read(MEMORY.getLong(vectors + 16L * i), size);
        left -= size;
      }
    }
    return n;
  }

  @Override
  public int write(FileDescriptor fd, long address, int length) throws IOException {
    Connection connection = Connections.of(fd);
    if (connection == null) {
      return super.write(fd, address, length);
    }
    if (Drain.draining && connection.beginsAnswer()) {
      return writeLast(connection, fd, address, length);
    }
    connection.writing(address, length);
    int n = super.write(fd, address, length);
    connection.written(n);
    return n;
  }

  @Override
  public long writev(FileDescriptor fd, long vectors, int count) throws IOException {
    Connection connection = Connections.of(fd);
    if (connection == null) {
      return super.writev(fd, vectors, count);
    }
    if (Drain.draining && connection.beginsAnswer()) {
      // The head is in the first; to write less than everything is allowed.
      long length = MEMORY.getLong(vectors + 8);
      if (length > 0 && length <= Integer.MAX_VALUE) {
        return writeLast(connection, fd, MEMORY.getLong(vectors), (int) length);
      }
    }
    connection.writingVector(vectors, count);
    long n = super.writev(fd, vectors, count);
    connection.written(n);
    return n;
  }

  @Override
  public void close(FileDescriptor fd) throws IOException {
    Connections.closing(fd);
    Adoption.closing(fd);
    super.close(fd);
  }

  /**
   * Writes the beginning of an answer that is to be the last on its connection, and says so to the
   * client if the application does not (RFC 9112, 9.6): {@code Connection: close} goes to the end
   * of the head, in place of a {@code Connection: keep-alive}.
   */
  private int writeLast(Connection connection, FileDescriptor fd, long address, int length)
      throws IOException {
    int head = 0;
    int dropFrom = 0;
    int dropTo = 0;
    if (begins(address, length, HTTP_1_1) && MEMORY.getByte(address + HTTP_1_1.length) != '1') {
      for (int line = 0, i = 0; i < length; i++) {
        if (MEMORY.getByte(address + i) != '\n') {
          continue;
        }
        int size = i + 1 - line;
        if (size <= 2) {
          head = line;
          break;
        }
        if (begins(address + line, size, CONNECTION)) {
          if (dropTo > 0 || !keepsAlive(address + line, size)) {
            break;
          }
          dropFrom = line;
          dropTo = i + 1;
        }
        line = i + 1;
      }
    }
    connection.writing(address, length);
    int n =
        head == 0
            ? super.write(fd, address, length)
            : writeWith(fd, address, length, head, dropFrom, dropTo);
    connection.written(n);
    return n;
  }

  /**
   * Writes bytes with the line put in at {@code head} and those from {@code dropFrom} to {@code
   * dropTo} left out.
   *
   * @return how many of the original bytes went
   */
  private int writeWith(
      FileDescriptor fd, long address, int length, int head, int dropFrom, int dropTo)
      throws IOException {
    int dropped = dropTo - dropFrom;
    int added = CLOSE.length - dropped;
    long copy = MEMORY.allocateMemory((long) length + CLOSE.length);
    try {
      MEMORY.copyMemory(address, copy, dropFrom);
      MEMORY.copyMemory(address + dropTo, copy + dropFrom, head - dropTo);
      for (int i = 0; i < CLOSE.length; i++) {
        MEMORY.putByte(copy + head - dropped + i, CLOSE[i]);
      }
      MEMORY.copyMemory(address + head, copy + head + added, length - head);
      int n = super.write(fd, copy, length + added);
      if (n <= 0) {
        return n;
      }
      // In the middle of what was put in there is nothing to report: go on to its end.
      while (n < head + added) {
        Net.poll(fd, POLLOUT, POLL_MILLIS);
        n += Math.max(0, super.write(fd, copy + n, head + added - n));
      }
      return n - added;
    } finally {
      MEMORY.freeMemory(copy);
    }
  }

  private static boolean begins(long address, int length, byte[] with) {
    if (length <= with.length) {
      return false;
    }
    for (int i = 0; i < with.length; i++) {
      int b = MEMORY.getByte(address + i);
      // Folds the case of letters only where the pattern is in lower case.
      if (b != with[i] && !(with[i] >= 'a' && (b | 0x20) == with[i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether this Connection line says keep-alive and no more. */
  private static boolean keepsAlive(long line, int size) {
    int letters = 0;
    for (int i = CONNECTION.length; i < size; i++) {
      int b = MEMORY.getByte(line + i);
      if (b == ',') {
        return false;
      }
      if (b > ' ') {
        if (letters == 0 && (b | 0x20) != 'k') {
          return false;
        }
        letters++;
      }
    }
    return letters == "keep-alive".length();
  }
}
