package jcluster.trials;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import jcluster.system.Machine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each fault has the expected outcome; the tests are named after the promises. */
class FaultsTest {
  private static Machine machine;

  @BeforeAll
  static void boot() throws IOException, InterruptedException {
    machine = Machine.boot("faults");
    Trial.prepare(machine);
  }

  @AfterAll
  static void halt() throws IOException {
    if (machine != null) {
      machine.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> aBrokenBuildNeverReplacesAWorkingOne() {
    return each(Faults.BROKEN_BUILDS);
  }

  @TestFactory
  Stream<DynamicTest> aTimeoutFallsBackToAClassicRestart() {
    return each(Faults.HUNG_BUILDS);
  }

  @TestFactory
  Stream<DynamicTest> stopIsGracefulAndBounded() {
    return each(Faults.BAD_ENDS);
  }

  @TestFactory
  Stream<DynamicTest> aCrashCostsOneWorker() {
    return each(Faults.LOST_WORKERS);
  }

  @TestFactory
  Stream<DynamicTest> thePortNeverRefuses() {
    return each(Faults.LOST_SUPERVISORS);
  }

  @TestFactory
  Stream<DynamicTest> theTruthSynchronously() {
    return each(Faults.REQUESTS);
  }

  @TestFactory
  Stream<DynamicTest> anUpgradeReplacesNoWorkerAndDelaysNoRequest() {
    return each(Faults.UPGRADES);
  }

  @TestFactory
  Stream<DynamicTest> faultsOfTheSurroundingsAreSurvived() {
    return each(Faults.SURROUNDINGS);
  }

  @TestFactory
  Stream<DynamicTest> aSilentOrLargeOrOldWorkerIsReplaced() {
    return each(Faults.WATCHED);
  }

  private static Stream<DynamicTest> each(List<Fault> faults) {
    return faults.stream().map(f -> DynamicTest.dynamicTest(f.name(), () -> tried(f)));
  }

  private static void tried(Fault fault) throws IOException, InterruptedException {
    Fault.Result result = fault.on(machine);
    assertEquals(fault.expected(), result.seen());
  }
}
