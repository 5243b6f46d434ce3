package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jcluster.fuzz.Fuzz;
import jcluster.fuzz.TlsFuzz;
import org.junit.jupiter.api.Test;

/** The first of the random conversations of {@link Fuzz} and {@link TlsFuzz}. */
class FuzzTest {
  @Test
  void theClientGetsWhatTheServerSaysAndThatThisIsTheEnd() {
    Fuzz.run(1, 0, 20_000);
  }

  @Test
  void theClientGetsTheSameUnderTls() throws Exception {
    assertEquals(0, TlsFuzz.run("1000", "1"));
  }
}
