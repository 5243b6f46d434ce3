import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.websocket.server.WsSci;

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
      Options options = new Options(args);
      tomcat.setPort(options.port);
      configure(tomcat.getConnector(), options);
      options.atShutdown(() -> stop(tomcat));
    }
    Context context = tomcat.addContext("", null);
    add(context, "/", new Hello());
    add(context, "/wait", new Wait());
    add(context, "/slow", new Slow("piece %d\n"));
    add(context, "/events", new Slow("data: %d\n\n"));
    add(context, "/file", new File());
    context.addServletContainerInitializer(new WsSci(), Set.of(Echo.class));
    tomcat.start();
    tomcat.getServer().await();
  }

  private static void configure(Connector connector, Options options) throws Exception {
    if (options.tls()) {
      connector.setScheme("https");
      connector.setSecure(true);
      connector.setProperty("SSLEnabled", "true");
      SSLHostConfig host = new SSLHostConfig();
      host.setCertificateVerification(options.mutual() ? "required" : "none");
      host.setTrustStore(options.trusted());
      var certificate = new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.EC);
      certificate.setCertificateKeystoreFile(options.keyFile());
      certificate.setCertificateKeystorePassword(Options.PASSWORD);
      host.addCertificate(certificate);
      connector.addSslHostConfig(host);
    }
    if (options.http2()) {
      connector.addUpgradeProtocol(new Http2Protocol());
    }
  }

  private static void add(Context context, String path, HttpServlet servlet) {
    Tomcat.addServlet(context, path, servlet);
    context.addServletMappingDecoded(path, path);
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

  private static class Wait extends Hello {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      LockSupport.parkNanos(1_000_000 * Options.number(request.getQueryString(), "ms", 1000));
      super.doGet(request, response);
    }
  }

  private static class Slow extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final String piece;

    Slow(String piece) {
      this.piece = piece;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setHeader("X-Worker", PID);
      response.setContentType("text/event-stream");
      long begun = System.nanoTime();
      for (int i = 0; i < 10 * Options.number(request.getQueryString(), "s", 3); i++) {
        response.getOutputStream().print(String.format(piece, i));
        response.flushBuffer();
        LockSupport.parkNanos(Options.untilDue(begun, i + 1));
      }
    }
  }

  /** The kernel copies it. */
  private static class File extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      long size = Options.number(request.getQueryString(), "size", 0);
      response.setHeader("X-Worker", PID);
      response.setContentLengthLong(size);
      request.setAttribute("org.apache.tomcat.sendfile.filename", Options.file(size).toString());
      request.setAttribute("org.apache.tomcat.sendfile.start", 0L);
      request.setAttribute("org.apache.tomcat.sendfile.end", size);
    }
  }

  /** A WebSocket. */
  @ServerEndpoint("/echo")
  public static class Echo {
    @OnMessage
    public String echo(String message) {
      return message;
    }
  }
}
