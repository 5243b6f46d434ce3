package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WordsTest {
  static Stream<Arguments> values() {
    return Stream.of(
        words(""),
        words("a", "a"),
        words("  a \t b  ", "a", "b"),
        words("'' \"\"", "", ""),
        words("\"a b\" 'c d'", "a b", "c d"),
        words("A=\"b c\"d", "A=b cd"),
        words("\"it's\" 'a \"b\"'", "it's", "a \"b\""),
        words("\\a\\b\\f\\n\\r\\t\\v\\s\\\\\\\"\\'", "\7\b\f\n\r\t\13 \\\"'"),
        words("\"a\\\"b\" 'a\\'b'", "a\"b", "a'b"),
        words("\\x41\\102\\u0043\\U00000044", "ABCD"),
        words("a\\x20b\\x22", "a b\""),
        words("\\xc3\\xa9 \\u00e9 \u00e9 \\303\\251", "\u00e9", "\u00e9", "\u00e9", "\u00e9"),
        words("\ud83d\ude00 \\U0001f600", "\ud83d\ude00", "\ud83d\ude00"),
        words("a#b ; $X ${Y} %i", "a#b", ";", "$X", "${Y}", "%i"),
        words("a\u00a0b", "a\u00a0b"));
  }

  private static Arguments words(String text, String... words) {
    return arguments(text, List.of(words));
  }

  @ParameterizedTest
  @MethodSource("values")
  void splits(String text, List<String> words) {
    assertEquals(words, Words.split(text));
  }

  private static final String ESCAPES =
      " does not start an escape: allowed are"
          + " \\a \\b \\f \\n \\r \\t \\v \\s \\\\ \\\" \\' \\xHH \\NNN \\uHHHH \\UHHHHHHHH";
  private static final String CHARACTER =
      " is not a character: allowed is Unicode without NUL and surrogates";

  static Stream<Arguments> mistakes() {
    return Stream.of(
        arguments("a 'b", "'a 'b' has an unbalanced ': close it or write \\'"),
        arguments("a\"b", "'a\"b' has an unbalanced \": close it or write \\\""),
        arguments("'a\"", "''a\"' has an unbalanced ': close it or write \\'"),
        arguments("\\q", "'\\q'" + ESCAPES),
        arguments("'\\$'", "'\\$'" + ESCAPES),
        arguments("\\x4", "'\\x'" + ESCAPES),
        arguments("\\x+1", "'\\x'" + ESCAPES),
        arguments("\\u00g0", "'\\u'" + ESCAPES),
        arguments("\\777", "'\\7'" + ESCAPES),
        arguments("\\01", "'\\0'" + ESCAPES),
        arguments("\\", "'\\'" + ESCAPES),
        arguments("\\x00", "'\\x00'" + CHARACTER),
        arguments("\\000", "'\\000'" + CHARACTER),
        arguments("\\u0000", "'\\u0000'" + CHARACTER),
        arguments("\\ud83d", "'\\ud83d'" + CHARACTER),
        arguments("\\U00110000", "'\\U00110000'" + CHARACTER),
        arguments("\\Uffffffff", "'\\Uffffffff'" + CHARACTER),
        arguments("a\\xc3", "'a\ufffd' is not valid UTF-8: check its \\x escapes"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void refuses(String text, String message) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> Words.split(text)).getMessage());
  }

  @Test
  void quotedTextIsShortAndHasNoControlCharacters() {
    assertEquals("'a [31mb c'", Words.tick("a\u001b[31mb\nc"));
    assertEquals("' a b c'", Words.tick("\u202ea\u2028b\u009bc"));
    assertEquals("'" + "x".repeat(80) + "'", Words.tick("x".repeat(80)));
    assertEquals("'" + "x".repeat(80) + "...'", Words.tick("x".repeat(81)));
    String half = "x".repeat(79);
    assertEquals("'" + half + "...'", Words.tick(half + "\ud83d\ude00"));
  }
}
