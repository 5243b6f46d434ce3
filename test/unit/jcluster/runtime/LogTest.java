package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import jcluster.model.Action.Level;
import org.junit.jupiter.api.Test;

final class LogTest {
  private static String written(boolean journal, String text) {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    new Log(out, journal, "t").write(Level.WARNING, text);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachLineHasItsStart() {
    assertEquals("t: a\nt: b\n", written(false, "a\nb"));
    assertEquals("<4>a\n<4>b\n", written(true, "a\nb\n"));
  }

  @Test
  void whatIsWrittenIsHarmless() {
    assertEquals("t: a [2Jb c d\n", written(false, "a\u001b[2Jb\u202ec\u2028d"));
    assertEquals("<4>a\n<4> b\n", written(true, "a\n\u009bb"));
  }
}
