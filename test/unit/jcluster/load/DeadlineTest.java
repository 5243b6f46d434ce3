package jcluster.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class DeadlineTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  @Test
  void workThatTakesTooLongFailsWithTheTraceOfWhereItWaits() {
    var never = new CountDownLatch(1);
    var late =
        assertThrows(
            TimeoutException.class, () -> Deadline.within(Duration.ofMillis(20), never::await));
    assertEquals("not done within 0.02S", late.getMessage());
    String trace = Arrays.toString(late.getStackTrace());
    assertTrue(trace.contains("CountDownLatch.await"), trace);
    assertEquals(InterruptedException.class, late.getSuppressed()[0].getClass());
    assertFalse(Thread.currentThread().isInterrupted());
  }

  @Test
  void workThatEndsInTimeKeepsItsOutcome() throws Throwable {
    Deadline.within(LONG, () -> {});
    var failure = new AssertionError();
    assertEquals(
        failure,
        assertThrows(
            AssertionError.class,
            () ->
                Deadline.within(
                    LONG,
                    () -> {
                      throw failure;
                    })));
  }

  /** The extension is at work: it is on the way from JUnit to the test. */
  @TestFactory
  Stream<DynamicTest> dynamicTestsHaveADeadline() {
    return Stream.of(DynamicTest.dynamicTest("within", () -> assertTrue(deadlineIsOnTheStack())));
  }

  private static boolean deadlineIsOnTheStack() {
    String name = Deadline.class.getName();
    return Stream.of(new Throwable().getStackTrace()).anyMatch(f -> f.getClassName().equals(name));
  }
}
