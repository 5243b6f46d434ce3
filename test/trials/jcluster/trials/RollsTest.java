package jcluster.trials;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import jcluster.system.Machine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A few rolls in a few arrangements that have each value once; {@link Rolls} has them all. */
class RollsTest {
  private static final int ROLLS = 2;

  private static Machine machine;

  @BeforeAll
  static void boot() throws IOException, InterruptedException {
    machine = Machine.boot("rollstest");
    Arrangement.prepare(machine);
  }

  @AfterAll
  static void halt() throws IOException {
    if (machine != null) {
      machine.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, stop-first, TCP", "2, start-first, UNIX", "4, start-first, TCP"})
  void rollsLoseNothing(int workers, String order, Arrangement.Listener listener) throws Exception {
    Arrangement.Outcome outcome =
        new Arrangement(workers, order, listener).run(machine, 0, ROLLS, 0);
    assertEquals("", outcome.problem());
    assertEquals(0, outcome.load().failed(), outcome.load()::toString);
    assertEquals(0, outcome.load().retryable(), outcome.load()::toString);
  }
}
