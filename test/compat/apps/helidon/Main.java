import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;

/** Helidon SE. */
public class Main {
  private static final HeaderName WORKER = HeaderNames.create("X-Worker");
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) {
    WebServer.builder()
        .port(args.length > 0 ? Integer.parseInt(args[0]) : 8080)
        .routing(Main::route)
        .build()
        .start();
  }

  private static void route(HttpRouting.Builder routing) {
    routing.get("/", Main::hello).post("/", Main::length).get("/slow", Main::stream);
  }

  private static void hello(ServerRequest request, ServerResponse response) {
    response.header(WORKER, String.valueOf(PID)).send("hello\n");
  }

  private static void length(ServerRequest request, ServerResponse response) throws IOException {
    int length = request.content().inputStream().readAllBytes().length;
    response.header(WORKER, String.valueOf(PID)).send(length + "\n");
  }

  private static void stream(ServerRequest request, ServerResponse response) throws Exception {
    try (OutputStream out = response.header(WORKER, String.valueOf(PID)).outputStream()) {
      for (int i = 0; i < 30; i++) {
        out.write(("piece " + i + "\n").getBytes());
        out.flush();
        Thread.sleep(100); // an answer that takes its time is what is tried
      }
    }
  }
}
