package jcluster.agent.inside;

import java.io.FileDescriptor;
import java.io.IOException;
import jcluster.agent.jdk.DatagramDispatcher;

/** Closes datagram sockets as the JDK does, and takes note of it. */
final class PacketDispatcher extends DatagramDispatcher {
  @Override
  public void close(FileDescriptor fd) throws IOException {
    Packets.closing(fd);
    super.close(fd);
  }
}
