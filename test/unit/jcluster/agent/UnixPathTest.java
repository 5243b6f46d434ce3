package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jcluster.cli.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The path of a Unix socket stays as long as the socket does. */
class UnixPathTest {
  @TempDir Path folder;

  private void start(Body body) throws Exception {
    Map<String, String> environment = StartedCluster.surroundings(folder);
    Path path = folder.resolve("socket");
    // Through a link to the folder, as /var/run is one to /run
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    String command =
        StartedCluster.command("", UnixPathServer.class, link.resolve("socket").toString());
    Path conf =
        Files.write(
            folder.resolve("t.conf"),
            List.of("[Worker]", "MinUptime=0", "KeepAliveGrace=0", command));
    try (Program program =
        new Program(
            environment,
            "run",
            "--name=t",
            "--config=" + conf,
            "--instances=2",
            "--listen=" + path)) {
      program.await("started 2 workers", 1);
      body.run(environment, path, program);
    }
  }

  private interface Body {
    void run(Map<String, String> environment, Path path, Program program) throws Exception;
  }

  private static void assertServes(Path path) throws Exception {
    try (var client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(path));
      assertEquals(1, client.read(ByteBuffer.allocate(10)));
    }
  }

  @Test
  void itSurvivesWorkersThatDeleteIt() throws Exception {
    start(
        (environment, path, program) -> {
          assertServes(path);
          for (int i = 0; i < 2; i++) {
            Program reload = Program.run(environment, "reload", "t");
            assertEquals(0, reload.await(), reload.output()::toString);
            assertServes(path);
          }
        });
  }

  @Test
  void aWorkerThatFindsItGoneIsNotReady() throws Exception {
    start(
        (environment, path, program) -> {
          Files.delete(path);
          Program reload = Program.run(environment, "reload", "t");
          assertEquals(1, reload.await(), reload.output()::toString);
          program.await("java.net.BindException: .*socket was removed, so that no client", 1);
        });
  }
}
