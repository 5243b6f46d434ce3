package jcluster.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A build that is good or bad. */
final class ErrorServer {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private ErrorServer() {}

  /**
   * The port; and {@code good}, {@code fails}, which answers 500, {@code closes}, which closes each
   * connection without an answer, or {@code tenth}, which fails one request in ten.
   */
  public static void main(String[] arguments) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", exchange -> answer(exchange, arguments[1]));
    server.start();
  }

  private static void answer(HttpExchange exchange, String build) throws IOException {
    try (exchange) {
      boolean bad =
          build.equals("tenth") ? COUNT.incrementAndGet() % 10 == 0 : !build.equals("good");
      if (build.equals("closes")) {
        return;
      }
      byte[] body = (bad ? "error" : "good").getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(bad ? 500 : 200, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
