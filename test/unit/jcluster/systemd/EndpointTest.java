package jcluster.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import jcluster.os.Address;
import jcluster.os.Fd;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import jcluster.systemd.Endpoint.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, 127.0.0.1",
    "0.0.0.0, 0.0.0.0, 0.0.0.0",
    "::, 0:0:0:0:0:0:0:0, [::]",
    "::1, 0:0:0:0:0:0:0:1, [::1]"
  })
  void anInternetSocket(String host, String address, String shown) throws IOException {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    var local = new InetSocketAddress(InetAddress.getByName(host), port);
    try (Fd fd = Sockets.listen(Address.inet(local), 16)) {
      Endpoint endpoint = Endpoint.of("http", fd);
      assertEquals(new Endpoint("http", Kind.TCP, inode(fd), port, address), endpoint);
      assertEquals("http " + shown + ":" + port, endpoint.toString());
      assertTrue(endpoint.kind().bindable());
    }
  }

  private static long inode(Fd fd) throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.number())).toString();
    return Long.parseLong(link.replaceAll("socket:\\[(\\d+)]", "$1"));
  }

  @Test
  void aUnixSocket() throws IOException {
    String path = folder.resolve("s").toString();
    try (Fd fd = Sockets.listenUnix(path)) {
      Endpoint endpoint = Endpoint.of("app", fd);
      assertEquals(new Endpoint("app", Kind.UNIX, inode(fd), 0, path), endpoint);
      assertEquals("app " + path, endpoint.toString());
      assertTrue(endpoint.kind().bindable());
    }
  }

  @Test
  void socketsThatNoJavaProgramBindsAreRecognized() throws IOException {
    String path = folder.resolve("s").toString();
    try (Fd fd = Sockets.receiverUnix(path)) {
      assertEquals(new Endpoint("log", Kind.UNIX_DATAGRAM, inode(fd), 0, path), of("log", fd));
    }
    String name = "@jcluster-endpoint-" + ProcessHandle.current().pid();
    try (Fd fd = Sockets.listenUnix(name)) {
      assertEquals(new Endpoint("x", Kind.UNIX_ABSTRACT, inode(fd), 0, name), of("x", fd));
    }
  }

  private static Endpoint of(String name, Fd fd) throws IOException {
    Endpoint endpoint = Endpoint.of(name, fd);
    assertFalse(endpoint.kind().bindable());
    return endpoint;
  }

  @Test
  void aDescriptorThatIsNoSocketIsRefused(@TempDir Path folder) throws IOException {
    try (Fd fd = Sys.fifo(folder.resolve("fifo").toString())) {
      assertThrows(IOException.class, () -> Endpoint.of("x", fd));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:0:0:0:0:0:7, x [2001:db8::7]:53 (UDP)",
    "2001:db8:0:0:0:0:0:0, x [2001:db8::]:53 (UDP)",
    "fe80:0:0:0:1:2:3:4, x [fe80::1:2:3:4]:53 (UDP)",
    "1:2:3:4:5:6:7:10, x [1:2:3:4:5:6:7:10]:53 (UDP)",
    "127.0.0.1, x 127.0.0.1:53 (UDP)"
  })
  void addressesAreShownAsPeopleWriteThem(String address, String shown) {
    assertEquals(shown, new Endpoint("x", Kind.UDP, 1, 53, address).toString());
  }
}
