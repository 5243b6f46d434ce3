package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.FileDescriptor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sun.nio.ch.JclusterInherited;
import sun.nio.ch.JclusterMatching;

final class MatchingTest {
  private static final String ANY6 = "0:0:0:0:0:0:0:0";

  private static JclusterInherited tcp(String address, int port) {
    return new JclusterInherited(JclusterInherited.TCP, port, address, new FileDescriptor());
  }

  private static int match(JclusterInherited[] sockets, String address, int port, int... ports)
      throws UnknownHostException {
    return JclusterMatching.inet(
        sockets, ports, JclusterInherited.TCP, InetAddress.getByName(address), port);
  }

  @ParameterizedTest(name = "socket {0}, bind {1}: {2}")
  @CsvSource({
    "::, ::, true",
    "::, 0.0.0.0, true",
    "0.0.0.0, ::, true",
    "0.0.0.0, 0.0.0.0, true",
    "::, 127.0.0.1, true",
    "::, ::1, true",
    "::, ::ffff:127.0.0.1, true",
    "0.0.0.0, 127.0.0.1, true",
    "0.0.0.0, ::ffff:127.0.0.1, true",
    "0.0.0.0, ::1, false",
    "127.0.0.1, 0.0.0.0, true",
    "127.0.0.1, ::, true",
    "::1, 0.0.0.0, true",
    "127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, ::ffff:127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, false",
    "127.0.0.1, ::1, false",
    "::1, ::1, true",
    "::1, ::2, false",
  })
  void anAddressMatchesThoseThatTheKernelLetsNobodyBindBesideIt(
      String socket, String bind, boolean matches) throws UnknownHostException {
    assertEquals(matches ? 0 : -1, match(new JclusterInherited[] {tcp(socket, 80)}, bind, 80));
    assertEquals(-1, match(new JclusterInherited[] {tcp(socket, 80)}, bind, 81));
    assertEquals(-1, match(new JclusterInherited[] {tcp(socket, 80)}, bind, 0));
  }

  @Test
  void theClosestSocketIsTaken() throws UnknownHostException {
    JclusterInherited[] sockets = {
      tcp(ANY6, 80), tcp("0.0.0.0", 80), tcp("127.0.0.1", 80), tcp("::1", 80)
    };
    assertEquals(2, match(sockets, "127.0.0.1", 80));
    assertEquals(3, match(sockets, "::1", 80));
    assertEquals(1, match(sockets, "10.0.0.1", 80));
    assertEquals(0, match(sockets, "::2", 80));
    assertEquals(1, match(sockets, "0.0.0.0", 80));
    assertEquals(0, match(sockets, "::", 80));
  }

  @Test
  void ofEquallyCloseSocketsAnUnboundOneIsTaken() throws UnknownHostException {
    JclusterInherited[] sockets = {tcp("127.0.0.1", 80), tcp("127.0.0.2", 80)};
    assertEquals(0, match(sockets, "0.0.0.0", 80));
    sockets[0].adopted = 1;
    assertEquals(1, match(sockets, "0.0.0.0", 80));
    sockets[1].adopted = 1;
    assertEquals(0, match(sockets, "0.0.0.0", 80));
    assertEquals(1, match(sockets, "127.0.0.2", 80));
  }

  @Test
  void aPortMapLeadsToItsSocketWhateverTheAddress() throws UnknownHostException {
    JclusterInherited[] sockets = {tcp("10.0.0.1", 80), tcp("10.0.0.1", 443)};
    assertEquals(1, match(sockets, "127.0.0.1", 8443, 8080, 0, 8443, 1));
    assertEquals(0, match(sockets, "127.0.0.1", 8080, 8080, 0, 8443, 1));
    assertEquals(-1, match(sockets, "127.0.0.1", 8081, 8080, 0, 8443, 1));
  }

  @Test
  void theSamePortOfAnotherProtocolDoesNotMatch() throws UnknownHostException {
    var udp = new JclusterInherited(JclusterInherited.UDP, 53, ANY6, new FileDescriptor());
    JclusterInherited[] sockets = {udp, tcp(ANY6, 53)};
    assertEquals(1, match(sockets, "::", 53));
    assertEquals(-1, match(new JclusterInherited[] {udp}, "::", 53));
    assertEquals(-1, match(new JclusterInherited[] {udp}, "::", 8053, 8053, 0));
    assertEquals(
        0,
        JclusterMatching.inet(
            sockets, new int[0], JclusterInherited.UDP, InetAddress.getByName("::"), 53));
  }

  @Test
  void aPathMatchesItself() {
    var unix =
        new JclusterInherited(JclusterInherited.UNIX, 0, "/run/a b.sock", new FileDescriptor());
    JclusterInherited[] sockets = {tcp(ANY6, 80), unix};
    assertEquals(1, JclusterMatching.unix(sockets, "/run/a b.sock"));
    assertEquals(-1, JclusterMatching.unix(sockets, "/run/a"));
    assertEquals(-1, JclusterMatching.unix(sockets, ANY6));
  }

  @Test
  void aSocketIsNamedAsAnOperatorWould() {
    JclusterInherited socket = tcp(ANY6, 8080);
    assertEquals("[::]:8080", socket.toString());
    socket.name = "http";
    assertEquals("http [::]:8080", socket.toString());
    assertEquals("127.0.0.1:80", tcp("127.0.0.1", 80).toString());
  }
}
