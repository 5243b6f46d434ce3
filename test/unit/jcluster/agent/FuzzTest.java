package jcluster.agent;

import jcluster.fuzz.Fuzz;
import org.junit.jupiter.api.Test;

/** The first of the random conversations of {@link Fuzz}. */
class FuzzTest {
  @Test
  void theClientGetsWhatTheServerSaysAndThatThisIsTheEnd() {
    Fuzz.run(1, 0, 20_000);
  }
}
