package jcluster.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jcluster.model.Time;
import org.junit.jupiter.api.Test;

class LoadTest {
  /** The load of a worker that has answered so many requests by each second. */
  private static Load load(long... counts) {
    var load = new Load(counts[0], 0);
    for (int second = 1; second < counts.length; second++) {
      load.note(counts[second], second * Time.SECOND);
    }
    return load;
  }

  @Test
  void aBarIsARateAndTheNewestIsAtTheRight() {
    Load load = load(100, 100, 101, 141, 221);
    assertEquals(80, load.rate());
    assertEquals("   ▁▄█", " " + load.bars(5, load.highest(5), true));
    assertEquals("  .=@", load.bars(5, load.highest(5), false));
    assertEquals("▄█", load.bars(2, 80, true));
    assertEquals("▂▄", load.bars(2, 160, true));
  }

  @Test
  void nothingIsKnownOfAWorkerThatWasSeenOnce() {
    assertEquals(0, load(100).rate());
    assertEquals("   ", load(100).bars(3, 0, true));
  }

  @Test
  void aLookThatIsLateCountsOverItsTime() {
    var load = new Load(0, 0);
    load.note(100, 4 * Time.SECOND);
    assertEquals(25, load.rate());
    load.note(50, 5 * Time.SECOND); // A worker can write down anything.
    assertEquals(0, load.rate());
  }

  @Test
  void itRemembersAMinute() {
    var load = new Load(0, 0);
    for (int second = 1; second <= 100; second++) {
      load.note(second < 40 ? second * 1000 : 39_000 + second, second * Time.SECOND);
    }
    assertEquals(1, load.highest(100));
    assertEquals(" ".repeat(40) + "█".repeat(60), load.bars(100, 1, true));
  }
}
