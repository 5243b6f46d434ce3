package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jcluster.config.ConfigFile;
import jcluster.model.Event;
import jcluster.model.Fleet;
import jcluster.model.Supervisor;
import jcluster.runtime.BalancePage.Counts;
import jcluster.systemd.NotifyMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StatusTableTest {
  private static final Optional<Counts> NONE = Optional.empty();

  @TempDir Path folder;

  /** A mebibyte is what a client takes, each line with two bytes before it. */
  @Test
  void aProcessThatIsNotKnownYetHasNoNumber() throws Exception {
    Path file = Files.writeString(folder.resolve("t.conf"), "[Worker]\nCommand=java -jar x.jar\n");
    var settings = ConfigFile.load(file, Optional.empty(), "").settings();
    Fleet fleet = Supervisor.on(Fleet.of(1, 1, settings), new Event.Tick(1)).fleet();
    String table = StatusTable.of("t", fleet, 1, pid -> "memory of " + pid, w -> NONE, w -> "");
    String row = table.lines().skip(2).findFirst().orElseThrow();
    assertTrue(row.matches("0 +- +1 +starting +0 ms +0 +- +- +- +-\\s*"), row);
  }

  @Test
  void theLongestStatusOfAThousandWorkersFitsIntoAnAnswer() throws Exception {
    Path file = Files.writeString(folder.resolve("t.conf"), "[Worker]\nCommand=java -jar x.jar\n");
    var settings = ConfigFile.load(file, Optional.empty(), "").settings();
    int count = Fleet.MAX_WORKERS;
    Fleet fleet = Supervisor.on(Fleet.of(count, count, settings), new Event.Tick(1)).fleet();
    for (int worker = 0; worker < count; worker++) {
      fleet = Supervisor.on(fleet, new Event.Spawned(2, worker, 4_000_000 + worker)).fleet();
    }
    assertEquals(count, fleet.workers().size());
    String status = "\u20ac".repeat(NotifyMessage.MAX_STATUS);
    var most = Optional.of(new Counts(Integer.MIN_VALUE, Long.MIN_VALUE, Long.MIN_VALUE));
    String table =
        StatusTable.of("t", fleet, Long.MAX_VALUE / 2, p -> "1023.9M", w -> most, w -> status);
    List<String> lines = table.lines().toList();
    assertEquals(count + 2, lines.size());
    int size = table.getBytes(StandardCharsets.UTF_8).length + 2 * lines.size();
    assertTrue(size < 1 << 20, () -> size + " bytes");
  }
}
