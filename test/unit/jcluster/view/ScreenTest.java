package jcluster.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private final Emulator emulator = new Emulator(4, 10);
  private final Screen screen = new Screen();

  private void show(int height, int columns, String... lines) {
    emulator.take(screen.update(List.of(lines), height, columns));
  }

  @Test
  void onlyTheLinesThatHaveChangedAreWritten() {
    show(4, 10, "one", "two", "three");
    assertEquals(List.of("one", "two", "three"), emulator.lines());
    assertEquals(11, emulator.written());
    show(4, 10, "one", "2", "three");
    assertEquals(List.of("one", "2", "three"), emulator.lines());
    assertEquals(1, emulator.written());
    assertEquals("", screen.update(List.of("one", "2", "three"), 4, 10));
    show(4, 10, "one");
    assertEquals(List.of("one"), emulator.lines());
  }

  @Test
  void onATerminalOfAnotherSizeAllIsWrittenAgain() {
    show(4, 10, "one", "two", "three", "four");
    emulator.resize(2, 6);
    emulator.written();
    show(2, 6, "one", "two");
    assertEquals(List.of("one", "two"), emulator.lines());
    assertEquals(6, emulator.written());
    emulator.resize(2, 10);
    show(2, 10, "one", "two");
    assertEquals(6, emulator.written());
    emulator.resize(4, 10);
    show(4, 10, "one", "two", "three");
    assertEquals(List.of("one", "two", "three"), emulator.lines());
  }
}
