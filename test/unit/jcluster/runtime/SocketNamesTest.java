package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.config.Config;
import jcluster.config.ConfigException;
import jcluster.config.ConfigFile;
import jcluster.systemd.Endpoint;
import jcluster.systemd.Endpoint.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketNamesTest {
  private static final Endpoint HTTP = new Endpoint("http", Kind.TCP, 1, 8080, "0:0:0:0:0:0:0:0");
  private static final Endpoint WEB4 = new Endpoint("web", Kind.TCP, 2, 80, "127.0.0.1");
  private static final Endpoint WEB6 = new Endpoint("web", Kind.TCP, 3, 81, "0:0:0:0:0:0:0:1");
  private static final Endpoint DNS = new Endpoint("dns", Kind.UDP, 4, 80, "127.0.0.1");
  private static final Endpoint UNIX = new Endpoint("app", Kind.UNIX, 5, 0, "/run/app.sock");

  @TempDir Path folder;
  private Path agent;

  @BeforeEach
  void install() throws IOException {
    agent = Files.createFile(folder.resolve("agent.jar"));
  }

  private void check(String lines, Endpoint... sockets) throws IOException, ConfigException {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "[Worker]\nCommand=java\n" + lines);
    Config config = ConfigFile.load(file, Optional.empty(), "/bin");
    var surroundings =
        new Launch.Surroundings(Map.of(), "/jdk", 1, List.of(sockets), folder, agent);
    SocketNames.check(config, surroundings);
  }

  private List<String> problems(String lines, Endpoint... sockets) {
    return assertThrows(ConfigException.class, () -> check(lines, sockets)).problems();
  }

  @Test
  void aPortIsMappedToASocketByItsNameOrItsPort() throws Exception {
    check("PortMap=1:http 2:8080 3:81 4:dns\n", HTTP, WEB4, WEB6, DNS, UNIX);
    check("PortMap=1:8080\n", new Endpoint("8080", Kind.TCP, 1, 8080, "127.0.0.1"));
  }

  @Test
  void aMappingToNoSocketOrToSeveralIsRefusedAndNamesThem() {
    String none = " names no TCP or UDP socket by its name or port";
    String two = " names 2 sockets, allowed is what only one has";
    String these =
        ": there are http [::]:8080, web 127.0.0.1:80, web [::1]:81, dns 127.0.0.1:80 (UDP), app"
            + " /run/app.sock";
    assertEquals(
        List.of(
            "PortMap= '1:htpt'" + none + these,
            "PortMap= '2:9090'" + none + these,
            "PortMap= '3:web'" + two + these,
            "PortMap= '4:80'" + two + these,
            "PortMap= '5:app'" + none + these,
            "PortMap= '6:0'" + none + these,
            "PortMap= '7: [31m '" + none + these),
        problems(
            "PortMap=1:htpt 2:9090 3:web 4:80 5:app 6:0 7:\\x1b[31m\\n\n",
            HTTP,
            WEB4,
            WEB6,
            DNS,
            UNIX));
  }

  @Test
  void aSocketThatNoJavaProgramBindsIsRefused() throws Exception {
    Endpoint log = new Endpoint("log", Kind.UNIX_DATAGRAM, 1, 0, "/run/log.sock");
    Endpoint name = new Endpoint("x", Kind.UNIX_ABSTRACT, 1, 0, "@x");
    Endpoint other = new Endpoint("vm", Kind.OTHER, 1, 0, "");
    String rest =
        ", which no Java program can bind: set Adopt=no for an application that takes its sockets"
            + " by itself";
    assertEquals(
        List.of(
            "the socket 'log /run/log.sock' is a Unix datagram socket" + rest,
            "the socket 'x @x' is a Unix socket in the abstract namespace" + rest,
            "the socket 'vm' is neither an internet nor a Unix socket" + rest),
        problems("", log, HTTP, name, UNIX, other));
    check("Adopt=no\n", log, name, other);
  }

  @Test
  void aMissingAgentIsReportedAtOnce() throws Exception {
    Files.delete(agent);
    assertEquals(
        List.of(
            agent
                + " is missing: install jcluster again, or set Adopt=no for an application that"
                + " takes its sockets by itself"),
        problems("", HTTP));
    check("Adopt=no\n", HTTP);
  }

  @Test
  void aSocketWithANameOfItsOwnIsCalledByIt() {
    assertEquals("http", SocketNames.nameOf(8080, List.of(UNIX, HTTP)));
    assertEquals("80", SocketNames.nameOf(80, List.of(WEB4, WEB6)));
    Endpoint unnamed = new Endpoint("shop@max.socket", Kind.TCP, 1, 8080, "127.0.0.1");
    assertEquals("8080", SocketNames.nameOf(8080, List.of(unnamed)));
  }
}
