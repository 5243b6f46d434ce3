import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/** A ServerSocket, and a thread for each connection. */
public class Main {
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) throws IOException {
    serve(args.length > 0 ? Integer.parseInt(args[0]) : 8080, Executors.newCachedThreadPool());
  }

  static void serve(int port, Executor executor) throws IOException {
    try (ServerSocket server = new ServerSocket(port)) {
      System.out.println("listening on port " + port);
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
        if (request.startsWith("GET /slow")) {
          stream(out);
        } else {
          String text = request.startsWith("POST") ? read + "\n" : "hello\n";
          out.write((head("Content-Length: " + text.length()) + text).getBytes());
        }
      }
    } catch (IOException e) {
      System.out.println("a client went away: " + e.getMessage());
    }
  }

  private static void stream(OutputStream out) throws IOException {
    out.write(head("Transfer-Encoding: chunked").getBytes());
    for (int i = 0; i < 30; i++) {
      String piece = "piece " + i + "\n";
      out.write((Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n").getBytes());
      LockSupport.parkNanos(100_000_000);
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
