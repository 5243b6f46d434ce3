package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.model.Signal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RecordTextTest {
  record Leaf(String name, Optional<Path> path, Signal signal) {}

  record Tree(int n, long big, boolean yes, List<Leaf> leaves, Map<Integer, String> map) {}

  record Newer(
      int n, long big, boolean yes, List<Leaf> leaves, Map<Integer, String> map, int more) {}

  record Newest(int n, List<Leaf> twigs, Map<String, Leaf> nests, Optional<Leaf> bud) {}

  record Older(boolean yes, int n) {}

  sealed interface Fruit {}

  record Apple(int seeds) implements Fruit {}

  record Cherry(Optional<Fruit> twin) implements Fruit {}

  record Basket(List<Fruit> fruits, Cherry top, int n) {}

  private static Tree tree() {
    Map<Integer, String> map = new LinkedHashMap<>();
    map.put(8080, "http");
    map.put(1, "");
    return new Tree(
        -1,
        Long.MAX_VALUE,
        true,
        List.of(
            new Leaf("a \"b\" \\ (c) [d]\n→", Optional.of(Path.of("/x y")), Signal.INT),
            new Leaf("", Optional.empty(), Signal.TERM)),
        map);
  }

  @Test
  void whatIsReadIsWhatWasWritten() {
    assertEquals(tree(), RecordText.read(RecordText.write(tree()), Tree.class));
  }

  @Test
  void whatIsNotKnownIsPassedOver() {
    assertEquals(new Older(true, -1), RecordText.read(RecordText.write(tree()), Older.class));
  }

  @Test
  void whatMayBeEmptyIsSoIfItIsNotThere() {
    assertEquals(
        new Newest(-1, List.of(), Map.of(), Optional.empty()),
        RecordText.read(RecordText.write(tree()), Newest.class));
  }

  @Test
  void ofASealedTypeTheNameTellsWhichRecordItIs() {
    var top = new Cherry(Optional.empty());
    var basket = new Basket(List.of(new Apple(3), new Cherry(Optional.of(new Apple(5)))), top, -1);
    String text = RecordText.write(basket);
    assertEquals(
        "(fruits[:Apple(seeds\"3\"):Cherry(twin[:Apple(seeds\"5\")])]top:Cherry(twin[])n\"-1\")",
        text);
    assertEquals(basket, RecordText.read(text, Basket.class));
    assertEquals(
        -1, RecordText.read(text.replace("(fruits", "(yes\"true\"fruits"), Older.class).n());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "(fruits[:Pear()])|'''Pear'' is no Fruit'",
        "(fruits[(seeds\"3\")])|'unexpected ''('' at 8'",
        "(fruits[:Apple()])|'Apple is without ''seeds'''",
        "(top:Apple(seeds\"3\"))|'''Apple'' is no Cherry'",
      })
  void whatIsNoneOfASealedTypeIsRefused(String text, String message) {
    var e = assertThrows(IllegalArgumentException.class, () -> RecordText.read(text, Basket.class));
    assertEquals(message, e.getMessage());
  }

  @Test
  void whatIsNotThereIsMissed() {
    String text = RecordText.write(tree());
    var e = assertThrows(IllegalArgumentException.class, () -> RecordText.read(text, Newer.class));
    assertEquals("Newer is without 'more'", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "(yes\"true\"n\"x\")|'''x'' is no int'",
        "(yes\"true\"n\"1\"|the text ends too early",
        "(yes\"true\"n\"1\")x|'unexpected ''x'' at 15'",
        "[]|'unexpected ''['' at 0'",
        "(=\"1\")|'unexpected ''='' at 1'",
      })
  void garbageIsRefused(String text, String message) {
    var e = assertThrows(IllegalArgumentException.class, () -> RecordText.read(text, Older.class));
    assertEquals(message, e.getMessage());
  }
}
