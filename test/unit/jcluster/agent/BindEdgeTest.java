package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Path;
import jcluster.cluster.Program;
import jcluster.load.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Edge cases in which an application might notice that its sockets are shared. */
@Timeout(120)
class BindEdgeTest {
  @Test
  void anIpv4SocketLeavesTheApplicationItsIpv6() throws Exception {
    int port = Ports.free();
    int other = Ports.free();
    try (BindRun run = new BindRun().listen("127.0.0.1:" + port)) {
      run.start(1, "channel=[::1]:" + other, "socket=127.0.0.1:" + port);
      run.assertServes("channel=[::1]:" + other);
    }
  }

  @Test
  void anInheritedChannelDoesNotBlockOrDelayTheStop() throws Exception {
    int port = Ports.free();
    try (BindRun run = new BindRun().listen(port)) {
      run.start(1, "inherited");
      assertFalse(run.blocking(0, 0));
      run.assertServes("channel=" + port);
      long before = System.nanoTime();
      run.program().signal("TERM");
      assertEquals(0, run.program().await());
      assertTrue(System.nanoTime() - before < 10_000_000_000L, run.program().output()::toString);
    }
  }

  @Test
  void anIpv4ChannelGetsNoDatagramsOfIpv6() throws Exception {
    int port = Ports.free();
    try (BindRun run = new BindRun().datagrams(port)) {
      run.start(1, "datagrams_of_ipv4=" + port);
      try (var client = new DatagramSocket()) {
        client.send(new DatagramPacket(new byte[1], 1, BindRun.loopback6(port)));
      }
      run.assertServes("datagrams_of_ipv4=" + port);
    }
  }

  @Test
  void otherAddressesThatAreBoundAreNamed() throws Exception {
    int port = Ports.free();
    int other = Ports.free();
    try (BindRun run = new BindRun().datagrams(port)) {
      run.configure("ReadyTimeout=4s");
      Path path = run.folder.resolve("other.sock");
      Program program = run.begin(1, "unix=" + path, "packets=127.0.0.1:" + other);
      run.trigger();
      String bound = program.await("the application bound (.*), but the unit").group(1);
      assertEquals(path + ", 127.0.0.1:" + other + " (UDP)", bound);
      assertEquals(1, program.await());
    }
  }
}
