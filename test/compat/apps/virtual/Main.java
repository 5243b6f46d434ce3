import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A ServerSocket, and a virtual thread for each connection. */
public class Main {
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    try (ServerSocket server = new ServerSocket(port);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      System.out.println("listening on port " + port);
      while (true) {
        Socket connection = server.accept();
        threads.execute(() -> serve(connection));
      }
    }
  }

  private static void serve(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      var in = new BufferedReader(new InputStreamReader(connection.getInputStream()));
      for (String request = in.readLine(); request != null; request = in.readLine()) {
        for (String header = in.readLine(); header != null && !header.isEmpty(); ) {
          header = in.readLine();
        }
        answer(request, connection.getOutputStream());
      }
    } catch (IOException | InterruptedException e) {
      System.out.println("a client went away: " + e.getMessage());
    }
  }

  private static void answer(String request, OutputStream out)
      throws IOException, InterruptedException {
    String head = "HTTP/1.1 200 OK\r\nX-Worker: " + PID + "\r\n";
    if (request.startsWith("GET /slow")) {
      out.write((head + "Transfer-Encoding: chunked\r\n\r\n").getBytes());
      for (int i = 0; i < 30; i++) {
        String piece = "piece " + i + "\n";
        out.write((Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n").getBytes());
        Thread.sleep(100); // an answer that takes its time is what is tried
      }
      out.write("0\r\n\r\n".getBytes());
    } else {
      out.write((head + "Content-Length: 6\r\n\r\nhello\n").getBytes());
    }
  }
}
