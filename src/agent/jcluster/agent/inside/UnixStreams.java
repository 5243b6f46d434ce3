package jcluster.agent.inside;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import jcluster.agent.jdk.UnixDomainSockets;

/** The same as {@link Streams} for {@code UnixDomainSockets}. For any thread. */
final class UnixStreams {
  private UnixStreams() {}

  public static void bind(FileDescriptor fd, Path path) throws IOException {
    String absolute = path.toAbsolutePath().normalize().toString();
    int index = Matching.unix(Adoption.sockets, absolute);
    if (!Adoption.adopt(index, fd)) {
      UnixDomainSockets.bind(fd, path);
      Streams.unix = fd;
      Reports.bound(absolute);
    } else if (!Files.exists(path)) {
      Reports.tell(
          "WARNING",
          "the application removed " + absolute + " before it bound it: no client finds it now");
    }
  }

  public static int accept(FileDescriptor fd, FileDescriptor accepted, String[] peer)
      throws IOException {
    if (Adoption.socket(fd) == null) {
      return UnixDomainSockets.accept(fd, accepted, peer);
    }
    if (Streams.refuses()) {
      return Streams.UNAVAILABLE;
    }
    try {
      return Streams.enter()
          ? Streams.accepted(UnixDomainSockets.accept(fd, accepted, peer), accepted)
          : Streams.UNAVAILABLE;
    } finally {
      Streams.leave();
    }
  }

  public static UnixDomainSocketAddress localAddress(FileDescriptor fd) throws IOException {
    Adoption.inherited(fd);
    return UnixDomainSockets.localAddress(fd);
  }
}
