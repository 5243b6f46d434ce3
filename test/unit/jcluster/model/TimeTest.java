package jcluster.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 ms",
    "999_999, 0 ms",
    "1_000_000, 1 ms",
    "812_000_000, 812 ms",
    "999_999_999, 999 ms",
    "1_000_000_000, 1 s",
    "1_099_999_999, 1 s",
    "3_400_000_000, 3.4 s",
    "59_999_999_999, 59.9 s",
    "60_000_000_000, 1 min",
    "90_000_000_000, 1 min 30 s",
    "3_599_999_999_999, 59 min 59 s",
    "3_600_000_000_000, 1 h",
    "3_660_000_000_000, 1 h 1 min",
    "86_399_000_000_000, 23 h 59 min",
    "86_400_000_000_000, 1 d",
    "615_600_000_000_000, 7 d 3 h",
    "9_223_372_036_854_775_807, 106751 d 23 h",
  })
  void writes(String nanos, String text) {
    assertEquals(text, Time.text(Long.parseLong(nanos.replace("_", ""))));
  }
}
