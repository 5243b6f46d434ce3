package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.model.LogMessage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the supervisor and its workers leave in the journal, and how it is found there. */
@Tag("once")
class JournalTest extends SystemTest {
  private static final Path MANUAL =
      Path.of(System.getProperty("jcluster.root"), "man/myapp@.service.8");

  /** The entries of a kind since the last reset, each by its fields. */
  private static List<Map<String, String>> entries(LogMessage message) throws Exception {
    List<Map<String, String>> entries = new ArrayList<>();
    for (String line : machine.journal("-o", "json", "MESSAGE_ID=" + message.id()).split("\n")) {
      Map<String, String> fields = new LinkedHashMap<>();
      Matcher field = Pattern.compile("\"([A-Z_]+)\":\"(.*?)\"[,}]").matcher(line);
      field.results().forEach(f -> fields.put(f.group(1), f.group(2)));
      entries.add(fields);
    }
    return entries;
  }

  private static Map<String, String> only(LogMessage message) throws Exception {
    List<Map<String, String>> entries = entries(message);
    assertEquals(1, entries.size(), entries::toString);
    return entries.get(0);
  }

  @Test
  void anEntryTellsWhatItIsAbout() throws Exception {
    ok("systemctl", "start", "myapp@2.service");
    Set<String> workers = new TreeSet<>();
    for (Map<String, String> ready : entries(LogMessage.WORKER_READY)) {
      workers.add(ready.get("JCLUSTER_PID"));
      assertTrue(ready.get("MESSAGE").startsWith("worker " + ready.get("JCLUSTER_SLOT") + " ("));
      assertEquals("1", ready.get("JCLUSTER_GENERATION"));
      assertEquals("6", ready.get("PRIORITY"));
    }
    assertEquals(machine.workers(), workers);
    Map<String, String> started = only(LogMessage.STARTED);
    assertEquals("started 2 workers", started.get("MESSAGE"));
    assertEquals("myapp", started.get("JCLUSTER_NAME"));
    assertEquals("myapp", started.get("SYSLOG_IDENTIFIER"));
    assertEquals("5", started.get("PRIORITY"));
    assertEquals("journal", started.get("_TRANSPORT"));
    assertEquals("myapp@2.service", started.get("_SYSTEMD_UNIT"));
    assertEquals(machine.show("2", "MainPID"), started.get("_PID"));
  }

