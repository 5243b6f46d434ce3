import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.io.IoCallback;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.protocol.http2.Http2UpgradeHandler;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.LockSupport;
import org.xnio.SslClientAuthMode;

/** Undertow with a blocking handler. */
public class Main {
  private static final HttpString WORKER = new HttpString("X-Worker");
  private static final long PID = ProcessHandle.current().pid();

  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    HttpHandler handler =
        Handlers.path(new BlockingHandler(Main::answer))
            .addExactPath("/file", Main::file)
            .addExactPath("/echo", Handlers.websocket((exchange, channel) -> echo(channel)));
    if (options.http2() && !options.tls()) {
      handler = new Http2UpgradeHandler(handler);
    }
    var listener =
        new Undertow.ListenerBuilder()
            .setPort(options.port)
            .setHost("0.0.0.0")
            .setUseProxyProtocol(options.has("proxy"))
            .setType(options.tls() ? Undertow.ListenerType.HTTPS : Undertow.ListenerType.HTTP);
    if (options.tls()) {
      listener.setSslContext(options.context());
    }
    Undertow.Builder builder =
        Undertow.builder()
            .addListener(listener)
            .setServerOption(UndertowOptions.ENABLE_HTTP2, options.http2())
            .setHandler(handler);
    if (options.mutual()) {
      builder.setSocketOption(org.xnio.Options.SSL_CLIENT_AUTH_MODE, SslClientAuthMode.REQUIRED);
    }
    Undertow server = builder.build();
    options.atShutdown(server::stop);
    server.start();
  }

  private static void answer(HttpServerExchange exchange) throws IOException {
    exchange.getResponseHeaders().put(WORKER, PID).put(Headers.CONTENT_TYPE, "text/plain");
    String query = exchange.getQueryString();
    switch (exchange.getRequestPath()) {
      case "/slow" -> stream(exchange, "piece %d\n");
      case "/events" -> {
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        stream(exchange, "data: %d\n\n");
      }
      case "/wait" -> {
        LockSupport.parkNanos(1_000_000 * Options.number(query, "ms", 1000));
        exchange.getResponseSender().send("hello\n");
      }
      default -> {
        if (exchange.getRequestMethod().equals(Methods.POST)) {
          exchange.getResponseSender().send(exchange.getInputStream().readAllBytes().length + "\n");
        } else {
          exchange.getResponseSender().send("hello\n");
        }
      }
    }
  }

  private static void stream(HttpServerExchange exchange, String piece) throws IOException {
    OutputStream out = exchange.getOutputStream();
    long begun = System.nanoTime();
    for (int i = 0; i < 10 * Options.number(exchange.getQueryString(), "s", 3); i++) {
      out.write(String.format(piece, i).getBytes());
      out.flush();
      LockSupport.parkNanos(Options.untilDue(begun, i + 1));
    }
  }

  /** On a thread of the connection, so that the kernel copies the file. */
  private static void file(HttpServerExchange exchange) throws IOException {
    long size = Options.number(exchange.getQueryString(), "size", 0);
    FileChannel file = FileChannel.open(Options.file(size));
    exchange.addExchangeCompleteListener(
        (done, next) -> {
          try {
            file.close();
          } catch (IOException e) {
            e.printStackTrace();
          }
          next.proceed();
        });
    exchange.getResponseHeaders().put(WORKER, PID);
    exchange.setResponseContentLength(size);
    exchange.getResponseSender().transferFrom(file, IoCallback.END_EXCHANGE);
  }

  private static void echo(WebSocketChannel channel) {
    channel
        .getReceiveSetter()
        .set(
            new AbstractReceiveListener() {
              @Override
              protected void onFullTextMessage(WebSocketChannel from, BufferedTextMessage message) {
                WebSockets.sendText(message.getData(), from, null);
              }
            });
    channel.resumeReceives();
  }
}
