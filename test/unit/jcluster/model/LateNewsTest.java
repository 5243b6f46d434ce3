package jcluster.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** News that comes later than what it led to. */
class LateNewsTest {
  private static final long NOW = Time.SECOND;

  @Test
  void aWorkerToldToStopStaysToldWhenItsBirthIsReported() {
    Settings settings = Scenario.with(Scenario.DEFAULTS, "ready", "start");
    Step begun = Supervisor.on(Fleet.of(1, 1, settings), new Event.Tick(NOW));
    Step stopped = Supervisor.on(begun.fleet(), new Event.Stop(NOW));
    Step late = Supervisor.on(stopped.fleet(), new Event.Spawned(NOW, 0, 4242));
    assertEquals(Phase.STOPPING, late.fleet().workers().get(0).phase());
    assertTrue(late.deadline() < Fleet.NEVER);
  }

  @Test
  void nothingIsSaidOrDoneAfterTheEnd() {
    Step begun = Supervisor.on(Fleet.of(1, 1, Scenario.DEFAULTS), new Event.Tick(NOW));
    Step over = Supervisor.on(begun.fleet(), new Event.Exited(NOW, 0, 1));
    assertEquals(Fleet.Life.OVER, over.fleet().life());
    Step after = Supervisor.on(over.fleet(), new Event.Tick(NOW));
    assertEquals(new Step(over.fleet(), java.util.List.of(), Fleet.NEVER), after);
  }
}
