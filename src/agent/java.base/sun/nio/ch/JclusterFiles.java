package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Called by the JDK to have the kernel send a file (sendfile(2)). Does what the JDK's method does,
 * and reports it to the connection. For any thread.
 */
final class JclusterFiles {
  private JclusterFiles() {}

  /** The JDK's method, looked up when it is first needed: where it is depends on the release. */
  private static final class Native {
    static final MethodHandle TRANSFER = find();

    private static MethodHandle find() {
      Class<?> fd = FileDescriptor.class;
      try {
        return Runtime.version().feature() < 20
            ? MethodHandles.privateLookupIn(FileChannelImpl.class, MethodHandles.lookup())
                .findVirtual(
                    FileChannelImpl.class,
                    "transferTo0",
                    MethodType.methodType(long.class, fd, long.class, long.class, fd))
            : MethodHandles.lookup()
                .findStatic(
                    FileDispatcherImpl.class,
                    "transferTo0",
                    MethodType.methodType(
                        long.class, fd, long.class, long.class, fd, boolean.class));
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.toString(), e);
      }
    }
  }

  static long transferTo0(
      FileChannelImpl channel, FileDescriptor from, long position, long count, FileDescriptor to)
      throws IOException {
    JclusterConnection connection = begin(to);
    try {
      return end(
          connection, (long) Native.TRANSFER.invokeExact(channel, from, position, count, to));
    } catch (Throwable e) {
      throw JclusterDatagrams.thrown(e);
    } finally {
      leave(connection);
    }
  }

  static long transferTo0(
      FileDescriptor from, long position, long count, FileDescriptor to, boolean append)
      throws IOException {
    JclusterConnection connection = begin(to);
    try {
      return end(connection, (long) Native.TRANSFER.invokeExact(from, position, count, to, append));
    } catch (Throwable e) {
      throw JclusterDatagrams.thrown(e);
    } finally {
      leave(connection);
    }
  }

  private static JclusterConnection begin(FileDescriptor to) {
    JclusterConnection connection = JclusterConnections.of(to);
    if (connection != null) {
      connection.beginOutput();
    }
    return connection;
  }

  private static long end(JclusterConnection connection, long sent) {
    if (connection != null && sent > 0) {
      connection.sentUnseen(sent);
    }
    return sent;
  }

  private static void leave(JclusterConnection connection) {
    if (connection != null) {
      connection.endOutput();
    }
  }
}
