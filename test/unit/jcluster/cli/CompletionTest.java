package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import jcluster.cluster.Program;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a shell completes is what the help names. */
@Tag("once")
class CompletionTest extends SupervisorsTest {
  private static final Path ROOT = Path.of(System.getProperty("jcluster.root"));
  private static final Path COMPLETIONS = ROOT.resolve("src/launcher/completions");

  private static Set<String> found(String text, String pattern) {
    var found = new TreeSet<String>();
    Pattern.compile("(?m)" + pattern).matcher(text).results().forEach(m -> found.add(m.group(1)));
    return found;
  }

  private static String help() throws IOException {
    try (var text = Main.class.getResourceAsStream("help.txt")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** What bash completes at the end of these words. */
  private Set<String> bash(String... words) throws Exception {
    cluster.environment.put(
        "PATH", Path.of(Program.LAUNCHER).getParent() + ":" + System.getenv("PATH"));
    String script =
        ". \"$0\"; COMP_WORDS=(jcluster \"$@\"); COMP_CWORD=$#; _jcluster 2>/dev/null;"
            + " printf '<%s>\\n' \"${COMPREPLY[@]}\"";
    List<String> command = new ArrayList<>();
    command.addAll(List.of("bash", "-c", script, COMPLETIONS.resolve("jcluster.bash").toString()));
    command.addAll(List.of(words));
    Program bash = cluster.beside(command);
    assertEquals(0, bash.await(), bash.output()::toString);
    return found(String.join("\n", bash.output()), "^<(.+)>$");
  }

  @Test
  void bashCompletesCommandsAndOptionsAndTheNamesOfWhatRuns() throws Exception {
    var all = found(help(), "^  (\\w+) ");
    all.addAll(Set.of("--help", "--version"));
    assertEquals(all, bash(""));
    assertEquals(Set.of("reload", "remove", "run"), bash("r"));
    var options = found(help(), "^  (--\\w+=)");
    options.addAll(Set.of("--", "--start"));
    var offered = new TreeSet<String>();
    for (String command : List.of("run", "add", "import")) {
      offered.addAll(bash(command, ""));
    }
    assertEquals(options, offered);
    configure(SLEEPS);
    start(1).await("started 1 worker");
    for (String command : List.of("reload", "scale", "status", "upgrade", "remove")) {
      assertEquals(Set.of("t"), bash(command, ""), command);
    }
    assertEquals(Set.of("max"), bash("scale", "t", ""));
    assertEquals(Set.of("--json", "--metrics", "--ready", "--watch"), bash("status", "--"));
    assertEquals(Set.of("--all"), bash("reload", "--"));
    assertEquals(Set.of(), bash("reload", "t", ""));
    assertEquals(Set.of(folder + "/t.conf"), bash("check", folder + "/"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "_jcluster, ^    '(\\w+):, (--\\w+=)\\[",
        "jcluster.fish, use_subcommand -a (\\w+) , from [ \\w]+' -l (\\w+) -(?:x|rF)"
      })
  void theOtherShellsKnowTheSame(String file, String commands, String options) throws Exception {
    String text = Files.readString(COMPLETIONS.resolve(file));
    assertEquals(found(help(), "^  (\\w+) "), found(text, commands));
    Set<String> found = new TreeSet<>();
    found(text, options).forEach(o -> found.add(o.replaceFirst("^-*(\\w+)=?$", "--$1=")));
    assertEquals(found(help(), "^  (--\\w+=)"), found);
  }
}
