package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpanTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "5, 5_000_000_000",
    "0.25, 250_000_000",
    "30s, 30_000_000_000",
    "1.5s, 1_500_000_000",
    "500ms, 500_000_000",
    "500 ms, 500_000_000",
    "7us, 7_000",
    "7usec, 7_000",
    "7\u00b5s, 7_000",
    "7\u03bcs, 7_000",
    "0.1us, 100",
    "0.0001us, 0",
    "7ms, 7_000_000",
    "7msec, 7_000_000",
    "7s, 7_000_000_000",
    "7sec, 7_000_000_000",
    "1second, 1_000_000_000",
    "7seconds, 7_000_000_000",
    "7m, 420_000_000_000",
    "7min, 420_000_000_000",
    "1minute, 60_000_000_000",
    "7minutes, 420_000_000_000",
    "7h, 25_200_000_000_000",
    "7hr, 25_200_000_000_000",
    "1hour, 3_600_000_000_000",
    "7hours, 25_200_000_000_000",
    "2d, 172_800_000_000_000",
    "1day, 86_400_000_000_000",
    "2days, 172_800_000_000_000",
    "1w, 604_800_000_000_000",
    "1week, 604_800_000_000_000",
    "0.5weeks, 302_400_000_000_000",
    "2min 3s, 123_000_000_000",
    "2min3s, 123_000_000_000",
    "3s 2 min, 123_000_000_000",
    "1s 1s, 2_000_000_000",
    "6d 23h 59min 60s, 604_800_000_000_000",
  })
  void reads(String text, String nanos) {
    assertEquals(Long.parseLong(nanos.replace("_", "")), Span.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "s",
        "ms",
        "5 5",
        "5s 5",
        "5 5s",
        "-5",
        "+5",
        "-5s",
        "5S",
        "5M",
        "5ns",
        "5month",
        "5y",
        "5parsecs",
        "0x5",
        "1e3",
        ".5s",
        "5.s",
        "5,5s",
        "1..5s",
        "1.5.5s",
        "5;",
        "\u0665s",
        "5s!",
        "Infinity",
        "never",
        "5\u00a0s"
      })
  void refusesAnythingElse(String text) {
    assertEquals(
        "'"
            + text
            + "' is not a time span: allowed are numbers with the units us, ms, s, min, h, d or w,"
            + " such as 500ms or 2min 30s, or seconds alone",
        refusal(text));
  }

  @Test
  void refusesInfinity() {
    assertEquals("'infinity' has no end: allowed is at most 1 week", refusal("infinity"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8d",
        "1w 1us",
        "604801",
        "9223372036s",
        "9223372037s",
        "9223372036854775808us",
        "99999999999999999999999999999999w",
        "1w 9223372036854775807w"
      })
  void refusesMoreThanAWeek(String text) {
    assertEquals("'" + text + "' is too long: allowed is at most 1 week", refusal(text));
  }

  @Test
  void refusesAnEndlessNumberAtOnce() {
    assertTrue(
        refusal("9".repeat(1 << 20)).startsWith("'" + "9".repeat(80) + "...' is not a time"));
  }

  private static String refusal(String text) {
    return assertThrows(IllegalArgumentException.class, () -> Span.parse(text)).getMessage();
  }
}
