package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.cluster.Program;
import jcluster.load.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which binds of an application are answered with the supervisor's sockets, and which are not. */
@Timeout(120)
class BindTest {
  @Test
  void otherSocketsAreTheApplicationsOwn() throws Exception {
    int port = Ports.free();
    int other = Ports.free();
    int otherOfChild = Ports.free();
    try (BindRun run = new BindRun().listen("127.0.0.1:" + port)) {
      String child = "child others " + otherOfChild + ", fails socket=127.0.0.1:" + port + ", end";
      run.start(1, "others " + other, "socket=127.0.0.1:" + port, "others 0", child);
      Program program = run.program();
      List<Matcher> lines = new ArrayList<>();
      for (int i = 1; i <= 6; i++) {
        lines.add(program.await("^others of (TCP) have (\\d+) (\\d+)$", i));
      }
      for (int i = 1; i <= 2; i++) {
        lines.add(program.await("^others of (UDP) have (\\d+) (\\d+)$", i));
      }
      assertEquals(String.valueOf(other), lines.get(0).group(2));
      String inherited = run.inherited(0, 0);
      List<String> all = BindRun.sockets(run.worker(0));
      for (Matcher line : lines) {
        for (int group = 2; group <= 3; group++) {
          String protocol = line.group(1).toLowerCase(Locale.ROOT);
          var owners = BindRun.sockets(protocol, Integer.parseInt(line.group(group)), 0);
          assertTrue(all.stream().anyMatch(owners::contains), line::group);
          assertFalse(owners.contains(inherited), line::group);
        }
      }
      assertEquals(2, run.holds(0, 0));
      run.assertServes("socket=" + port);

      program.await("^child ended with 0$");
      List<String> said = program.output().stream().filter(l -> l.startsWith("child: ")).toList();
      assertEquals(5, said.size(), said::toString);
      assertTrue(said.get(0).startsWith("child: others of TCP have " + otherOfChild + " "));
      assertTrue(said.get(3).startsWith("child: others of UDP have "), said::toString);
      String refused =
          "child: socket=127.0.0.1:"
              + port
              + " failed: java.net.BindException: Address already in use";
      assertEquals(refused, said.get(4));
    }
  }

  @Test
  void anAddressCanBeBoundOnceAtATimeAsOnAnyMachine() throws Exception {
    int stream = Ports.free();
    int datagram = Ports.free();
    int own = Ports.free();
    int shared = Ports.free();
    try (BindRun run = new BindRun().datagrams("127.0.0.1:" + datagram)) {
      String path = run.folder.resolve("app.sock").toString();
      run.listen(stream).listen(path).listen("127.0.0.1:" + shared);
      List<String> binds = new ArrayList<>();
      for (String kind :
          List.of("socket", "channel", "selector", "adaptor", "asynchronous", "reused_port")) {
        binds.add("again " + kind + "=" + stream);
      }
      for (String kind : List.of("packets", "datagrams", "datagram_selector")) {
        binds.add("again " + kind + "=" + datagram);
      }
      binds.add("again unix=" + path);
      binds.add("again unix_selector=" + path);
      binds.add("again socket=" + own);
      binds.addAll(
          List.of("channel=" + stream, "datagrams=" + datagram, "unix=" + path, "socket=" + own));
      List<String> refused = new ArrayList<>();
      for (String kind : List.of("socket", "channel", "asynchronous", "http")) {
        refused.add(kind + "=" + stream);
        refused.add(kind + "=127.0.0.1:" + stream);
        refused.add(kind + "=" + own);
      }
      refused.add("packets=127.0.0.1:" + datagram);
      refused.add("datagrams=" + datagram);
      refused.add("unix=" + path);
      refused.forEach(word -> binds.add("fails " + word));
      binds.add("reused_port=" + shared);
      binds.add("reused_port=" + shared);
      run.start(1, binds.toArray(String[]::new));
      run.program().await("^reused_port has .* " + shared, 2);
      for (String word : refused) {
        run.program().await("^" + Pattern.quote(word) + " failed: java.net.Bind");
      }
      for (int i = 0; i < 3; i++) {
        assertEquals(2, run.holds(0, i));
      }
      assertEquals(3, run.holds(0, 3));
      for (int i = 0; i < 3; i++) {
        run.assertServes("channel=" + stream, "datagrams=" + datagram, "unix=" + path);
        run.assertServes("socket=" + own, "reused_port=" + shared);
      }
    }
  }

