package jcluster.os;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is read is shown by the tests that start the program. */
class SignalsTest {
  @Test
  void aJvmThatTheLauncherHasNotStartedIsRefused() {
    assertThrows(IOException.class, () -> Signals.open(false));
  }
}
