package jcluster.os;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/** What is read is shown by the tests that start the program. */
class SignalsTest {
  @Test
  void aJvmWithoutTheLauncherIsSeenToBeOne() {
    assertFalse(Signals.areBlocked());
  }
}
