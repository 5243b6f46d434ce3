package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import jcluster.config.ConfigFile;
import jcluster.config.Key;
import jcluster.control.Request;
import jcluster.model.Outcome;
import org.junit.jupiter.api.Test;

/** The manual pages and --help against the code. */
class ManualTest {
  private static final Path MAN = Path.of(System.getProperty("jcluster.root", "."), "man");

  private static List<String> page(String name) throws IOException {
    return Files.readAllLines(MAN.resolve(name));
  }

  private static String help() throws IOException {
    try (var text = Main.class.getResourceAsStream("help.txt")) {
      return new String(text.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  @Test
  void everyKeyIsInTheManualWithItsDefaultAndInOrder() throws IOException {
    Map<String, String> expected = new LinkedHashMap<>();
    for (Key key : ConfigFile.keys()) {
      expected.put(key + "=", key.defaultText());
    }
    Map<String, String> found = new LinkedHashMap<>();
    List<String> lines = page("jcluster.conf.5");
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).matches("\\.It Va \\w+=")) {
        String next = lines.get(i + 1).equals("Default:") ? lines.get(i + 2) : "";
        assertTrue(!next.isEmpty() || lines.get(i + 1).equals("Default: none."), lines.get(i));
        String text =
            next.replaceFirst("^\\.Ql ", "").replaceFirst(" \\.$", "").replace("\\-", "-");
        found.put(lines.get(i).substring(".It Va ".length()), text);
      }
    }
    assertEquals(new ArrayList<>(expected.entrySet()), new ArrayList<>(found.entrySet()));
  }

  @Test
  void everyOptionOfTheHelpIsInTheManualAndTheOtherWayRound() throws IOException {
    var help = new TreeSet<String>();
    Pattern.compile("--([a-z]+)")
        .matcher(help())
        .results()
        .map(MatchResult::group)
        .forEach(help::add);
    var manual = new TreeSet<String>();
    for (String line : page("jcluster.1")) {
      if (line.startsWith(".It Fl ")) {
        Pattern.compile("(?<=Fl )-[a-z]+")
            .matcher(line)
            .results()
            .forEach(m -> manual.add("-" + m.group()));
      }
    }
    assertEquals(help, manual);
  }

  @Test
  void everyCommandOfTheHelpIsInTheManual() throws IOException {
    List<String> commands =
        new ArrayList<>(List.of("run", "list", "check", "add", "remove", "import"));
    for (Request request : Request.values()) {
      commands.add(request.toString());
    }
    for (String command : commands) {
      assertTrue(Pattern.compile("(?m)^  " + command + " ").matcher(help()).find(), command);
      assertTrue(
          page("jcluster.1").stream().anyMatch(l -> l.matches("\\.It Ic " + command + "( .*)?")),
          command);
    }
  }

  @Test
  void everyExitStatusIsInTheManual() throws IOException {
    List<String> lines = page("jcluster.1");
    List<String> statuses = new ArrayList<>();
    for (String line : lines.subList(lines.indexOf(".Sh EXIT STATUS"), lines.size())) {
      if (line.matches("\\.It \\d+")) {
        statuses.add(line.substring(4));
      } else if (line.equals(".El")) {
        break;
      }
    }
    List<String> expected = new ArrayList<>();
    for (Outcome outcome : Outcome.values()) {
      expected.add(String.valueOf(outcome.status()));
    }
    assertEquals(expected, statuses);
  }
}
