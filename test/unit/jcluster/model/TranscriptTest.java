package jcluster.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole conversations with the state machine. In each file of transcripts/ a line that begins with
 * {@code >} is what happens, {@code #} a remark, and all that follows is what is done about it, to
 * the letter.
 */
class TranscriptTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("jcluster.root", "."), "test/unit/jcluster/model/transcripts");

  @TestFactory
  Stream<DynamicTest> transcripts() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".txt")).sorted().toList();
      assertFalse(found.isEmpty());
      return found.stream()
          .map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> check(f)));
    }
  }

  /**
   * The manual lists each message that transcripts log, and none that they do not; each is one kind
   * of message.
   */
  @Test
  void theManualListsTheLogMessages() throws IOException {
    Map<LogMessages.Message, Set<LogMessage>> seen = new HashMap<>();
    for (Action.Log log : logged()) {
      assertFalse(LogMessages.of(log).isEmpty(), () -> "not in the manual: " + log);
      seen.computeIfAbsent(LogMessages.closest(log), m -> new HashSet<>()).add(log.message());
    }
    List<String> unseen =
        LogMessages.ALL.stream().filter(m -> !seen.containsKey(m)).map(m -> m.text()).toList();
    assertEquals(List.of(), unseen);
    seen.forEach(
        (text, messages) -> assertEquals(1, messages.size(), () -> text + ": " + messages));
    Set<LogMessage> logged = EnumSet.noneOf(LogMessage.class);
    seen.values().forEach(logged::addAll);
    assertEquals(EnumSet.allOf(LogMessage.class), logged);
  }

  /** What all transcripts log, shown or not. */
  static List<Action.Log> logged() throws IOException {
    List<Action.Log> logged = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        var scenario = new Scenario();
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith(">"))
            .forEach(line -> scenario.run(line.substring(1)));
        logged.addAll(scenario.logged);
      }
    }
    return logged;
  }

  private static void check(Path file) throws IOException {
    List<String> expected = Files.readAllLines(file);
    assertEquals(String.join("\n", expected), String.join("\n", replay(expected)));
  }

  private static List<String> replay(List<String> script) {
    var scenario = new Scenario();
    List<String> transcript = new ArrayList<>();
    for (String line : script) {
      if (line.startsWith(">")) {
        transcript.add(line);
        transcript.addAll(scenario.run(line.substring(1)));
      } else if (line.startsWith("#") || line.isBlank()) {
        transcript.add(line);
      }
    }
    return transcript;
  }

  /**
   * Writes each file's transcript as it is now: {@code java … jcluster.model.TranscriptTest
   * FOLDER}.
   */
  public static void main(String[] arguments) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
      for (Path file : files.toList()) {
        Files.write(file, replay(Files.readAllLines(file)));
      }
    }
  }
}
