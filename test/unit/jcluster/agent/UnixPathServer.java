package jcluster.agent;

import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Deletes the path of its socket before it binds it, and at its end, as java.io.File does. */
final class UnixPathServer {
  private UnixPathServer() {}

  /** The path. */
  public static void main(String[] arguments) throws IOException {
    File path = new File(arguments[0]);
    path.delete();
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path.getPath()));
      path.deleteOnExit();
      while (true) {
        try (SocketChannel client = server.accept()) {
          client.write(ByteBuffer.wrap(new byte[] {'!'}));
        }
      }
    }
  }
}
