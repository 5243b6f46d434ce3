package jcluster.compat;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A few servers, each replaced once under load; {@link Compat} has them all. */
class CompatTest {
  private static void reload(Server server) throws IOException, InterruptedException {
    new Trial(server.with(), Jdk.of(System.getProperty("jcluster.java.home"))).run(1);
  }

  @Test
  void httpServer() throws Exception {
    reload(Server.HTTPSERVER);
  }

  @Test
  void serverSocket() throws Exception {
    reload(Server.THREADS);
  }

  @Test
  void asynchronousChannels() throws Exception {
    reload(Server.NIO2);
  }

  @Test
  void datagrams() throws Exception {
    Path activate = Path.of("/usr/bin/systemd-socket-activate");
    assumeTrue(Files.isExecutable(activate), () -> "no " + activate);
    reload(Server.UDP_SELECTOR);
  }

  @Test
  void unixSocket() throws Exception {
    reload(Server.UNIX);
  }

  @Test
  void tomcat() throws Exception {
    reload(Server.TOMCAT);
  }

  @Test
  void netty() throws Exception {
    reload(Server.NETTY);
  }

  @Test
  void vertx() throws Exception {
    reload(Server.VERTX);
  }
}
