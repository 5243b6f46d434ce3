import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** A small web server that says which process answers. */
public final class Demo {
  private Demo() {}

  public static void main(String[] args) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
    server.createContext("/", Demo::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    System.out.println("listening on " + server.getAddress());
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String text = "Hello from pid " + ProcessHandle.current().pid() + "\n";
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
