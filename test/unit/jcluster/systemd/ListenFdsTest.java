package jcluster.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jcluster.systemd.ListenFds.BadSocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Variables that are refused. Tests that start the program show that real sockets arrive. */
class ListenFdsTest {
  private static final long PID = 4242;
  private static final ListenFds.Passed NOTHING = new ListenFds.Passed(List.of(), Map.of());

  private static ListenFds.Passed take(Map<String, String> environment) throws BadSocketException {
    return ListenFds.take(environment, PID, Set.of());
  }

  @Test
  void withoutVariablesThereAreNoSockets() throws BadSocketException {
    assertEquals(NOTHING, take(Map.of()));
    assertEquals(NOTHING, take(Map.of("LISTEN_FDS", "0", "LISTEN_PID", "4242")));
  }

  @Test
  void socketsOfAnotherProcessAreLeftAlone() throws BadSocketException {
    assertEquals(NOTHING, take(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "4243")));
    assertEquals(NOTHING, take(Map.of("LISTEN_FDS", "1")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "1025", "", "99999999999"})
  void badNumberIsRefused(String number) {
    var environment = Map.of("LISTEN_FDS", number, "LISTEN_PID", "4242");
    var e = assertThrows(BadSocketException.class, () -> take(environment));
    assertEquals(
        "LISTEN_FDS='" + number + "' is not a number of sockets from 0 to 1024", e.getMessage());
  }
}
