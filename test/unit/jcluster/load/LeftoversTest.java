package jcluster.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jcluster.cluster.Program;
import org.junit.jupiter.api.Test;

/** The processes that a test leaves behind are ended. */
class LeftoversTest {
  /**
   * Leaves two processes to init, one of them in a session of its own, and prints the pid of the
   * other.
   */
  private static final String LEAVES =
      "setsid sh -c 'sleep 600 & sleep 600' & (sleep 600 & echo left $!)";

  @Test
  void everyProcessThatIsLeftIsEnded() throws Exception {
    var leftovers = new Leftovers();
    var builder = new ProcessBuilder("sh", "-c", LEAVES).redirectErrorStream(true);
    leftovers.mark(builder.environment());
    Process process = builder.start();
    long left = Long.parseLong(process.inputReader().readLine().split(" ")[1]);
    assertEquals(0, process.waitFor());
    assertTrue(isAlive(left));
    assertTrue(leftovers.end() > 0);
    assertFalse(isAlive(left));
    assertEquals(0, leftovers.end());
  }

  @Test
  void processesWithAMarkBelowItsOwnAreEndedToo() throws IOException {
    var leftovers = new Leftovers();
    var builder = new ProcessBuilder("sleep", "600");
    leftovers.mark(builder.environment());
    builder.environment().merge("JCLUSTER_TEST", "/unit/1", String::concat);
    Process process = builder.start();
    assertEquals(1, leftovers.end());
    assertFalse(process.isAlive());
  }

  @Test
  void processesOfOtherTestsStay() throws IOException {
    var leftovers = new Leftovers();
    var builder = new ProcessBuilder("sleep", "600");
    new Leftovers().mark(builder.environment());
    Process process = builder.start();
    assertEquals(0, leftovers.end());
    assertTrue(process.isAlive());
    process.destroyForcibly();
  }

  @Test
  void aProgramThatLeavesAProcessWithItsOutputHoldsNothingUp() throws Exception {
    long began = System.nanoTime();
    long left;
    try (var program = new Program(new ProcessBuilder("/bin/sh", "-c", LEAVES))) {
      left = Long.parseLong(program.await("left (\\d+)").group(1));
    }
    assertFalse(isAlive(left));
    assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(10));
  }

  /** A zombie that init has yet to reap counts as dead. */
  static boolean isAlive(long pid) throws IOException {
    try {
      return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
