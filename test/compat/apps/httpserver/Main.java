import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** The HTTP server of the JDK. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws IOException, GeneralSecurityException {
    Options options = new Options(args);
    HttpServer server = create(options);
    server.createContext("/", Main::answer);
    server.createContext("/slow", exchange -> stream(exchange, "piece %d\n"));
    server.createContext("/events", exchange -> stream(exchange, "data: %d\n\n"));
    server.createContext("/wait", Main::answerLater);
    server.setExecutor(Executors.newCachedThreadPool());
    options.atShutdown(() -> server.stop(0));
    server.start();
    System.out.println("listening on port " + options.port);
  }

  private static HttpServer create(Options options) throws IOException, GeneralSecurityException {
    InetSocketAddress address = new InetSocketAddress(options.port);
    if (!options.tls()) {
      return HttpServer.create(address, 0);
    }
    HttpsServer server = HttpsServer.create(address, 0);
    SSLContext context = options.context();
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = context.getDefaultSSLParameters();
            tls.setNeedClientAuth(options.mutual());
            parameters.setSSLParameters(tls);
          }
        });
    return server;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String method = exchange.getRequestMethod();
      String text = method.equals("POST") ? body.length + "\n" : "hello\n";
      exchange.getResponseHeaders().set("X-Worker", PID);
      exchange.sendResponseHeaders(200, method.equals("HEAD") ? -1 : text.length());
      if (!method.equals("HEAD")) {
        exchange.getResponseBody().write(text.getBytes());
      }
    }
  }

  private static void answerLater(HttpExchange exchange) throws IOException {
    LockSupport.parkNanos(1_000_000 * Options.number(query(exchange), "ms", 1000));
    answer(exchange);
  }

  private static String query(HttpExchange exchange) {
    return exchange.getRequestURI().getQuery();
  }

  private static void stream(HttpExchange exchange, String piece) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("X-Worker", PID);
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      long begun = System.nanoTime();
      for (int i = 0; i < 10 * Options.number(query(exchange), "s", 3); i++) {
        exchange.getResponseBody().write(String.format(piece, i).getBytes());
        exchange.getResponseBody().flush();
        LockSupport.parkNanos(Options.untilDue(begun, i + 1));
      }
    }
  }
}
