import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/** Grizzly. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    HttpServer server = HttpServer.createSimpleServer(null, port);
    server.getServerConfiguration().addHttpHandler(new Hello(), "/");
    server.start();
    Thread.currentThread().join();
  }

  private static class Hello extends HttpHandler {
    @Override
    public void service(Request request, Response response) throws IOException {
      response.setHeader("X-Worker", PID);
      if (request.getRequestURI().equals("/slow")) {
        for (int i = 0; i < 30; i++) {
          response.getOutputStream().write(("piece " + i + "\n").getBytes());
          response.flush();
          LockSupport.parkNanos(100_000_000);
        }
      } else if (request.getMethod().equals(Method.POST)) {
        response.getWriter().write(request.getInputStream().readAllBytes().length + "\n");
      } else {
        response.getWriter().write("hello\n");
      }
    }
  }
}
