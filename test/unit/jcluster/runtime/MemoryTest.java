package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.config.ConfigFile;
import jcluster.model.Event;
import jcluster.model.Fleet;
import jcluster.model.Settings;
import jcluster.model.Supervisor;
import jcluster.model.Time;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {
  private static final long MIB = 1L << 20;

  private final Map<Integer, Long> resident = new HashMap<>();
  private final List<Integer> asked = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private long limit = 512 * MIB;
  private long now = Time.SECOND;
  private Fleet fleet;
  private final Memory memory =
      new Memory(
          pid -> {
            asked.add(pid);
            return Optional.ofNullable(resident.get(pid));
          },
          generation -> limit == 0 ? Optional.empty() : Optional.of(limit));

  /** Three workers; the last one is not ready yet. */
  @BeforeEach
  void begin(@TempDir Path folder) throws Exception {
    Path conf = Files.writeString(folder.resolve("x.conf"), "[Worker]\nCommand=java");
    Settings settings = ConfigFile.load(conf, Optional.empty(), "/bin").settings();
    fleet = Fleet.of(3, 3, settings);
    happens(new Event.Tick(now));
    for (int i = 0; i < 3; i++) {
      happens(new Event.Spawned(now, i, 100 + i));
    }
    happens(new Event.Reported(now, 0));
    happens(new Event.Reported(now, 1));
    now += 2 * Time.SECOND;
    happens(new Event.Tick(now));
  }

  private void happens(Event event) {
    fleet = Supervisor.on(fleet, event).fleet();
  }

  private void look() {
    memory.look(fleet, now, (how, worker) -> told.add(worker + " " + how));
  }

  @Test
  void aReadyWorkerAboveTheLimitIsReported() {
    resident.putAll(Map.of(100, 512 * MIB, 101, 512 * MIB + 1, 102, 1L << 30));
    look();
    assertEquals(now + Memory.INTERVAL, memory.deadline());
    assertEquals(List.of(), asked);
    now += Memory.INTERVAL - 1;
    look();
    assertEquals(List.of(), asked);
    now += 1;
    look();
    assertEquals(List.of(100, 101), asked);
    assertEquals(List.of("1 at 512.0M"), told);
    assertEquals(now + Memory.INTERVAL, memory.deadline());
  }

  @Test
  void aWorkerThatIsGoneOrAlreadyDueIsNotReported() {
    resident.put(101, 600 * MIB);
    happens(new Event.Oversized(now, 1, "at 600.0M"));
    look();
    now += Memory.INTERVAL;
    look();
    assertEquals(List.of(100), asked);
    assertEquals(List.of(), told);
  }

  @Test
  void withoutALimitNothingIsMeasured() {
    limit = 0;
    look();
    assertEquals(Fleet.NEVER, memory.deadline());
    now += Memory.INTERVAL;
    look();
    assertEquals(List.of(), asked);
    limit = MIB;
    look();
    assertEquals(now + Memory.INTERVAL, memory.deadline());
    limit = 0; // By a reload
    look();
    assertEquals(Fleet.NEVER, memory.deadline());
  }

  @Test
  void theResidentMemoryOfAProcessIsReadFromTheKernel() {
    int self = (int) ProcessHandle.current().pid();
    assertTrue(Memory.resident(self).orElseThrow() > 10 * MIB);
    assertEquals(Optional.empty(), Memory.resident(0));
  }
}
