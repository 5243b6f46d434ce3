package jcluster.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\0",
        "\t",
        "\n",
        "\r",
        "\u001b",
        "\u007f",
        "\u0085",
        "\u009b",
        "\u061c",
        "\u200b",
        "\u200e",
        "\u200f",
        "\u2028",
        "\u2029",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\ufeff",
        "\ud83d",
        "\ude00",
        "\ue000",
        "\uffff",
        "\udb40\udc01",
        "\udbff\udffd",
      })
  void harmfulCharactersBecomeSpaces(String character) {
    assertEquals("a b", Printable.of("a" + character + "b"));
    assertEquals(" ", Printable.of(character));
  }

  @Test
  void noControlCharacterIsLeft() {
    IntStream.concat(IntStream.range(0, 0x20), IntStream.range(0x7f, 0xa0))
        .forEach(c -> assertEquals(" ", Printable.of(Character.toString(c))));
  }

  @Test
  void ordinaryTextIsUnchanged() {
    String text = "pid 1 → 2, größer, 例え, e\u0301, \ud83d\ude00 'x' \ufffd\u00a0";
    assertEquals(text, Printable.of(text));
  }

  @Test
  void linesAreKeptApart() {
    assertEquals("a b\n c\n\nd", Printable.lines("a\u2028b\n\u001bc\n\nd\n"));
    assertEquals("", Printable.lines(""));
  }

  @Test
  void noCharacterIsCutInHalf() {
    assertEquals("ab", Printable.cut("abc", 2));
    assertEquals("abc", Printable.cut("abc", 3));
    assertEquals("a\ud83d\ude00", Printable.cut("a\ud83d\ude00b", 3));
    assertEquals("a", Printable.cut("a\ud83d\ude00", 2));
    assertEquals("", Printable.cut("\ud83d\ude00", 1));
    assertEquals("", Printable.cut("a", 0));
  }
}
