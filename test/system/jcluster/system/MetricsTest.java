package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The units that write metrics for the node exporter, whose folder is there for these tests. */
@Tag("once")
class MetricsTest extends SystemTest {
  private static final String SERVICE = "jcluster-metrics.service";
  private static final String TIMER = "jcluster-metrics.timer";
  private static final String FOLDER = "/var/lib/prometheus/node-exporter";
  private static final String FILE = FOLDER + "/jcluster.prom";

  @BeforeEach
  void prepare() throws Exception {
    String java = System.getProperty("jcluster.java.home");
    machine.dropIn(SERVICE, "[Service]\nEnvironment=JAVA_HOME=" + java + "\n");
    machine.run("systemctl", "stop", TIMER);
    machine.output("rm", "-rf", FOLDER);
  }

  @Test
  void theServiceWritesTheMetricsOfAllApplications() throws Exception {
    // Debian's package makes the folder for the user of the exporter, here some other user.
    machine.output("install", "-d", "-o", "nobody", FOLDER);
    ok("systemctl", "start", "myapp@2.service");
    ok("systemctl", "start", SERVICE);
    String text = machine.output("cat", FILE);
    assertTrue(text.contains("\njcluster_ready_instances{application=\"myapp\"} 2\n"), text);
    assertTrue(
        text.contains("\njcluster_worker_ready{application=\"myapp\",slot=\"1\"} 1\n"), text);
    assertTrue(text.endsWith("\n# EOF"), text);
    assertEquals(
        "644 jcluster.prom", machine.output("stat", "-c", "%a %n", FILE).replace(FOLDER + "/", ""));
    assertEquals("jcluster.prom", machine.output("ls", FOLDER));
    assertEquals("", machine.journal("-u", SERVICE).strip(), "a run that is well says nothing");
    ok("systemctl", "stop", "myapp");
    ok("systemctl", "start", SERVICE);
    assertTrue(!machine.output("cat", FILE).contains("myapp"));
  }

  @Test
  void whatFailsIsInTheJournalAndTheFileStays() throws Exception {
    machine.output("install", "-d", FOLDER);
    machine.write(FILE, "old 1\n");
    machine.dropIn(SERVICE, "[Service]\nEnvironment=JAVA_HOME=/nowhere\n");
    fails("systemctl", "start", SERVICE);
    assertEquals("old 1", machine.output("cat", FILE));
    machine.await("JAVA_HOME is '/nowhere'", "-u", SERVICE);
  }

  @Test
  void theTimerRunsItAgainAndAgainOnceTheFolderIsThere() throws Exception {
    assertEquals("disabled", machine.run("systemctl", "is-enabled", TIMER).output().strip());
    ok("systemctl", "start", SERVICE);
    fails("test", "-e", FOLDER);
    ok("systemctl", "start", TIMER);
    machine.output("install", "-d", FOLDER);
    Machine.awaitThat(
        "a file", () -> machine.run("cat", FILE).output(), text -> text.endsWith("# EOF\n"));
    machine.output("rm", FILE);
    Machine.awaitThat(
        "it again", () -> machine.run("cat", FILE).output(), text -> text.endsWith("# EOF\n"));
  }

  @Test
  void theServiceIsHardened() throws Exception {
    String verdict = machine.output("systemd-analyze", "security", "--no-pager", SERVICE);
    String last = verdict.substring(verdict.lastIndexOf("Overall exposure"));
    double exposure = Double.parseDouble(last.replaceAll("(?s).*: ([0-9.]+) .*", "$1"));
    assertTrue(exposure <= 1.5, last);
  }
}
