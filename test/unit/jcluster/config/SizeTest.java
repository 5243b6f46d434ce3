package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeTest {
  @ParameterizedTest
  @CsvSource({
    "1048576, 1048576",
    "1048577.9, 1048577",
    "1024K, 1048576",
    "512M, 536870912",
    "1.5G, 1610612736",
    "0.001G, 1073741",
    "2T, 2199023255552",
    "00001M, 1048576",
    "1024T, 1125899906842624"
  })
  void reads(String text, long bytes) {
    assertEquals(bytes, Size.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "M",
        "512MB",
        "512MiB",
        "512m",
        "512 M",
        " 512M",
        "-512M",
        "+512M",
        "1e3M",
        "50%",
        ".5G",
        "5.G",
        "1G 512M",
        "1,5G",
        "infinity",
        "\u0661M",
        "999999999999999999999"
      })
  void refuses(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Size.parse(text)).getMessage();
    assertTrue(message.startsWith("'" + text + "' is not a size: allowed are numbers"), message);
  }

  @Test
  void hasBounds() {
    assertEquals(
        "'512' is too small: allowed is 1M or more",
        assertThrows(IllegalArgumentException.class, () -> Size.parse("512")).getMessage());
    assertEquals(
        "'1024.1T' is too large: allowed is at most 1024T",
        assertThrows(IllegalArgumentException.class, () -> Size.parse("1024.1T")).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Size.parse("9".repeat(20) + "T"));
  }
}
