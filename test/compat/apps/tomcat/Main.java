import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;

/** Tomcat, embedded; on a Unix domain socket if a path is given, and then shut down in order. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
    if (args.length > 0 && args[0].startsWith("/")) {
      tomcat.getConnector().setProperty("unixDomainSocketPath", args[0]);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(tomcat)));
    } else {
      tomcat.setPort(args.length > 0 ? Integer.parseInt(args[0]) : 8080);
    }
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "hello", new Hello());
    Tomcat.addServlet(context, "slow", new Slow());
    context.addServletMappingDecoded("/", "hello");
    context.addServletMappingDecoded("/slow", "slow");
    tomcat.getConnector();
    tomcat.start();
    tomcat.getServer().await();
  }

  private static void stop(Tomcat tomcat) {
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      e.printStackTrace();
    }
  }

  private static class Hello extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setHeader("X-Worker", PID);
      response.getWriter().print("hello\n");
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setHeader("X-Worker", PID);
      response.getWriter().println(request.getInputStream().readAllBytes().length);
    }
  }

  private static class Slow extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setHeader("X-Worker", PID);
      for (int i = 0; i < 30; i++) {
        response.getOutputStream().print("piece " + i + "\n");
        response.flushBuffer();
        LockSupport.parkNanos(100_000_000);
      }
    }
  }
}
