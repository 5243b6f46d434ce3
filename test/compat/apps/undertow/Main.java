import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.LockSupport;

/** Undertow with a blocking handler. */
public class Main {
  private static final HttpString WORKER = new HttpString("X-Worker");
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    Undertow.builder()
        .addHttpListener(port, "0.0.0.0")
        .setHandler(new BlockingHandler(Main::answer))
        .build()
        .start();
  }

  private static void answer(HttpServerExchange exchange) throws IOException {
    exchange.getResponseHeaders().put(WORKER, PID).put(Headers.CONTENT_TYPE, "text/plain");
    if (exchange.getRequestPath().equals("/slow")) {
      OutputStream out = exchange.getOutputStream();
      for (int i = 0; i < 30; i++) {
        out.write(("piece " + i + "\n").getBytes());
        out.flush();
        LockSupport.parkNanos(100_000_000);
      }
    } else if (exchange.getRequestMethod().equals(Methods.POST)) {
      exchange.getResponseSender().send(exchange.getInputStream().readAllBytes().length + "\n");
    } else {
      exchange.getResponseSender().send("hello\n");
    }
  }
}