  @Test
  void theUnitHasAllEntriesInOrder() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    ok("systemctl", "reload", "myapp");
    String status = machine.run("systemctl", "status", "myapp@1.service").output();
    assertTrue(status.contains("reloaded 1 worker in "), status);
    ok("systemctl", "stop", "myapp");
    List<String> kinds = new ArrayList<>();
    String unit = machine.journal("-u", "myapp@1.service", "-o", "json", "-t", "myapp");
    Matcher id = Pattern.compile("\"MESSAGE_ID\":\"([0-9a-f]{32})\"").matcher(unit);
    while (id.find()) {
      kinds.add(id.group(1));
    }
    List<LogMessage> expected =
        List.of(
            LogMessage.WORKER_STARTED,
            LogMessage.WORKER_READY,
            LogMessage.STARTED,
            LogMessage.RELOADING,
            LogMessage.WORKER_STARTED,
            LogMessage.WORKER_READY,
            LogMessage.WORKER_STOPPED,
            LogMessage.WORKER_REPLACED,
            LogMessage.RELOADED,
            LogMessage.STOPPING,
            LogMessage.WORKER_STOPPED,
            LogMessage.STOPPED);
    assertEquals(expected.stream().map(LogMessage::id).toList(), kinds);
  }

  @Test
  void theLastWordsOfAStartThatFailsAreTheUnits() throws Exception {
    machine.dropIn("[Service]\nRestart=no\n");
    machine.configure("Command=false");
    for (int i = 0; i < 5; i++) {
      machine.forget();
      fails("systemctl", "start", "myapp@1.service");
      assertEquals("myapp@1.service", only(LogMessage.START_FAILED).get("_SYSTEMD_UNIT"));
    }
  }

  @Test
  void aJournalThatStandsStillDelaysNoReloadAndLosesNothing() throws Exception {
    ok("systemctl", "start", "myapp@1.service");
    Set<String> before = machine.workers();
    ok("sh", "-c", "kill -STOP $(systemctl show -P MainPID systemd-journald)");
    try {
      ok("jcluster", "reload", "myapp");
    } finally {
      ok("sh", "-c", "kill -CONT $(systemctl show -P MainPID systemd-journald)");
    }
    assertNotEquals(before, machine.workers());
    Machine.awaitThat(
        "the end of the reload",
        () -> machine.journal("-t", "myapp"),
        j -> j.contains("reloaded 1 worker"));
    assertEquals("2", only(LogMessage.RELOADED).get("JCLUSTER_GENERATION"));
  }

  /** The commands of the manual's section LOGS that look into the journal, each in one line. */
  private static List<String> recipes() throws Exception {
    String page = Files.readString(MANUAL);
    int start = page.indexOf("\n.Sh LOGS\n");
    String logs = page.substring(start, page.indexOf("\n.Sh ", start + 1));
    String plain = logs.replace("\\e\n", "").replace("\\(aq", "'").replace("\\-", "-");
    return plain
        .lines()
        .filter(l -> l.startsWith("# "))
        .map(l -> l.substring(2).replaceAll(" +", " "))
        .toList();
  }

  @Test
  void theRecipesOfTheManualFindWhatTheySay() throws Exception {
    machine.configure("Command=sh -c 'echo \"<3>bad\"; exec java -jar " + Machine.DEMO + "'");
    ok("systemctl", "start", "myapp@1.service");
    String first = machine.workers().iterator().next();
    ok("systemctl", "reload", "myapp");
    machine.configure("Command=false");
    fails("systemctl", "reload", "myapp");
    String any = "(?s).*";
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put(
        "journalctl -u 'myapp@*' -f",
        any + "myapp\\[0\\].*" + any + "reload to generation 3 failed: " + any);
    expected.put(
        "journalctl -t 'myapp[0]'", "(?s)(\\S+ +\\S+ \\S+ \\S+ myapp\\[0\\]\\[\\d+\\]: [^\n]*\n)+");
    expected.put(
        "journalctl SYSLOG_IDENTIFIER='myapp[0]' + JCLUSTER_NAME=myapp JCLUSTER_SLOT=0",
        any
            + "myapp\\[\\d+\\]: worker 0 .* ready in "
            + any
            + "myapp\\[0\\]\\[\\d+\\]: listening on "
            + any);
    expected.put(
        "journalctl _PID=4242 + JCLUSTER_PID=4242",
        any
            + " started, generation 1\n"
            + any
            + ": listening on "
            + any
            + "exited with status 130 [^\n]*\n");
    expected.put(
        "journalctl JCLUSTER_NAME=myapp JCLUSTER_GENERATION=2",
        "[^\n]*reload to generation 2 begins\n"
            + any
            + "started, generation 2\n"
            + any
            + "reloaded 1 worker in [^\n]*\n");
    expected.put(
        "journalctl -x -p notice JCLUSTER_NAME=myapp JCLUSTER_GENERATION=2",
        "[^\n]*reload to generation 2 begins\n"
            + any
            + "A reload of myapp begins\n"
            + any
            + "Worker 0 of myapp has been replaced\n"
            + any
            + "myapp has been reloaded\n"
            + any);
    expected.put(
        "journalctl -u 'myapp@*' -p warning",
        any
            + "myapp\\[0\\]\\[\\d+\\]: bad\n"
            + any
            + "exited with status 1 "
            + any
            + " failed: "
            + any);
    expected.put(
        "journalctl -x MESSAGE_ID="
            + LogMessage.START_FAILED.id()
            + " MESSAGE_ID="
            + LogMessage.RELOAD_FAILED.id(),
        "[^\n]*reload to generation 3 failed: "
            + any
            + "A reload of myapp failed\n"
            + any
            + "journalctl -t myapp JCLUSTER_GENERATION=3\n"
            + any);
    expected.put(
        "journalctl --list-catalog | grep ' jcluster: '",
        any
            + LogMessage.RELOAD_FAILED.id()
            + " jcluster: A reload of @JCLUSTER_NAME@ failed\n"
            + any);
    assertEquals(List.copyOf(expected.keySet()), recipes());
    for (String recipe : recipes()) {
      String command =
          recipe
              .replace("4242", first)
              .replace(" -f", "")
              .replace("journalctl -", "journalctl -q -");
      String since = command.contains("catalog") ? "" : " " + machine.since();
      machine.output("journalctl", "--sync");
      String output = machine.run("sh", "-c", command + since).output();
      assertTrue(output.matches(expected.get(recipe)), () -> recipe + " shows:\n" + output);
    }
  }
}
