package jcluster.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The journal's catalogue, systemd/jcluster.catalog, against the messages that it explains. */
class CatalogTest {
  private static final Path CATALOG =
      Path.of(System.getProperty("jcluster.root", "."), "systemd/jcluster.catalog");

  /** The entries by their ids: header and text. */
  private static Map<String, String> entries() throws IOException {
    Map<String, String> entries = new LinkedHashMap<>();
    for (String entry : Files.readString(CATALOG).split("(?m)^-- ")) {
      if (!entry.startsWith("#")) {
        String id = entry.lines().findFirst().orElseThrow();
        assertEquals(null, entries.put(id, entry.substring(id.length() + 1)), id);
      }
    }
    return entries;
  }

  @Test
  void eachMessageHasItsEntryAndTheOtherWayRound() throws IOException {
    List<String> ids = Stream.of(LogMessage.values()).map(LogMessage::id).toList();
    assertEquals(ids, List.copyOf(entries().keySet()));
    ids.forEach(id -> assertTrue(id.matches("[0-9a-f]{32}"), id));
  }

  @Test
  void eachEntrySaysWhatHappenedAndWhereMoreIs() throws IOException {
    String header = "Subject: .+\nDefined-By: jcluster\nDocumentation: man:jcluster\\(1\\)\n\n";
    for (String entry : entries().values()) {
      assertTrue(
          Pattern.compile(header + "[A-Z].*\n+", Pattern.DOTALL).matcher(entry).matches(), entry);
    }
  }

  /** journalctl shows a variable that an entry lacks as it stands. */
  @Test
  void aMessageHasTheFieldsThatItsEntryNames() throws IOException {
    Map<LogMessage, Set<String>> fields = new EnumMap<>(LogMessage.class);
    for (Action.Log log : TranscriptTest.logged()) {
      Set<String> has = new HashSet<>(Set.of("NAME"));
      log.subject().slot().ifPresent(slot -> has.add("SLOT"));
      log.subject().generation().ifPresent(generation -> has.add("GENERATION"));
      log.subject().pid().ifPresent(pid -> has.add("PID"));
      fields.computeIfAbsent(log.message(), m -> new HashSet<>(has)).retainAll(has);
    }
    Map<String, String> entries = entries();
    for (LogMessage message : LogMessage.values()) {
      Set<String> named =
          Pattern.compile("@JCLUSTER_([A-Z]+)@")
              .matcher(entries.get(message.id()))
              .results()
              .map((MatchResult m) -> m.group(1))
              .collect(Collectors.toSet());
      assertTrue(fields.get(message).containsAll(named), () -> message + ": " + named);
    }
  }
}
