package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The path of a Unix socket stays as long as the socket does. */
class UnixPathTest {
  @TempDir Path folder;

  private Cluster cluster;
  private Path path;

  @BeforeEach
  void start() throws Exception {
    path = folder.resolve("socket");
    // Through a link to the folder, as /var/run is one to /run
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    cluster = new Cluster(folder).listen(path);
    cluster.configure(
        "MinUptime=0",
        "KeepAliveGrace=0",
        StartedCluster.command("", UnixPathServer.class, link.resolve("socket")));
    cluster.start(2);
    cluster.awaitStarted();
  }

  @AfterEach
  void end() throws IOException {
    cluster.close();
  }

  private void assertServes() throws Exception {
    try (var client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(path));
      assertEquals(1, client.read(ByteBuffer.allocate(10)));
    }
  }

  @Test
  void thePathSurvivesWorkersThatDeleteIt() throws Exception {
    assertServes();
    for (int i = 0; i < 2; i++) {
      cluster.reload();
      assertServes();
    }
  }

  @Test
  void aWorkerThatFindsThePathGoneIsNotReady() throws Exception {
    Files.delete(path);
    Program reload = cluster.ask("reload", "t");
    assertEquals(1, reload.await(), reload.output()::toString);
    cluster.program().await("java.net.BindException: .*socket was removed, so that no client");
  }
}
