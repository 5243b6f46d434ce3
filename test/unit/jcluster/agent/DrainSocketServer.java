package jcluster.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Sends each line back. One that asks for a WebSocket is first told that it has one, and one that
 * asks for a page gets it.
 */
final class DrainSocketServer {
  private static final String SWITCHED =
      String.join(
          "\r\n",
          "HTTP/1.1 101 Switching Protocols",
          "Connection: Upgrade",
          "Upgrade: chat",
          "",
          "");

  private DrainSocketServer() {}

  /** The port and, for a shutdown hook that says so, {@code hook}. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length > 1) {
      Thread hook = new Thread(() -> System.out.println("the database is closed"));
      Runtime.getRuntime().addShutdownHook(hook);
    }
    ExecutorService threads = Executors.newCachedThreadPool();
    try (ServerSocket server = new ServerSocket(Integer.parseInt(arguments[0]))) {
      while (true) {
        Socket client = server.accept();
        threads.execute(() -> serve(client));
      }
    }
  }

  private static void serve(Socket client) {
    try (client;
        var in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))) {
      OutputStream out = client.getOutputStream();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String answer = line + "\n";
        if (line.startsWith("GET ")) {
          boolean socket = false;
          for (String header = in.readLine(); !header.isEmpty(); header = in.readLine()) {
            socket |= header.equals("Upgrade: chat");
          }
          answer = socket ? SWITCHED : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nquick";
        }
        out.write(answer.getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
