package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;

/** Closes datagram sockets as the JDK does, and notes it. */
final class JclusterDatagramDispatcher extends DatagramDispatcher {
  @Override
  public void close(FileDescriptor fd) throws IOException {
    JclusterDatagrams.closing(fd);
    super.close(fd);
  }
}
