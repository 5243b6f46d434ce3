import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One selector, one thread. */
public class Main {
  private static final long PID = ProcessHandle.current().pid();
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: *(\\d+)");

  public static void main(String[] args) throws IOException {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    Selector selector = Selector.open();
    ServerSocketChannel server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(port));
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
    System.out.println("listening on port " + port);
    while (true) {
      selector.select();
      for (SelectionKey key : selector.selectedKeys()) {
        if (key.isAcceptable()) {
          SocketChannel connection = server.accept();
          if (connection != null) {
            connection.configureBlocking(false);
            connection.register(selector, SelectionKey.OP_READ, new Connection(connection));
          }
        } else {
          ((Connection) key.attachment()).read();
        }
      }
      selector.selectedKeys().clear();
    }
  }

  /** Requests that come one after the other; a body is counted and not kept. */
  private static class Connection {
    private final SocketChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(16384);
    private String request;
    private long length;
    private long left;

    Connection(SocketChannel channel) {
      this.channel = channel;
    }

    void read() throws IOException {
      try {
        if (channel.read(buffer) < 0) {
          channel.close();
          return;
        }
        buffer.flip();
        while (next()) {
          String text = request.startsWith("POST") ? length + "\n" : "hello\n";
          String head = "HTTP/1.1 200 OK\r\nX-Worker: " + PID + "\r\nContent-Length: ";
          channel.write(ISO_8859_1.encode(head + text.length() + "\r\n\r\n" + text));
          request = null;
        }
        buffer.compact();
      } catch (IOException e) {
        System.out.println("a client went away: " + e.getMessage());
        channel.close();
      }
    }

    /** Whether a request is complete. */
    private boolean next() {
      if (request == null) {
        String text = ISO_8859_1.decode(buffer.duplicate()).toString();
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
          return false;
        }
        request = text.substring(0, end);
        Matcher matcher = LENGTH.matcher(request);
        length = matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        left = length;
        buffer.position(buffer.position() + end + 4);
      }
      int taken = (int) Math.min(left, buffer.remaining());
      buffer.position(buffer.position() + taken);
      left -= taken;
      return left == 0;
    }
  }
}
