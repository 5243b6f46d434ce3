import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.LockSupport;

/** Helidon SE. */
public class Main {
  private static final HeaderName WORKER = HeaderNames.create("X-Worker");
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    var server =
        WebServer.builder()
            .port(options.port)
            .shutdownHook(options.has("stop"))
            .routing(Main::route);
    if (options.tls()) {
      var context = options.context();
      server.tls(tls -> tls.sslContext(context));
    }
    server.build().start();
  }

  private static void route(HttpRouting.Builder routing) {
    routing
        .get("/", Main::hello)
        .post("/", Main::length)
        .get("/wait", Main::helloLater)
        .get("/slow", Main::stream);
  }

  private static void hello(ServerRequest request, ServerResponse response) {
    response.header(WORKER, String.valueOf(PID)).send("hello\n");
  }

  private static void helloLater(ServerRequest request, ServerResponse response)
      throws InterruptedException {
    Thread.sleep(Options.number(request.query().rawValue(), "ms", 1000)); // as it is asked to
    hello(request, response);
  }

  private static void length(ServerRequest request, ServerResponse response) throws IOException {
    int length = request.content().inputStream().readAllBytes().length;
    response.header(WORKER, String.valueOf(PID)).send(length + "\n");
  }

  private static void stream(ServerRequest request, ServerResponse response) throws Exception {
    try (OutputStream out = response.header(WORKER, String.valueOf(PID)).outputStream()) {
      long begun = System.nanoTime();
      for (int i = 0; i < 10 * Options.number(request.query().rawValue(), "s", 3); i++) {
        out.write(("piece " + i + "\n").getBytes());
        out.flush();
        LockSupport.parkNanos(Options.untilDue(begun, i + 1));
      }
    }
  }
}
