import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * HTTP over a Unix domain socket, a thread for each connection. With the second word "fresh" it
 * first removes what another process may have left there.
 */
public class Main {
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) throws IOException {
    ExecutorService threads = Executors.newCachedThreadPool();
    if (List.of(args).contains("fresh")) {
      Files.deleteIfExists(Path.of(args[0]));
    }
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(args[0]));
    System.out.println("listening on " + args[0]);
    while (true) {
      SocketChannel connection = server.accept();
      threads.execute(() -> serve(connection));
    }
  }

  private static void serve(SocketChannel connection) {
    try (connection) {
      var in = new BufferedReader(Channels.newReader(connection, StandardCharsets.ISO_8859_1));
      while (in.readLine() != null) {
        for (String header = in.readLine(); header != null && !header.isEmpty(); ) {
          header = in.readLine();
        }
        String head = "HTTP/1.1 200 OK\r\nX-Worker: " + PID + "\r\nContent-Length: 6\r\n\r\n";
        connection.write(StandardCharsets.ISO_8859_1.encode(head + "hello\n"));
      }
    } catch (IOException e) {
      System.out.println("a client went away: " + e.getMessage());
    }
  }
}
