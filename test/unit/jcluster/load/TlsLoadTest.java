package jcluster.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients speak TLS. */
@Timeout(60)
@Tag("once")
class TlsLoadTest {
  @TempDir static Path folder;
  private static SSLContext context;
  private static HttpsServer server;

  @BeforeAll
  static void start() throws Exception {
    context = Keys.in(folder).context();
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("hello".getBytes(UTF_8));
          exchange.close();
        });
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @ParameterizedTest
  @CsvSource({"NEW,TLSv1.2", "NEW,TLSv1.3", "KEEP_ALIVE,TLSv1.2", "KEEP_ALIVE,''", "POST,''"})
  void requestsAreAnswered(Kind kind, String version) throws Exception {
    Plan plan = Load.to(server.getAddress()).clients(kind, 2).tls(context, version);
    try (Load load = plan.with("--requests=20", "--expect=hello").start()) {
      Report report = load.awaitEnd();
      assertEquals(20, report.answered(), report::toString);
      assertEquals(0, report.failed(), report::toString);
    }
  }

  @Test
  void anotherVersionThanTheServersIsNotAnswered() throws Exception {
    Plan plan = Load.to(server.getAddress()).newConnections(1).tls(context, "TLSv1.1");
    try (Load load = plan.with("--requests=1").start()) {
      assertEquals(1, load.awaitEnd().failed());
    }
  }
}
