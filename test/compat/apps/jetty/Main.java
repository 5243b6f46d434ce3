import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** Jetty with a handler of its core. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    // A reserved thread may run a blocking handler in the place of the selector, when a first
    // HTTP/2
    // request comes together with the end of the TLS handshake (seen with and without jcluster).
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setReservedThreads(0);
    Server server = new Server(threads);
    var connector = new ServerConnector(server, factories(options));
    connector.setPort(options.port);
    server.addConnector(connector);
    WebSocketUpgradeHandler handler =
        WebSocketUpgradeHandler.from(
            server,
            sockets -> sockets.addMapping("/echo", (request, response, callback) -> new Echo()));
    handler.setHandler(new Hello());
    server.setHandler(handler);
    options.atShutdown(server::stop);
    server.start();
    server.join();
  }

  private static ConnectionFactory[] factories(Options options) {
    HttpConfiguration configuration = new HttpConfiguration();
    HttpConnectionFactory http = new HttpConnectionFactory(configuration);
    List<ConnectionFactory> factories = new ArrayList<>();
    if (options.has("proxy")) {
      factories.add(new ProxyConnectionFactory());
    }
    if (options.tls()) {
      SslContextFactory.Server tls = new SslContextFactory.Server();
      tls.setKeyStorePath(options.keyFile());
      tls.setKeyStorePassword(Options.PASSWORD);
      tls.setTrustStorePath(options.keyFile());
      tls.setTrustStorePassword(Options.PASSWORD);
      tls.setNeedClientAuth(options.mutual());
      if (options.http2()) {
        var alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol(http.getProtocol());
        factories.add(new SslConnectionFactory(tls, alpn.getProtocol()));
        factories.add(alpn);
        factories.add(new HTTP2ServerConnectionFactory(configuration));
      } else {
        factories.add(new SslConnectionFactory(tls, http.getProtocol()));
      }
      factories.add(http);
    } else {
      factories.add(http);
      if (options.http2()) {
        factories.add(new HTTP2CServerConnectionFactory(configuration));
      }
    }
    return factories.toArray(ConnectionFactory[]::new);
  }

  private static class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback)
        throws IOException {
      response.getHeaders().put("X-Worker", PID);
      String query = request.getHttpURI().getQuery();
      switch (Request.getPathInContext(request)) {
        case "/slow" -> stream(response, "piece %d\n", Options.number(query, "s", 3), callback);
        case "/events" -> {
          response.getHeaders().put("Content-Type", "text/event-stream");
          stream(response, "data: %d\n\n", Options.number(query, "s", 3), callback);
        }
        case "/wait" -> {
          LockSupport.parkNanos(1_000_000 * Options.number(query, "ms", 1000));
          Content.Sink.write(response, true, "hello\n", callback);
        }
        default -> {
          String text = "hello\n";
          if (request.getMethod().equals("POST")) {
            text = length(request) + "\n";
          }
          Content.Sink.write(response, true, text, callback);
        }
      }
      return true;
    }

    private static long length(Request request) throws IOException {
      try (var in = Content.Source.asInputStream(request)) {
        return in.transferTo(OutputStream.nullOutputStream());
      }
    }

    private static void stream(Response response, String piece, long seconds, Callback callback)
        throws IOException {
      try (var out = Content.Sink.asOutputStream(response)) {
        long begun = System.nanoTime();
        for (int i = 0; i < 10 * seconds; i++) {
          out.write(String.format(piece, i).getBytes(StandardCharsets.US_ASCII));
          out.flush();
          LockSupport.parkNanos(Options.untilDue(begun, i + 1));
        }
      }
      callback.succeeded();
    }
  }

  /** A WebSocket. Jetty calls it by reflection, so that it is public. */
  public static class Echo implements Session.Listener.AutoDemanding {
    private Session session;

    @Override
    public void onWebSocketOpen(Session opened) {
      session = opened;
    }

    @Override
    public void onWebSocketText(String message) {
      session.sendText(message, org.eclipse.jetty.websocket.api.Callback.NOOP);
    }
  }
}
