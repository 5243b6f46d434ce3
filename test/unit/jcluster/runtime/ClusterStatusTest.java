package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import jcluster.runtime.ClusterStatus.Row;
import jcluster.systemd.NotifyMessage;
import jcluster.view.Colours;
import jcluster.view.StatusJson;
import jcluster.view.StatusTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClusterStatusTest {
  private static final Optional<Counts> NONE = Optional.empty();
  private static final Counts NOTHING = new Counts(0, 0, 0);

  @TempDir Path folder;

  private Fleet fleet(int workers) throws Exception {
    Path file = Files.writeString(folder.resolve("t.conf"), "[Worker]\nCommand=java -jar x.jar\n");
    var settings = ConfigFile.load(file, Optional.empty(), "").settings();
    return Supervisor.on(Fleet.of(workers, workers, settings), new Event.Tick(1)).fleet();
  }

  @Test
  void aProcessThatIsNotKnownYetHasNoNumber() throws Exception {
    var status =
        told(
            ClusterStatus.of(
                "t", 0, fleet(1), 1, p -> Optional.of(1L), w -> NONE, s -> NOTHING, w -> ""));
    String row = StatusTable.of(status, Colours.NONE).lines().skip(2).findFirst().orElseThrow();
    assertTrue(row.matches("0 +- +1 +starting +0 ms +0 +- +- +- +-\\s*"), row);
    assertEquals(
        """
        {
          "version": 1,
          "name": "t",
          "status": "starting, 0/1 ready",
          "state": "starting",
          "instances": 1,
          "ready": 0,
          "generation": 1,
          "workers": [
            {"slot": 0, "generation": 1, "state": "starting", "since": 0.000, "restarts": 0, "text": ""}
          ]
        }\
        """,
        StatusJson.of(status));
  }

  @Test
  void whatIsKnownIsInTheJson() throws Exception {
    Fleet fleet = Supervisor.on(fleet(2), new Event.Spawned(2, 0, 4711)).fleet();
    fleet = Supervisor.on(fleet, new Event.Spawned(2, 1, 4712)).fleet();
    fleet = Supervisor.on(fleet, new Event.Killed(3, 1, 9)).fleet();
    var status =
        told(
            ClusterStatus.of(
                "t",
                99,
                fleet,
                1_234_567_890_123L,
                pid -> Optional.of(5_000_000_000L),
                w -> Optional.of(new Counts(3, 1L << 40, 7)),
                slot -> new Counts(0, 100 + slot, 10 + slot),
                w -> "say \"\\\u0001\u20ac"));
    assertEquals(99, status.summary().startedAt());
    assertEquals(List.of(100L, 101L), status.rows().stream().map(Row::pastAnswers).toList());
    assertEquals(List.of(10L, 11L), status.rows().stream().map(Row::pastErrors).toList());
    List<String> lines = StatusJson.of(status).lines().toList();
    assertTrue(
        lines.contains(
            "  \"lastLoss\": \"worker 1 (pid 4712) was killed by SIGKILL after 0 ms, before it was"
                + " ready\","),
        lines::toString);
    assertTrue(
        lines.contains(
            "    {\"slot\": 0, \"pid\": 4711, \"generation\": 1, \"state\": \"starting\","
                + " \"since\": 1234.567, \"restarts\": 0, \"memory\": 5000000000, \"connections\":"
                + " 3, \"answers\": 1099511627776, \"errors\": 7, \"text\": \"say"
                + " \\\"\\\\\\u0001\u20ac\"},"),
        lines::toString);
    assertTrue(
        lines.contains(
            "    {\"slot\": 1, \"generation\": 1, \"state\": \"waiting\", \"restarts\": 1,"
                + " \"text\": \"\"}"),
        lines::toString);
  }

  @Test
  void ofManySlotsInHandTheFirstThreeAreTold() throws Exception {
    String conf = "[Worker]\nCommand=java\nReady=start\nMinUptime=0\n[Reload]\nSurge=6\n";
    Path file = Files.writeString(folder.resolve("t.conf"), conf);
    var settings = ConfigFile.load(file, Optional.empty(), "/bin").settings();
    Fleet fleet = Supervisor.on(Fleet.of(8, 8, settings), new Event.Tick(1)).fleet();
    for (int i = 0; i < 8; i++) {
      fleet = Supervisor.on(fleet, new Event.Spawned(1, i, 100 + i)).fleet();
    }
    fleet = Supervisor.on(fleet, new Event.Reload(1, Optional.empty(), settings, 8)).fleet();
    fleet = Supervisor.on(fleet, new Event.Spawned(1, 8, 108)).fleet();
    var status =
        told(
            ClusterStatus.of(
                "t", 0, fleet, 1, p -> Optional.empty(), w -> NONE, s -> NOTHING, w -> ""));
    String beside = ": its replacement is starting beside it";
    assertEquals(
        "t: rolling 0/8, worker 0: replaced, the old one is draining, worker 1"
            + beside
            + ", worker 2"
            + beside
            + ", and 3 more",
        StatusTable.of(status, Colours.NONE).lines().findFirst().orElseThrow());
  }

  /** A mebibyte is what a client takes, each line with two bytes before it. */
  @Test
  void theLongestStatusOfAThousandWorkersFitsIntoAnAnswer() throws Exception {
    int count = Fleet.MAX_WORKERS;
    Fleet fleet = fleet(count);
    for (int worker = 0; worker < count; worker++) {
      fleet = Supervisor.on(fleet, new Event.Spawned(2, worker, 4_000_000 + worker)).fleet();
    }
    assertEquals(count, fleet.workers().size());
    String text = "\u20ac".repeat(NotifyMessage.MAX_STATUS);
    var most = new Counts(Integer.MIN_VALUE, Long.MIN_VALUE, Long.MIN_VALUE);
    var status =
        ClusterStatus.of(
            "t",
            Long.MAX_VALUE,
            fleet,
            Long.MAX_VALUE / 2,
            p -> Optional.of(1L << 40),
            w -> Optional.of(most),
            slot -> most,
            w -> text);
    String told = status.text();
    long size = told.getBytes(StandardCharsets.UTF_8).length + 2 * told.lines().count();
    assertTrue(size < 1 << 20, () -> size + " bytes");
    assertEquals(status, ClusterStatus.read(told));
    assertEquals(count + 2, StatusTable.of(status, Colours.NONE).lines().count());
  }

  /** What a client makes of it. */
  private static ClusterStatus told(ClusterStatus status) {
    assertEquals(status.summary().line(), status.text().lines().findFirst().orElseThrow());
    assertEquals(status, ClusterStatus.read(status.text()));
    return ClusterStatus.read(status.text());
  }

  @Test
  void whatIsNoStatusIsNotTakenForOne() {
    String summary =
        "(name\"t\"startedAt\"0\"status\"\"state\"\"instances\"1\"ready\"1\"generation\"1\"later[(x\"y\")])";
    assertEquals(0, ClusterStatus.read("t: 1/1 ready\n" + summary).rows().size());
    String deep = summary.replace("later[", "later" + "[".repeat(60_000));
    for (String text :
        List.of(
            "", "t: 1/1 ready", "t\nSLOT  PID", "t\n" + summary + "\n(slot\"x\")", "t\n" + deep)) {
      assertThrows(IllegalArgumentException.class, () -> ClusterStatus.read(text), text);
    }
  }
}
