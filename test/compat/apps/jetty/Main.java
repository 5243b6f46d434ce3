import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/** Jetty with a handler of its core. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws Exception {
    Server server = new Server(args.length > 0 ? Integer.parseInt(args[0]) : 8080);
    server.setHandler(new Hello());
    server.start();
    server.join();
  }

  private static class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback)
        throws IOException {
      response.getHeaders().put("X-Worker", PID);
      if (Request.getPathInContext(request).equals("/slow")) {
        stream(response);
        callback.succeeded();
      } else if (request.getMethod().equals("POST")) {
        long length = Content.Source.asByteBuffer(request).remaining();
        Content.Sink.write(response, true, length + "\n", callback);
      } else {
        Content.Sink.write(response, true, "hello\n", callback);
      }
      return true;
    }

    private static void stream(Response response) throws IOException {
      try (var out = Content.Sink.asOutputStream(response)) {
        for (int i = 0; i < 30; i++) {
          out.write(("piece " + i + "\n").getBytes(StandardCharsets.US_ASCII));
          out.flush();
          LockSupport.parkNanos(100_000_000);
        }
      }
    }
  }
}
