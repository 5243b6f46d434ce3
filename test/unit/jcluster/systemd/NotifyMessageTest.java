package jcluster.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NotifyMessageTest {
  private static NotifyMessage parse(String text) {
    return NotifyMessage.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsWhatItKnowsAndIgnoresTheRest() {
    assertEquals(
        new NotifyMessage(true, false, false, Optional.of("warm")),
        parse("MAINPID=1\nREADY=1\nSTATUS=warm\nX\n=\n"));
    assertEquals(new NotifyMessage(false, true, false, Optional.empty()), parse("STOPPING=1"));
    assertEquals(new NotifyMessage(false, false, true, Optional.empty()), parse("WATCHDOG=1"));
    assertEquals(
        new NotifyMessage(false, false, false, Optional.empty()),
        parse("READY=0\nREADY=1 \nready=1\nWATCHDOG=trigger"));
    assertEquals(new NotifyMessage(false, false, false, Optional.empty()), parse(""));
  }

  @Test
  void statusIsBoundedAndPrintable() {
    assertEquals(Optional.of("a b"), parse("STATUS=a\u001bb").status());
    assertEquals(Optional.of("a b c d e"), parse("STATUS=a\u2028b\u0085c\u009bd\u202ee").status());
    String almost = "x".repeat(199);
    assertEquals(Optional.of(almost), parse("STATUS=" + almost + "\ud83d\ude00").status());
    assertEquals(200, parse("STATUS=" + "x".repeat(5000)).status().orElseThrow().length());
  }
}
