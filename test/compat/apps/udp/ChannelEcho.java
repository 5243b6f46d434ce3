import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** Sends each datagram back, and its process id to who asks, with a DatagramChannel that blocks. */
public class ChannelEcho {
  public static void main(String[] args) throws IOException {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    try (DatagramChannel channel = DatagramChannel.open().bind(new InetSocketAddress(port))) {
      System.out.println("listening on port " + port);
      ByteBuffer buffer = ByteBuffer.allocate(2048);
      while (true) {
        SocketAddress sender = channel.receive(buffer.clear());
        channel.send(answer(buffer.flip()), sender);
      }
    }
  }

  private static ByteBuffer answer(ByteBuffer request) {
    boolean asked = UTF_8.decode(request.duplicate()).toString().equals("pid");
    return asked ? UTF_8.encode(Long.toString(ProcessHandle.current().pid())) : request;
  }
}
