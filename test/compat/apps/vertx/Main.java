import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;

/** Vert.x, on NIO, or with the word "native" on the native transport where there is one. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) {
    Options options = new Options(args);
    boolean epoll = options.has("native");
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(epoll));
    options.atShutdown(() -> vertx.close().await());
    vertx
        .createHttpServer(settings(options))
        .requestHandler(request -> answer(vertx, request))
        .webSocketHandler(socket -> socket.textMessageHandler(socket::writeTextMessage))
        .listen(options.port)
        .onSuccess(s -> System.out.println("native: " + vertx.isNativeTransportEnabled()))
        .onFailure(
            e -> {
              e.printStackTrace();
              vertx.close();
            });
  }

  private static HttpServerOptions settings(Options options) {
    var settings = new HttpServerOptions().setUseProxyProtocol(options.has("proxy"));
    if (options.tls()) {
      var keys = new PfxOptions().setPath(options.keyFile()).setPassword(Options.PASSWORD);
      settings
          .setSsl(true)
          .setUseAlpn(options.http2())
          .setKeyCertOptions(keys)
          .setTrustOptions(keys)
          .setClientAuth(options.mutual() ? ClientAuth.REQUIRED : ClientAuth.NONE);
    }
    return settings;
  }

  private static void answer(Vertx vertx, HttpServerRequest request) {
    HttpServerResponse response = request.response().putHeader("X-Worker", PID);
    String query = request.query();
    switch (request.path()) {
      case "/slow" -> stream(vertx, request, "piece %d\n");
      case "/events" -> {
        response.putHeader("Content-Type", "text/event-stream");
        stream(vertx, request, "data: %d\n\n");
      }
      case "/wait" -> {
        long millis = Options.number(query, "ms", 1000);
        vertx.setTimer(millis, timer -> response.end("hello\n"));
      }
      case "/file" -> file(response, Options.number(query, "size", 0));
      default -> {
        if (request.method().equals(HttpMethod.POST)) {
          request.body().onSuccess(body -> response.end(body.length() + "\n"));
        } else {
          response.end("hello\n");
        }
      }
    }
  }

  private static void file(HttpServerResponse response, long size) {
    try {
      response.sendFile(Options.file(size).toString());
    } catch (IOException e) {
      response.setStatusCode(500).end(e.toString());
    }
  }

  private static void stream(Vertx vertx, HttpServerRequest request, String text) {
    HttpServerResponse response = request.response().setChunked(true);
    long pieces = 10 * Options.number(request.query(), "s", 3);
    int[] piece = {0};
    vertx.setPeriodic(
        100,
        timer -> {
          if (piece[0] < pieces && !response.closed()) {
            response.write(String.format(text, piece[0]++));
          } else {
            vertx.cancelTimer(timer);
            response.end();
          }
        });
  }
}
