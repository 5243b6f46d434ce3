package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import jcluster.load.Ports;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to bind, alone in its worker. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BindKindsTest {
  private static final int WILDCARD = 0;
  private static final int IPV4 = 1;

  private final int wildcard = Ports.free();
  private final int ipv4 = Ports.free();
  private BindRun streams;
  private BindRun datagrams;
  private BindRun paths;

  @BeforeAll
  void start() throws Exception {
    streams = new BindRun().listen(wildcard).listen("127.0.0.1:" + ipv4);
    streams.start(streams().size(), "STREAM=" + wildcard, "STREAM=127.0.0.1:" + ipv4);
    datagrams = new BindRun().datagrams(wildcard).datagrams("127.0.0.1:" + ipv4);
    datagrams.start(datagrams().size(), "DATAGRAM=" + wildcard, "DATAGRAM=127.0.0.1:" + ipv4);
    paths = new BindRun();
    String path = paths.folder.resolve("app.sock").toString();
    paths.listen(path).start(paths().size(), "UNIX=" + path);
  }

  @AfterAll
  void stop() throws Exception {
    streams.close();
    datagrams.close();
    paths.close();
  }

  static List<BindKind> streams() {
    return BindKind.of(BindKind.Family.STREAM);
  }

  static List<BindKind> datagrams() {
    return BindKind.of(BindKind.Family.DATAGRAM);
  }

  static List<BindKind> paths() {
    return BindKind.of(BindKind.Family.UNIX);
  }

  private String answer(BindRun run, List<BindKind> kinds, BindKind kind) {
    return kind.word() + " " + run.worker(kinds.indexOf(kind));
  }

  /** Where it serves; a channel of IPv4 does not know the addresses of IPv6. */
  private List<SocketAddress> servers(BindKind kind) throws IOException {
    List<SocketAddress> servers = new ArrayList<>();
    servers.add(BindRun.loopback(ipv4));
    servers.add(BindRun.loopback(wildcard));
    if (kind != BindKind.DATAGRAMS_OF_IPV4) {
      servers.add(BindRun.loopback6(wildcard));
    }
    return servers;
  }

  @ParameterizedTest
  @MethodSource("streams")
  void aStreamSocketIsTheOneThatTheWorkerFound(BindKind kind) throws Exception {
    int slot = streams().indexOf(kind);
    assertEquals(2, streams.holds(slot, WILDCARD));
    assertEquals(2, streams.holds(slot, IPV4));
    assertEquals(streams.inherited(0, IPV4), streams.inherited(slot, IPV4));
    String answer = answer(streams, streams(), kind);
    streams.alone(
        slot,
        () -> {
          for (SocketAddress server : servers(kind)) {
            assertEquals(answer, BindRun.ask(server));
            assertEquals(answer, BindRun.ask(server));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("datagrams")
  void aDatagramSocketIsTheOneThatTheWorkerFound(BindKind kind) throws Exception {
    int slot = datagrams().indexOf(kind);
    assertEquals(2, datagrams.holds(slot, WILDCARD));
    assertEquals(2, datagrams.holds(slot, IPV4));
    assertEquals(datagrams.inherited(0, IPV4), datagrams.inherited(slot, IPV4));
    String answer = answer(datagrams, datagrams(), kind);
    datagrams.alone(
        slot,
        () -> {
          for (SocketAddress server : servers(kind)) {
            assertEquals(answer, BindRun.askDatagram(server));
            assertEquals(answer, BindRun.askDatagram(server));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("paths")
  void aUnixSocketIsTheOneThatTheWorkerFound(BindKind kind) throws Exception {
    int slot = paths().indexOf(kind);
    assertEquals(2, paths.holds(slot, 0));
    assertEquals(paths.inherited(0, 0), paths.inherited(slot, 0));
    String answer = answer(paths, paths(), kind);
    SocketAddress server = BindKind.address(paths.folder.resolve("app.sock").toString());
    paths.alone(slot, () -> assertEquals(answer, BindRun.ask(server)));
  }
}
