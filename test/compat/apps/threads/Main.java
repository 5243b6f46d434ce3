import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLServerSocket;

/** A ServerSocket, or one of TLS, and a thread for each connection. */
public class Main {
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) throws IOException, GeneralSecurityException {
    Options options = new Options(args);
    ServerSocketFactory factory =
        options.tls()
            ? options.context().getServerSocketFactory()
            : ServerSocketFactory.getDefault();
    ServerSocket server = factory.createServerSocket(options.port);
    if (options.mutual()) {
      ((SSLServerSocket) server).setNeedClientAuth(true);
    }
    serve(server, Executors.newCachedThreadPool());
  }

  static void serve(ServerSocket listener, Executor executor) throws IOException {
    try (ServerSocket server = listener) {
      System.out.println("listening on port " + server.getLocalPort());
      while (true) {
        Socket connection = server.accept();
        executor.execute(() -> serve(connection));
      }
    }
  }

  private static void serve(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(connection.getInputStream());
      OutputStream out = connection.getOutputStream();
      for (String request = line(in); request != null; request = line(in)) {
        int length = 0;
        for (String header = line(in); header != null && !header.isEmpty(); header = line(in)) {
          if (header.toLowerCase().startsWith("content-length:")) {
            length = Integer.parseInt(header.substring(15).trim());
          }
        }
        int read = in.readNBytes(length).length;
        String target = request.split(" ")[1];
        String query = target.replaceFirst("[^?]*[?]?", "");
        if (target.startsWith("/slow")) {
          stream(out, Options.number(query, "s", 3));
          continue;
        }
        if (target.startsWith("/wait")) {
          LockSupport.parkNanos(1_000_000 * Options.number(query, "ms", 1000));
        }
        String text = request.startsWith("POST") ? read + "\n" : "hello\n";
        String head = head("Content-Length: " + text.length());
        out.write((request.startsWith("HEAD") ? head : head + text).getBytes());
      }
    } catch (IOException e) {
      System.out.println("a client went away: " + e.getMessage());
    }
  }

  private static void stream(OutputStream out, long seconds) throws IOException {
    out.write(head("Transfer-Encoding: chunked").getBytes());
    long begun = System.nanoTime();
    for (int i = 0; i < 10 * seconds; i++) {
      String piece = "piece " + i + "\n";
      out.write((Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n").getBytes());
      LockSupport.parkNanos(Options.untilDue(begun, i + 1));
    }
    out.write("0\r\n\r\n".getBytes());
  }

  private static String head(String length) {
    return "HTTP/1.1 200 OK\r\nX-Worker: " + PID + "\r\n" + length + "\r\n\r\n";
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        return null;
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }
}
