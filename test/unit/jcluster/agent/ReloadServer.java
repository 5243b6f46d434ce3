package jcluster.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** An ordinary web server, with nothing said about its end: {@code ReloadServer PORT}. */
final class ReloadServer {
  private static final int PIECES = 100;

  private ReloadServer() {}

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", ReloadServer::answer);
    server.createContext("/download", ReloadServer::download);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      long length = exchange.getRequestBody().readAllBytes().length;
      String text = "pid " + ProcessHandle.current().pid() + ", " + length + " bytes\n";
      byte[] body = text.getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Takes ten seconds. */
  private static void download(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, PIECES * 1000L);
      for (int i = 0; i < PIECES; i++) {
        exchange.getResponseBody().write(new byte[1000]);
        exchange.getResponseBody().flush();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    }
  }
}
