package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConfigTest {
  @Test
  void expandsTemplates() {
    assertEquals("a 12 12% %i $1 \\", Config.expand("a %i %i%% %%i $1 \\", 12));
    for (String text : List.of("%", "a%", "%%%", "%I", "%\n", "%\ud83d\ude00")) {
      assertThrows(IllegalArgumentException.class, () -> Config.expand(text, 0), text);
    }
  }

  @Test
  void isImmutable() {
    List<String> command = new ArrayList<>(List.of("java"));
    Map<String, String> environment = new LinkedHashMap<>(Map.of("A", "1"));
    Map<String, Integer> bases = new LinkedHashMap<>(Map.of("P", 1_000_000_000));
    Map<Integer, String> ports = new LinkedHashMap<>(Map.of(80, "http"));
    Config config =
        new Config(
            command,
            Optional.empty(),
            Optional.empty(),
            environment,
            "SLOT",
            bases,
            true,
            ports,
            Optional.empty(),
            true,
            null,
            List.of(),
            Optional.empty(),
            Optional.empty());
    command.add("x");
    environment.put("B", "2");
    bases.put("Q", 2);
    ports.put(81, "http");
    assertEquals(List.of("java"), config.command(1023));
    assertEquals(Map.of("A", "1", "P", "1000001023", "SLOT", "1023"), config.environment(1023));
    assertEquals(Map.of(80, "http"), config.portMap());
    assertThrows(UnsupportedOperationException.class, () -> config.environment().put("C", "3"));
    assertThrows(UnsupportedOperationException.class, () -> config.portMap().clear());
    assertThrows(UnsupportedOperationException.class, () -> config.incrementVariables().clear());
    assertThrows(UnsupportedOperationException.class, () -> config.environment(0).clear());
    assertThrows(UnsupportedOperationException.class, () -> config.command(0).clear());
  }
}
