package jcluster.agent.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketOption;

/** Stands for {@code sun.nio.ch.Net}, which takes its place when the agent is loaded. */
public final class Net {
  private Net() {}

  public static void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static void bind(ProtocolFamily family, FileDescriptor fd, InetAddress address, int port)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  public static void listen(FileDescriptor fd, int backlog) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static int accept(FileDescriptor fd, FileDescriptor accepted, InetSocketAddress[] peer)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  public static InetSocketAddress localAddress(FileDescriptor fd) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static Object getSocketOption(FileDescriptor fd, SocketOption<?> option)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  public static void shutdown(FileDescriptor fd, int how) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static int available(FileDescriptor fd) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static int poll(FileDescriptor fd, int events, long millis) throws IOException {
    throw new UnsupportedOperationException();
  }
}
