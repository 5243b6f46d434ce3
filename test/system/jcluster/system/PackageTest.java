package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import jcluster.load.Report;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The package for Debian, installed, upgraded and removed under a cluster that serves. */
@Tag("once")
class PackageTest {
  private static final String NEXT = "/var/lib/next.deb";
  private static final String OWN = "# changed by the administrator\n";

  private Machine machine;

  private static String built() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("jcluster.build")))) {
      return files
          .filter(f -> f.getFileName().toString().matches("jcluster_.*\\.deb"))
          .max((a, b) -> Long.compare(a.toFile().lastModified(), b.toFile().lastModified()))
          .orElseThrow()
          .toString();
    }
  }

  /** Calls dpkg. The JDK of this machine may be from no package. */
  private String dpkg(String... words) throws Exception {
    String[] command =
        Stream.concat(Stream.of("dpkg", "--force-depends"), Stream.of(words))
            .toArray(String[]::new);
    return machine.output(command);
  }

  private void ok(String... command) throws Exception {
    Machine.Result result = machine.run(command);
    assertEquals(0, result.status(), result::toString);
  }

  private static String version() throws Exception {
    String name = Path.of(built()).getFileName().toString();
    return name.split("_")[1];
  }

  /** Makes the package of another version. */
  private void pack(String version) throws Exception {
    String script =
        "rm -rf /var/lib/next && dpkg-deb -R \"$1\" /var/lib/next"
            + " && sed -i \"s/^Version: .*/Version: $2/\" /var/lib/next/DEBIAN/control"
            + " && dpkg-deb -b /var/lib/next \"$3\"";
    ok("sh", "-c", script, "sh", built(), version, NEXT);
  }

  @Test
  void anUpgradeCostsNothingAndARemovalStopsWhatRuns() throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/usr/bin/dpkg")), "this is no Debian");
    try (Machine booted = Machine.bare("packagetest")) {
      machine = booted;
      machine.forget();
      ok("rm", "-f", "/usr/sbin/policy-rc.d"); // Where this machine is a container
      dpkg("-i", built());
      String kinds = machine.output("journalctl", "--list-catalog");
      assertTrue(kinds.contains(" jcluster: @JCLUSTER_NAME@ is up"), kinds);
      assertEquals("disabled", machine.run("systemctl", "is-enabled", "myapp@2").output().strip());
      machine.write(
          "/etc/jcluster/myapp.conf",
          OWN + machine.output("cat", "/etc/jcluster/myapp.conf") + "\n");
      add();
      ok("systemctl", "start", "myapp@2.service");
      upgradeUnderLoad();
      upgradeThatFails();
      remove();
    }
  }

  /** The units that it links to are where the package has put them. */
  private void add() throws Exception {
    ok("ln", "-sfn", System.getProperty("jcluster.java.home") + "/bin/java", "/usr/local/bin/java");
    String jar = "/usr/share/jcluster/demo.jar";
    ok("jcluster", "add", "shop", "--listen=8091", "--", "java", "-jar", jar);
    ok("systemctl", "cat", "shop@.service", "shop@.socket", "shop.service");
    ok("jcluster", "remove", "shop");
  }

  private void upgradeUnderLoad() throws Exception {
    pack("99");
    Set<String> workers = machine.workers();
    String supervisor = machine.show("2", "MainPID");
    try (Machine.Clients clients = machine.load(4)) {
      String said = dpkg("-i", NEXT);
      String version = version();
      String took = "myapp: version " + version + " took over from " + version;
      assertTrue(said.contains(took), said);
      Report report = clients.end();
      assertEquals(0, report.failed(), report::toString);
    }
    assertEquals(workers, machine.workers());
    assertEquals(supervisor, machine.show("2", "MainPID"));
    assertTrue(machine.output("cat", "/etc/jcluster/myapp.conf").startsWith(OWN.strip()));
    ok("systemctl", "reload", "myapp");
    assertNotEquals(workers, machine.workers());
  }

  /** Its supervisor was started by a Java that is gone. */
  private void upgradeThatFails() throws Exception {
    String java = System.getProperty("jcluster.java.home");
    ok("ln", "-s", java, "/opt/java");
    machine.dropIn("[Service]\nEnvironment=JAVA_HOME=/opt/java\n");
    ok("systemctl", "restart", "myapp");
    ok("rm", "/opt/java");
    Set<String> workers = machine.workers();
    pack("100");
    String said = dpkg("-i", NEXT);
    assertTrue(said.contains("JAVA_HOME is '/opt/java', where there is no bin/java"), said);
    String advice = "myapp goes on with version 99; to try again: jcluster upgrade myapp";
    assertTrue(said.contains(advice), said);
    assertEquals(workers, machine.workers());
    assertTrue(machine.get().startsWith("Hello "));
  }

  private void remove() throws Exception {
    String said = dpkg("-r", "jcluster");
    assertTrue(
        said.contains("stopping myapp, which nothing could look after without jcluster"), said);
    assertEquals(Set.of(), machine.workers());
    assertTrue(machine.journal("-t", "myapp").contains("stopped"), said);
    assertNotEquals(0, machine.run("sh", "-c", "command -v jcluster").status());
    ok("test", "-e", "/etc/jcluster/myapp.conf");
    dpkg("-P", "jcluster");
    for (String path : new String[] {"/etc/jcluster", "/usr/lib/jcluster", "/usr/share/jcluster"}) {
      assertNotEquals(0, machine.run("test", "-e", path).status(), path);
    }
    String kinds = machine.output("journalctl", "--list-catalog");
    assertTrue(!kinds.contains(" jcluster: "), kinds);
  }
}
