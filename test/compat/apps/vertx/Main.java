import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;

/** Vert.x, on NIO, or with the second word "native" on the native transport where there is one. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    boolean epoll = List.of(args).contains("native");
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(epoll));
    vertx
        .createHttpServer()
        .requestHandler(request -> answer(vertx, request))
        .listen(port)
        .onSuccess(s -> System.out.println("native: " + vertx.isNativeTransportEnabled()))
        .onFailure(
            e -> {
              e.printStackTrace();
              vertx.close();
            });
  }

  private static void answer(Vertx vertx, HttpServerRequest request) {
    HttpServerResponse response = request.response().putHeader("X-Worker", PID);
    if (request.path().equals("/slow")) {
      response.setChunked(true);
      int[] piece = {0};
      vertx.setPeriodic(
          100,
          timer -> {
            if (piece[0] < 30 && !response.closed()) {
              response.write("piece " + piece[0]++ + "\n");
            } else {
              vertx.cancelTimer(timer);
              response.end();
            }
          });
    } else if (request.method().equals(HttpMethod.POST)) {
      request.body().onSuccess(body -> response.end(body.length() + "\n"));
    } else {
      response.end("hello\n");
    }
  }
}
