import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/** The HTTP server of the JDK. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws IOException {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", Main::answer);
    server.createContext("/slow", Main::stream);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    System.out.println("listening on port " + port);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String text = exchange.getRequestMethod().equals("POST") ? body.length + "\n" : "hello\n";
      exchange.getResponseHeaders().set("X-Worker", PID);
      exchange.sendResponseHeaders(200, text.length());
      exchange.getResponseBody().write(text.getBytes());
    }
  }

  private static void stream(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("X-Worker", PID);
      exchange.sendResponseHeaders(200, 0);
      for (int i = 0; i < 30; i++) {
        exchange.getResponseBody().write(("piece " + i + "\n").getBytes());
        exchange.getResponseBody().flush();
        LockSupport.parkNanos(100_000_000);
      }
    }
  }
}