  @Test
  void theSocketOfTheSameOrAnOverlappingAddressIsTaken() throws Exception {
    int both = Ports.free();
    int[] ports = new int[5];
    for (int i = 0; i < ports.length; i++) {
      ports[i] = Ports.free();
    }
    try (BindRun run = new BindRun()) {
      Path path = run.folder.resolve("app.sock");
      Path relative = Path.of("").toAbsolutePath().relativize(path);
      run.listen("[::1]:" + both).listen("127.0.0.1:" + both).listen(ports[0]).listen(ports[1]);
      run.listen(ports[2]).listen("127.0.0.1:" + ports[3]).listen("[::1]:" + ports[4]).listen(path);
      run.start(
          1,
          "socket=[::1]:" + both,
          "channel=127.0.0.1:" + both,
          "asynchronous=" + ports[0],
          "http=127.0.0.1:" + ports[1],
          "selector=[::1]:" + ports[2],
          "channel=" + ports[3],
          "adaptor=" + ports[4],
          "unix=" + relative);
      for (int i = 0; i < 8; i++) {
        assertEquals(2, run.holds(0, i), "socket " + i);
      }
      for (String told :
          List.of(
              "socket has 0:0:0:0:0:0:0:1 " + both,
              "channel has 127.0.0.1 " + both,
              "asynchronous has 0:0:0:0:0:0:0:0 " + ports[0],
              "http has 0:0:0:0:0:0:0:0 " + ports[1],
              "selector has 0:0:0:0:0:0:0:0 " + ports[2],
              "channel has 127.0.0.1 " + ports[3],
              "adaptor has 0:0:0:0:0:0:0:1 " + ports[4],
              "unix has " + path)) {
        run.program().await("^" + told + "$");
      }
      run.assertServes("socket=[::1]:" + both, "channel=" + both);
      run.assertServes("asynchronous=" + ports[0], "asynchronous=[::1]:" + ports[0]);
      run.assertServes("http=" + ports[1], "http=[::1]:" + ports[1]);
      run.assertServes("selector=" + ports[2], "selector=[::1]:" + ports[2]);
      run.assertServes("channel=" + ports[3], "adaptor=[::1]:" + ports[4], "unix=" + path);
    }
  }

  @Test
  void anApplicationThatKnowsOnlyIpv4SharesSocketsOfIpv6() throws Exception {
    int stream = Ports.free();
    int other = Ports.free();
    int datagram = Ports.free();
    int otherDatagram = Ports.free();
    try (BindRun run =
        new BindRun().datagrams(datagram).datagrams(otherDatagram).listen(stream).listen(other)) {
      run.begin(
          1,
          List.of("java", "-Djava.net.preferIPv4Stack=true"),
          "packets=" + datagram,
          "datagrams=127.0.0.1:" + otherDatagram,
          "socket=127.0.0.1:" + stream,
          "selector=" + other);
      run.awaitStarted();
      for (int i = 0; i < 4; i++) {
        assertEquals(2, run.holds(0, i), "socket " + i);
      }
      run.assertServes("packets=" + datagram, "datagrams=" + otherDatagram);
      run.assertServes("socket=" + stream, "selector=" + other);
    }
  }

  @Test
  void aMappedPortIsBoundInsteadAndTheApplicationSeesIt() throws Exception {
    int stream = Ports.free();
    int other = Ports.free();
    int datagram = Ports.free();
    int[] ports = {Ports.free(), Ports.free(), Ports.free()};
    try (BindRun run = new BindRun()) {
      run.datagrams("127.0.0.1:" + datagram).listen(stream).listen("127.0.0.1:" + other);
      run.configure(
          "PortMap=" + ports[0] + ":" + stream + " " + ports[1] + ":" + other,
          "PortMap=" + ports[2] + ":dns");
      run.start(1, "socket=" + ports[0], "channel=127.0.0.1:" + ports[1], "packets=" + ports[2]);
      Program program = run.program();
      program.await("^socket has 0.0.0.0 " + stream + "$");
      program.await("^channel has 127.0.0.1 " + other + "$");
      program.await("^packets has 127.0.0.1 " + datagram + "$");
      for (int i = 0; i < 3; i++) {
        assertEquals(2, run.holds(0, i), "socket " + i);
      }
      run.assertServes("socket=" + stream, "channel=" + other, "packets=" + datagram);
      for (int port : ports) {
        assertEquals(List.of(), BindRun.sockets("tcp", port, 0));
        assertEquals(List.of(), BindRun.sockets("udp", port, 0));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "udp", "unix"})
  void anInheritedChannelServesAndItsEndIsLogged(String kind) throws Exception {
    int port = Ports.free();
    try (BindRun run = new BindRun()) {
      String path = run.folder.resolve("app.sock").toString();
      if (kind.equals("udp")) {
        run.datagrams("127.0.0.1:" + port);
      } else {
        run.listen(kind.equals("unix") ? path : port);
      }
      run.start(1, "inherited");
      assertEquals(2, run.holds(0, 0));
      assertFalse(run.blocking(0, 0));
      String answer =
          kind.equals("udp")
              ? BindRun.askDatagram(BindRun.loopback(port))
              : BindRun.ask(BindKind.address(kind.equals("unix") ? path : "127.0.0.1:" + port));
      assertTrue(answer.endsWith(" " + run.worker(0)), answer);
      run.program().signal("TERM");
      assertEquals(0, run.program().await());
      List<String> output = run.program().output();
      assertTrue(output.contains("closed"), output::toString);
      assertTrue(output.contains("and still heard"), output::toString);
    }
  }
}
