package jcluster.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.zip.CRC32;

/** The JDK's web server, with requests that take as long as a test wants. */
final class DrainServer {
  static final int PIECE = 1000;

  private static volatile boolean closed;

  private DrainServer() {}

  /**
   * The port, the gate's port, and perhaps {@code hook}, for a shutdown hook that says so, or
   * {@code one}, for a single thread.
   */
  public static void main(String[] arguments) throws IOException {
    int gate = Integer.parseInt(arguments[1]);
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
    String last = arguments.length > 2 ? arguments[2] : "";
    boolean one = last.equals("one");
    server.setExecutor(one ? Executors.newSingleThreadExecutor() : Executors.newCachedThreadPool());
    server.createContext("/quick", e -> answer(e, "quick"));
    server.createContext("/pid", e -> answer(e, "pid " + ProcessHandle.current().pid()));
    server.createContext("/slow", e -> slow(e, gate, "done"));
    server.createContext("/held", e -> slow(e, gate, "pid " + ProcessHandle.current().pid()));
    server.createContext("/chunked", e -> pieces(e, gate, 0));
    server.createContext("/length", e -> pieces(e, gate, length(e)));
    server.createContext("/upload", DrainServer::upload);
    server.createContext("/exit", DrainServer::exit);
    server.start();
    if (last.equals("hook")) {
      Runtime.getRuntime().addShutdownHook(new Thread(DrainServer::end));
    }
  }

  private static void end() {
    closed = true;
    System.out.println("the database is closed");
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, text.length());
      exchange.getResponseBody().write(text.getBytes(US_ASCII));
    }
  }

  private static String name(HttpExchange exchange) {
    return exchange.getRequestURI().getPath();
  }

  private static int length(HttpExchange exchange) {
    return Integer.parseInt(name(exchange).replaceAll("\\D", ""));
  }

  private static void slow(HttpExchange exchange, int gate, String text) throws IOException {
    try (InputStream steps = DrainGate.knock(gate, name(exchange))) {
      steps.read();
      answer(exchange, closed ? "there is no database" : text);
    }
  }

  private static void pieces(HttpExchange exchange, int gate, int length) throws IOException {
    try (exchange;
        InputStream steps = DrainGate.knock(gate, name(exchange));
        OutputStream body = exchange.getResponseBody()) {
      exchange.sendResponseHeaders(200, length);
      while (steps.read() >= 0) {
        body.write("x".repeat(PIECE).getBytes(US_ASCII));
        body.flush();
      }
    }
  }

  private static void upload(HttpExchange exchange) throws IOException {
    var sum = new CRC32();
    byte[] body = exchange.getRequestBody().readAllBytes();
    sum.update(body);
    answer(exchange, body.length + " bytes, sum " + sum.getValue());
  }

  private static void exit(HttpExchange exchange) throws IOException {
    if (name(exchange).endsWith("/now")) {
      System.exit(8);
    }
    answer(exchange, "bye");
    new Thread(() -> System.exit(7)).start();
  }
}
