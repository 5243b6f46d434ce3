package jcluster.traffic;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever happens at one end of a link happens later at the other. */
@Timeout(20)
class LinkTest {
  private static final int MILLIS = 50;

  private ServerSocket server;
  private Link link;
  private Socket near;
  private Socket far;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    link = new Link(server.getLocalSocketAddress(), MILLIS);
    near = new Socket();
    near.connect(link.address());
    far = server.accept();
  }

  @AfterEach
  void close() throws IOException {
    near.close();
    far.close();
    link.close();
    server.close();
  }

  @Test
  void bytesTakeTheirTime() throws IOException {
    long begun = System.nanoTime();
    near.getOutputStream().write("there".getBytes(US_ASCII));
    assertEquals("there", new String(far.getInputStream().readNBytes(5), US_ASCII));
    far.getOutputStream().write("back".getBytes(US_ASCII));
    assertEquals("back", new String(near.getInputStream().readNBytes(4), US_ASCII));
    assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(2 * MILLIS));
  }

  @Test
  void anEndTakesItsTimeAndLeavesTheOtherWayOpen() throws IOException {
    long begun = System.nanoTime();
    near.shutdownOutput();
    assertEquals(-1, far.getInputStream().read());
    assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(MILLIS));
    far.getOutputStream().write(1);
    assertEquals(1, near.getInputStream().read());
  }

  @Test
  void aResetIsAReset() throws IOException {
    far.setSoLinger(true, 0);
    far.close();
    assertThrows(IOException.class, () -> near.getInputStream().read());
  }
}
