package jcluster.agent;

import static jcluster.agent.BindKind.Family.DATAGRAM;
import static jcluster.agent.BindKind.Family.STREAM;
import static jcluster.agent.BindKind.Family.UNIX;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
  private final int wildcard = Ports.free();
  private final int ipv4 = Ports.free();
  private final Map<BindKind.Family, BindRun> runs = new EnumMap<>(BindKind.Family.class);
  private String path;

  @BeforeAll
  void start() throws Exception {
    for (BindKind.Family family : List.of(STREAM, DATAGRAM, UNIX)) {
      runs.put(family, new BindRun());
    }
    path = runs.get(UNIX).folder.resolve("app.sock").toString();
    runs.get(STREAM).listen(wildcard).listen("127.0.0.1:" + ipv4);
    runs.get(DATAGRAM).datagrams(wildcard).datagrams("127.0.0.1:" + ipv4);
    runs.get(UNIX).listen(path);
    start(STREAM, String.valueOf(wildcard), "127.0.0.1:" + ipv4);
    start(DATAGRAM, String.valueOf(wildcard), "127.0.0.1:" + ipv4);
    start(UNIX, path);
  }

  /** Starts a worker for each kind of the family. */
  private void start(BindKind.Family family, String... addresses) throws Exception {
    String[] binds = Stream.of(addresses).map(a -> family + "=" + a).toArray(String[]::new);
    runs.get(family).start(BindKind.of(family).size(), binds);
  }

  @AfterAll
  void stop() throws Exception {
    for (BindRun run : runs.values()) {
      run.close();
    }
  }

  static Stream<BindKind> kinds() {
    return Stream.of(BindKind.values()).filter(kind -> kind.family != BindKind.Family.OTHER);
  }

  /** The addresses that it serves; a channel of IPv4 does not know the addresses of IPv6. */
  private List<SocketAddress> servers(BindKind kind) throws IOException {
    if (kind.family == UNIX) {
      return List.of(BindKind.address(path));
    }
    List<SocketAddress> servers = new ArrayList<>();
    servers.add(BindRun.loopback(ipv4));
    servers.add(BindRun.loopback(wildcard));
    if (kind != BindKind.DATAGRAMS_OF_IPV4) {
      servers.add(BindRun.loopback6(wildcard));
    }
    return servers;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theSocketIsTheOneThatTheWorkerFound(BindKind kind) throws Exception {
    BindRun run = runs.get(kind.family);
    int slot = BindKind.of(kind.family).indexOf(kind);
    for (int index = 0; index < (kind.family == UNIX ? 1 : 2); index++) {
      assertEquals(2, run.holds(slot, index));
      assertEquals(run.inherited(0, index), run.inherited(slot, index));
    }
    run.alone(
        slot,
        () -> {
          for (SocketAddress server : servers(kind)) {
            for (int i = 0; i < 2; i++) {
              assertEquals(kind.word() + " " + run.worker(slot), BindRun.ask(kind, server));
            }
          }
        });
  }
}
