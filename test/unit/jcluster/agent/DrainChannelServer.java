package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Answers each request with the bytes of its own body, in a number of writes that its path tells,
 * and keeps the connection.
 */
final class DrainChannelServer {
  private final int gate;
  private final SocketChannel client;
  private final InputStream in;

  private DrainChannelServer(int gate, SocketChannel client) {
    this.gate = gate;
    this.client = client;
    this.in = Channels.newInputStream(client);
  }

  /** The port and the gate's port. */
  public static void main(String[] arguments) throws IOException {
    int gate = Integer.parseInt(arguments[1]);
    ExecutorService threads = Executors.newCachedThreadPool();
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(Integer.parseInt(arguments[0])));
      while (true) {
        SocketChannel client = server.accept();
        threads.execute(() -> new DrainChannelServer(gate, client).serve());
      }
    }
  }

  private void serve() {
    try (client) {
      for (String head = head(); !head.isEmpty(); head = head()) {
        String path = head.split(" ", 3)[1];
        byte[] answer =
            in.readNBytes(Integer.parseInt(head.replaceAll("(?s).*Length: |\\R.*", "")));
        if (!path.startsWith("/quick")) {
          try (InputStream steps = DrainGate.knock(gate, path)) {
            steps.read();
          }
        }
        write(path, ByteBuffer.wrap(answer));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String head() throws IOException {
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        return "";
      }
      head.append((char) b);
    }
    return head.toString();
  }

  private void write(String path, ByteBuffer answer) throws IOException {
    int head = ISO_8859_1.decode(answer.duplicate()).toString().indexOf("\r\n\r\n") + 4;
    ByteBuffer first = answer.duplicate().limit(head);
    ByteBuffer rest = answer.duplicate().position(head);
    if (path.startsWith("/gathering")) {
      while (rest.hasRemaining() || first.hasRemaining()) {
        client.write(new ByteBuffer[] {first, rest});
      }
    } else if (path.startsWith("/separate")) {
      writeAll(first);
      writeAll(rest);
    } else if (path.startsWith("/nonblocking")) {
      client.configureBlocking(false);
      while (answer.hasRemaining()) {
        if (client.write(answer) == 0) {
          LockSupport.parkNanos(1_000_000);
        }
      }
      client.configureBlocking(true);
    } else if (path.startsWith("/bytes")) {
      while (answer.hasRemaining()) {
        writeAll(ByteBuffer.wrap(new byte[] {answer.get()}));
      }
    } else {
      writeAll(answer);
    }
  }

  private void writeAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }
}
