package jcluster.agent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Sets the size of its receive buffer before it binds, and says whether that holds afterwards. */
final class OptionServer {
  private static final int SIZE = 50_000;

  private OptionServer() {}

  /** The port; and {@code socket} for a ServerSocket. */
  public static void main(String[] arguments) throws IOException {
    var address = new InetSocketAddress(Integer.parseInt(arguments[0]));
    if (arguments.length > 1) {
      try (ServerSocket server = new ServerSocket();
          ServerSocket free = new ServerSocket()) {
        server.setReceiveBufferSize(SIZE);
        free.setReceiveBufferSize(SIZE);
        server.bind(address);
        boolean holds = server.getReceiveBufferSize() == free.getReceiveBufferSize();
        while (true) {
          try (var client = server.accept()) {
            client.getInputStream().read(new byte[1000]);
            client.getOutputStream().write(text(holds).array());
          }
        }
      }
    }
    try (var server = ServerSocketChannel.open();
        var free = ServerSocketChannel.open()) {
      server.setOption(StandardSocketOptions.SO_RCVBUF, SIZE);
      free.setOption(StandardSocketOptions.SO_RCVBUF, SIZE);
      server.bind(address);
      boolean holds =
          server
              .getOption(StandardSocketOptions.SO_RCVBUF)
              .equals(free.getOption(StandardSocketOptions.SO_RCVBUF));
      while (true) {
        try (SocketChannel client = server.accept()) {
          client.read(ByteBuffer.allocate(1000));
          client.write(text(holds));
        }
      }
    }
  }

  private static ByteBuffer text(boolean holds) {
    String answer = "HTTP/1.1 200 OK\r\n\r\n" + (holds ? "it holds" : "it does not hold");
    return ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII));
  }
}
