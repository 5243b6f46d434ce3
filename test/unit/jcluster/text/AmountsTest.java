package jcluster.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
  @Test
  void bytesAreInMebibytesAndThenInGibibytes() {
    assertEquals("612.3M", Amounts.mebibytes(642_044_723));
    assertEquals("1536.0M", Amounts.mebibytes(1536L << 20));
    assertEquals("612.3M", Amounts.bytes(642_044_723));
    assertEquals("1.5G", Amounts.bytes(1536L << 20));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 0",
    "99999, 5, 99999",
    "100000, 5, 100k",
    "123456, 6, 123456",
    "1234567, 6, 1235k",
    "12345678, 7, 12346k",
    "999949, 5, 1000k",
    "999999, 5, 1000k",
    "9223372036854775807, 5, 9223P",
    "-9223372036854775808, 5, -9.2E"
  })
  void aCountIsShortenedWhereItDoesNotFit(long count, int width, String text) {
    assertEquals(text, Amounts.count(count, width));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.04, 0.0",
    "3.14, 3.1",
    "9.94, 9.9",
    "9.96, 10",
    "812.4, 812",
    "123456, 123k"
  })
  void aRateHasADecimalWhereThatSaysMuch(double rate, String text) {
    assertEquals(text, Amounts.rate(rate));
  }
}
