package jcluster.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiteralTest {
  private static String read(String text) {
    return String.valueOf(Literal.read("f", text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                               | {}
          {"a": [1, -2.5, 1e3], "b": {"c": null}}          | {a=[1, -2.5, 1E+3], b={c=null}}
          module.exports = {apps: [{name: 'x',},],};       | {apps=[{name=x}]}
          export default ['\\u0041\\x42\\n\\'', "'"]       | [AB⏎', ']
          /* a * / b **/ { $a_1: true, // c⏎ 'b c': false} | {$a_1=true, b c=false}
          module . exports=[]                              | []
          """)
  void readsLiterals(String text, String value) {
    assertEquals(value.replace('⏎', '\n'), read(text.replace('⏎', '\n')));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          const a = {}                | 1:1: const is not understood: allowed is one literal, as in JSON or after module.exports =; write values in place of what computes them
          ~~                          | 1:1: the end of the file is here: allowed is a value: a text in quotes, a number, true, false, null, {} or []
          {⏎  a: process.env.HOME}    | 2:6: process is here: allowed is a value: a text in quotes, a number, true, false, null, {} or []
          {a: 'x' + 'y'}              | 1:9: a value is computed here: write the value itself
          {a: 60 * 1000}              | 1:8: a value is computed here: write the value itself
          {a: [1].concat(2)}          | 1:8: a value is computed here: write the value itself
          {a: require('x')}           | 1:5: require is here: allowed is a value: a text in quotes, a number, true, false, null, {} or []
          {a: `x`}                    | 1:5: ` is here: allowed is a value: a text in quotes, a number, true, false, null, {} or []
          {...b}                      | 1:2: . is here: allowed is a key or }
          {a}                         | 1:3: } is here: allowed is : after the key a
          {a: 1 b: 2}                 | 1:7: b is here: allowed is , or }
          {a: 1, a: 2}                | 1:8: the key a is there twice: write it once
          [1 2]                       | 1:4: 2 is here: allowed is , or ]
          [1,,2]                      | 1:4: , is here: allowed is a value: a text in quotes, a number, true, false, null, {} or []
          {a: 'x⏎'}                   | 1:7: the end of the line is here: allowed is the quote that ends the text
          {a: 'x                      | 1:7: the end of the file is here: allowed is the quote that ends the text
          {a: '\\u12'}                | 1:7: this is not an escape: allowed are \\xHH and \\uHHHH
          {a: 0x10}                   | 1:5: this is not a number: allowed are decimal ones, such as 3000 or 1.5
          {a: 1s}                     | 1:5: this is not a number: allowed are decimal ones, such as 3000 or 1.5
          {a: 1e999}                  | 1:5: this is not a number: allowed are decimal ones, such as 3000 or 1.5
          {a: NaN}                    | 1:5: NaN is here: allowed is a value: a text in quotes, a number, true, false, null, {} or []
          {} /* c                     | 1:4: this comment has no end: write */ behind it
          {} {}                       | 1:4: { is here: allowed is the end of the file
          {                           | 1:2: the end of the file is here: allowed is a key or }
          """)
  void refusesAnythingElseWithItsPlace(String text, String message) {
    var e = assertThrows(IllegalArgumentException.class, () -> read(text.replace('⏎', '\n')));
    assertEquals("f:" + message.replace('⏎', '\n'), e.getMessage());
  }

  @Test
  void aHostileFileIsRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> read("[".repeat(100_000)));
    assertEquals("f:1:33: more than 32 brackets are open: allowed are fewer", e.getMessage());
    assertEquals("[]", read("/*" + "*".repeat(1_000_000) + "*/" + " ".repeat(1_000_000) + "[]"));
  }
}
