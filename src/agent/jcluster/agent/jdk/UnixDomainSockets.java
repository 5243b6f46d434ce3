package jcluster.agent.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** Stands for {@code sun.nio.ch.UnixDomainSockets}, which takes its place. */
public final class UnixDomainSockets {
  private UnixDomainSockets() {}

  public static void bind(FileDescriptor fd, Path path) throws IOException {
    throw new UnsupportedOperationException();
  }

  public static int accept(FileDescriptor fd, FileDescriptor accepted, String[] peer)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  public static UnixDomainSocketAddress localAddress(FileDescriptor fd) throws IOException {
    throw new UnsupportedOperationException();
  }
}
