package jcluster.trials;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import jcluster.system.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first operations of a soak. */
class SoakTest {
  /**
   * It begins with a worker's kill in a roll, an upgrade in a roll, a scaling, a worker's kill, and
   * reloads with a mistake, with another configuration, and of a broken build.
   */
  private static final long SEED = 81_192;

  private static final int OPERATIONS = 7;
  private static final long SECONDS = 100_000;

  @TempDir Path folder;

  @Test
  void randomOperationsCostNoMoreThanTheyMust() throws Exception {
    try (Machine machine = Machine.boot("soaktest")) {
      var soak = new Soak(machine, new Paper(folder.resolve("soak.txt")));
      assertTrue(soak.run(SEED, SECONDS, OPERATIONS), "see its report above");
    }
  }
}
