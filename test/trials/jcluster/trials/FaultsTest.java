package jcluster.trials;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.stream.Stream;
import jcluster.system.Machine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each fault has the outcome that it should. */
class FaultsTest {
  private static Machine machine;

  @BeforeAll
  static void boot() throws IOException, InterruptedException {
    machine = Machine.boot("faults");
  }

  @AfterAll
  static void halt() throws IOException {
    if (machine != null) {
      machine.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> fault() {
    return Faults.ALL.stream().map(f -> DynamicTest.dynamicTest(f.name(), () -> tried(f)));
  }

  private static void tried(Fault fault) throws IOException, InterruptedException {
    Fault.Result result = fault.on(machine);
    assertEquals(fault.expected(), result.seen());
  }
}
