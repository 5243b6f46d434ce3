package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcluster.config.ConfigFile;
import jcluster.systemd.Endpoint;
import jcluster.systemd.Endpoint.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The writer of the variable, and the agent that reads it. */
class AgentSettingsTest {
  private static final Path READER =
      Path.of(
          System.getProperty("jcluster.root", "."),
          "src/agent/java.base/sun/nio/ch/JclusterAgent.java");

  @TempDir Path folder;

  private List<String> lines(String... conf) throws Exception {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "[Worker]\nCommand=java x\n" + String.join("\n", conf) + "\n");
    var surroundings =
        new Launch.Surroundings(
            Map.of(),
            "/jdk",
            1,
            List.of(new Endpoint("my socket", Kind.TCP, 4711, 8080, "0:0:0:0:0:0:0:0")),
            Path.of("/run/with space"),
            folder.resolve("agent.jar"));
    String text =
        AgentSettings.text(ConfigFile.load(file, Optional.empty(), "/bin"), 7, surroundings);
    return text.lines().toList();
  }

  private static Set<String> keywords() {
    return Stream.of(AgentSettings.Keyword.values())
        .map(AgentSettings.Keyword::toString)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void theAgentKnowsEachKeywordAndNoOther() throws Exception {
    String reader = Files.readString(READER);
    Set<String> known =
        Pattern.compile("case \"([a-z]+)\" ->")
            .matcher(reader)
            .results()
            .map((MatchResult found) -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(known, keywords());
  }

  @Test
  void eachKeywordIsWrittenInItsOrder() throws Exception {
    List<String> lines =
        lines("PortMap=80:8080", "Watchdog=2s", "Ready=notify", "Inspect=no", "SlowStart=10s");
    assertEquals(
        List.of(
            "seat 7",
            "gate supervisor",
            "stop 30000",
            "hooks 5000",
            "grace 5000",
            "inspect no",
            "slow 10000",
            "socket tcp 4711 8080 0:0:0:0:0:0:0:0",
            "name 0 my socket",
            "port 80 0",
            "watchdog 2000",
            "directory /run/with space"),
        lines);
    Set<String> written =
        lines.stream().map(l -> l.split(" ")[0]).collect(Collectors.toCollection(TreeSet::new));
    assertEquals(keywords(), written);
  }

  /** Only the agent of a worker that is ready by listening alone may decide by itself. */
  @ParameterizedTest
  @CsvSource({
    "'', self",
    "Ready=listen, self",
    "ReadyDelay=0, self",
    "ReadyDelay=1ms, supervisor",
    "ReadyCommand=/bin/true, supervisor",
    "Ready=notify, supervisor",
    "Ready=start, supervisor"
  })
  void theAgentOpensTheGateOnlyWhereListeningAloneIsReady(String conf, String who)
      throws Exception {
    assertTrue(lines(conf).contains("gate " + who), conf);
  }

  @Test
  void timesAreInMillisecondsRoundedUp() throws Exception {
    List<String> lines = lines("StopTimeout=9s", "HookTimeout=1500us", "KeepAliveGrace=1us");
    assertEquals(List.of("stop 9000", "hooks 2", "grace 1"), lines.subList(2, 5));
    assertTrue(lines("SlowStart=1us").contains("slow 1"));
    assertFalse(lines("SlowStart=0").stream().anyMatch(line -> line.startsWith("slow ")));
    lines = lines("HookTimeout=0", "KeepAliveGrace=0");
    assertEquals(List.of("stop 30000", "hooks 0", "grace 0"), lines.subList(2, 5));
  }
}
