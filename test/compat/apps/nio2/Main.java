import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;

/** Asynchronous channels. */
public class Main {
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open();
    server.bind(new InetSocketAddress(port));
    System.out.println("listening on port " + port);
    server.accept(
        null,
        new CompletionHandler<AsynchronousSocketChannel, Void>() {
          @Override
          public void completed(AsynchronousSocketChannel connection, Void none) {
            server.accept(null, this);
            new Connection(connection).read();
          }

          @Override
          public void failed(Throwable e, Void none) {
            e.printStackTrace();
          }
        });
    Thread.currentThread().join();
  }

  /** A request, its answer, and so on. */
  private static class Connection implements CompletionHandler<Integer, ByteBuffer> {
    private final AsynchronousSocketChannel channel;
    private final StringBuilder head = new StringBuilder();

    Connection(AsynchronousSocketChannel channel) {
      this.channel = channel;
    }

    void read() {
      ByteBuffer buffer = ByteBuffer.allocate(8192);
      channel.read(buffer, buffer, this);
    }

    @Override
    public void completed(Integer count, ByteBuffer buffer) {
      if (count < 0) {
        close();
        return;
      }
      head.append(ISO_8859_1.decode(buffer.flip()));
      if (head.indexOf("\r\n\r\n") < 0) {
        read();
        return;
      }
      head.setLength(0);
      String answer =
          "HTTP/1.1 200 OK\r\nX-Worker: " + PID + "\r\nContent-Length: 6\r\n\r\nhello\n";
      write(ISO_8859_1.encode(answer));
    }

    private void write(ByteBuffer answer) {
      channel.write(
          answer,
          null,
          new CompletionHandler<Integer, Void>() {
            @Override
            public void completed(Integer count, Void none) {
              if (answer.hasRemaining()) {
                write(answer);
              } else {
                read();
              }
            }

            @Override
            public void failed(Throwable e, Void none) {
              close();
            }
          });
    }

    @Override
    public void failed(Throwable e, ByteBuffer buffer) {
      close();
    }

    private void close() {
      try {
        channel.close();
      } catch (IOException e) {
        System.out.println("close: " + e.getMessage());
      }
    }
  }
}
