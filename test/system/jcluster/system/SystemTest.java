package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** Tests that share a machine with jcluster installed, each from a clean state. */
abstract class SystemTest {
  static Machine machine;

  @BeforeAll
  static void boot(TestInfo test) throws IOException, InterruptedException {
    String name = test.getTestClass().orElseThrow().getSimpleName();
    machine = Machine.boot(name.toLowerCase(Locale.ROOT));
  }

  @AfterAll
  static void halt() throws IOException {
    if (machine != null) {
      machine.close();
    }
  }

  @BeforeEach
  void reset() throws IOException, InterruptedException {
    machine.reset();
  }

  /** Runs a command that must succeed. */
  static void ok(String... command) throws IOException, InterruptedException {
    Machine.Result result = machine.run(command);
    assertEquals(0, result.status(), result::toString);
  }

  /** Runs a command that must fail. */
  static void fails(String... command) throws IOException, InterruptedException {
    Machine.Result result = machine.run(command);
    assertNotEquals(0, result.status(), result::toString);
  }
}
