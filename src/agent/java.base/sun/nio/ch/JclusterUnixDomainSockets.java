package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** The same as {@link JclusterNet} for {@code UnixDomainSockets}. For any thread. */
final class JclusterUnixDomainSockets {
  private JclusterUnixDomainSockets() {}

  public static void bind(FileDescriptor fd, Path path) throws IOException {
    String absolute = path.toAbsolutePath().normalize().toString();
    int index = JclusterMatching.unix(JclusterAdoption.sockets, absolute);
    if (index >= 0 && !Files.exists(path)) {
      throw new BindException(
          absolute
              .concat(" was removed, so that no client would find its socket:")
              .concat(" restart the socket unit"));
    }
    if (!JclusterAdoption.adopt(index, fd)) {
      UnixDomainSockets.bind(fd, path);
      JclusterNet.unix = fd;
      JclusterReports.bound(absolute);
    }
  }

  public static int accept(FileDescriptor fd, FileDescriptor accepted, String[] peer)
      throws IOException {
    if (JclusterAdoption.socket(fd) == null) {
      return UnixDomainSockets.accept(fd, accepted, peer);
    }
    if (JclusterNet.refuses()) {
      return JclusterNet.UNAVAILABLE;
    }
    try {
      return JclusterNet.enter()
          ? JclusterNet.accepted(UnixDomainSockets.accept(fd, accepted, peer), accepted)
          : JclusterNet.UNAVAILABLE;
    } finally {
      JclusterNet.leave();
    }
  }

  public static UnixDomainSocketAddress localAddress(FileDescriptor fd) throws IOException {
    JclusterAdoption.inherited(fd);
    return UnixDomainSockets.localAddress(fd);
  }
}
