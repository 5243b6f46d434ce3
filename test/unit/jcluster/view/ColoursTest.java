package jcluster.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ColoursTest {
  private static boolean on(boolean terminal, String... variables) {
    Map<String, String> environment =
        variables.length == 2
            ? Map.of("TERM", variables[0], "NO_COLOR", variables[1])
            : variables.length == 1 ? Map.of("TERM", variables[0]) : Map.of();
    return Colours.of(environment, terminal).on();
  }

  @Test
  void thereAreColoursOnATerminalThatHasThemUnlessNobodyWantsThem() {
    assertEquals(true, on(true, "xterm"));
    assertEquals(true, on(true, "xterm", ""));
    assertEquals(false, on(true, "xterm", "1"));
    assertEquals(false, on(true, "dumb"));
    assertEquals(false, on(true, ""));
    assertEquals(false, on(true));
    assertEquals(false, on(false, "xterm"));
  }

  private static String shown(String line) {
    return new Colours(true)
        .line(line)
        .replace("\u001b[32m", "<green>")
        .replace("\u001b[33m", "<yellow>")
        .replace("\u001b[31m", "<red>")
        .replace("\u001b[m", "</>");
  }

  @Test
  void ofALineTheTallyAndAFailureAreColoured() {
    assertEquals("t: <green>2/2 ready</>, generation 1", shown("t: 2/2 ready, generation 1"));
    assertEquals("t: starting, <yellow>1/2 ready</>", shown("t: starting, 1/2 ready"));
    assertEquals("t: <yellow>rolling 1/4</>; worker 1", shown("t: rolling 1/4; worker 1"));
    assertEquals(
        "t: <green>2/2 ready</>, generation 1; <red>last reload failed</>: why",
        shown("t: 2/2 ready, generation 1; last reload failed: why"));
    assertEquals("t: stopping, 3 left", shown("t: stopping, 3 left"));
    String line = "t: 2/2 ready, generation 1; last reload failed: why";
    assertEquals(line, Colours.NONE.line(line));
  }
}
