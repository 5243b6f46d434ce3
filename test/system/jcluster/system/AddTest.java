package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Applications that jcluster itself makes services, all together too, and what may go wrong. */
@Tag("once")
class AddTest extends SystemTest {
  private static final String JAR = "/opt/shop/shop.jar";
  private static final String CONF = "/etc/jcluster/shop.conf";
  private static final String JAVA = System.getProperty("jcluster.java.home") + "/bin/java";

  /** A service finds no other Java than this, and jcluster itself uses it, too. */
  @BeforeEach
  void install() throws Exception {
    machine.output("ln", "-sfn", JAVA, "/usr/local/bin/java");
    machine.install("demo.jar", JAR);
  }

  @AfterEach
  void uninstall() throws Exception {
    for (String name : new String[] {"shop", "web"}) {
      machine.run("systemctl", "stop", name + "[.]service", name + "@*");
      String all =
          "/etc/jcluster/?.conf* /etc/systemd/system/?[@.]* /etc/systemd/system/*.wants/?@*";
      machine.run("sh", "-c", ("rm -rf /run/? " + all).replace("?", name));
    }
    machine.output("systemctl", "daemon-reload");
  }

  private static void add(String name, String port, String... options) throws Exception {
    String words = String.join(" ", options);
    String command = "jcluster add " + name + " --listen=" + port + " " + words + " -- java -jar ";
    ok("sh", "-c", command + JAR);
  }

  /** The output of a command that fails. */
  private static String failure(String... command) throws IOException, InterruptedException {
    Machine.Result result = machine.run(command);
    assertNotEquals(0, result.status(), result::output);
    return result.output();
  }

  private static String get(String port) throws Exception {
    return machine.run("curl", "-sS", "-m", "20", "http://127.0.0.1:" + port + "/").output();
  }

  private static void answers(String port) throws Exception {
    String page = get(port);
    assertTrue(page.startsWith("Hello "), page);
  }

  private static String active(String unit) throws IOException, InterruptedException {
    return machine.run("systemctl", "is-active", unit).output().strip();
  }

  private static void configure(String name, String line) throws Exception {
    machine.output("sh", "-c", "echo " + line + " >>/etc/jcluster/" + name + ".conf");
  }

  /** All that adding an application may leave somewhere. */
  private static String traces() throws Exception {
    return machine.output(
        "sh",
        "-c",
        "find /etc/jcluster /etc/systemd | sort; find /run /var/cache -maxdepth 2 -name 'shop*';"
            + " systemctl list-units --all -q 'shop*'");
  }

  @Test
  void anApplicationIsAddedServesIsReloadedAndRemovedWithoutATrace() throws Exception {
    String before = traces();
    add("shop", "8080", "--instances=2", "--start");
    answers("8080");
    assertEquals("active", active("shop@2.service"));
    assertEquals("active", active("shop.service"));
    String first = get("8080");
    ok("systemctl", "reload", "shop");
    assertNotEquals(first, get("8080"));
    assertTrue(
        failure("jcluster", "add", "shop", "--listen=8081", "--", "java", "-jar", JAR)
            .contains("shop: it was added already: change " + CONF));
    machine.output("cp", "-p", CONF, "/root/shop.conf");
    configure("shop", "StopTimeout=20s");
    String changed = failure("jcluster", "remove", "shop");
    assertTrue(changed.contains(CONF + " was changed after jcluster add wrote it"), changed);
    answers("8080");
    machine.output("mv", "/root/shop.conf", CONF);
    ok("jcluster", "remove", "shop");
    fails("curl", "-s", "http://127.0.0.1:8080/");
    assertEquals(before, traces());
  }

  @Test
  void aSizeIsChangedLikeThatOfAnyUnit() throws Exception {
    add("shop", "8080", "--instances=1", "--start");
    ok("jcluster", "scale", "shop", "2");
    ok("systemctl", "disable", "shop@1.service");
    ok("systemctl", "enable", "shop@2.service");
    answers("8080");
    ok("systemctl", "stop", "shop");
    ok("systemctl", "start", "shop");
    assertEquals("active", active("shop@2.service"));
    ok("jcluster", "remove", "shop");
  }

  @Test
  void anApplicationThatDoesNotStartIsNotAddedEither() throws Exception {
    String before = traces();
    machine.output("sh", "-c", "printf '#!/bin/sh\nexec false\n' >/opt/shop/no.sh");
    machine.output("chmod", "755", "/opt/shop/no.sh");
    String output =
        failure("jcluster", "add", "shop", "--listen=8080", "--start", "--", "/opt/shop/no.sh");
    assertTrue(output.contains("it did not start, and was removed again"), output);
    assertTrue(output.contains("exited with status 1"), output);
    assertEquals(before, traces());
  }

  @Test
  void oneCommandStartsOrStopsOrReloadsAllApplications() throws Exception {
    add("shop", "8080", "--instances=1");
    add("web", "8081", "--instances=1");
    configure("web", "PortMap=8080:8081");
    ok("systemctl", "start", "jcluster.target");
    answers("8080");
    answers("8081");
    String output = machine.output("jcluster", "reload", "--all");
    assertTrue(output.endsWith("reloaded shop, web"), output);
    ok("systemctl", "stop", "jcluster.target");
    for (String unit : new String[] {"shop@1.socket", "web@1.socket"}) {
      Machine.awaitThat(unit + " inactive", () -> active(unit), "inactive"::equals);
    }
    ok("systemctl", "start", "shop");
    answers("8080");
    fails("curl", "-s", "http://127.0.0.1:8081/");
    ok("systemctl", "start", "jcluster.target");
    answers("8081");
    configure("shop", "StopTimeout=soon");
    String web = get("8081");
    String failed = failure("jcluster", "reload", "--all");
    assertTrue(failed.contains("reloaded: none; failed: shop; not reloaded: web"), failed);
    assertEquals(web, get("8081"));
  }

  @Test
  void theApplicationsOfAProcessFileAreAdded() throws Exception {
    machine.write(
        "/opt/shop/ecosystem.config.js",
        """
        module.exports = {
          apps: [{
            name: 'shop', // a shop
            script: './shop.jar',
            instances: 2,
            env: { PORT: 8080 },
            watch: true,
          }],
        };
        """);
    String output = machine.output("jcluster", "import", "/opt/shop/ecosystem.config.js");
    assertTrue(output.contains("shop: watch: none: a path unit"), output);
    String next = output.substring(output.lastIndexOf(": systemctl ") + 2);
    ok(next.split(" "));
    answers("8080");
    assertEquals("active", active("shop@2.service"));
    ok("jcluster", "remove", "shop");
  }

  /** What the manual says to do about a message of systemd. */
  private static String advice(String message) throws IOException {
    String manual =
        Files.readString(Path.of(System.getProperty("jcluster.root"), "man/myapp@.service.8"));
    String rest = manual.substring(manual.indexOf(".It Sy " + message));
    return rest.substring(0, rest.indexOf(".It Sy ", 1));
  }

  private static void says(String what, String output, String... all) {
    for (String one : all) {
      assertTrue(output.contains(one), what + ": " + output);
    }
  }

  /** Tries to add the shop with a command, which must fail and leave nothing. */
  private static String mistake(String command) throws Exception {
    String before = traces();
    String output = failure("sh", "-c", "jcluster add shop --listen=8080 -- " + command);
    assertEquals(before, traces());
    return output;
  }

  @Test
  void theLikelyMistakesOfANewcomerAreToldWithWhatToDo() throws Exception {
    machine.install("demo.jar", "/home/me/shop.jar");
    says(
        "jar in /home",
        mistake("java -jar /home/me/shop.jar"),
        "'/home/me/shop.jar' is in a home, which is hidden from services (ProtectHome=yes): move"
            + " it, such as to /opt/shop/shop.jar");
    machine.output("chmod", "600", JAR);
    says(
        "unreadable jar",
        mistake("java -jar " + JAR),
        "'/opt/shop/shop.jar' may not be read by the service's user: chmod a+r " + JAR);
    machine.output("chmod", "644", JAR);
    machine.write("/opt/jdk-11/release", "JAVA_VERSION=\"11.0.2\"\n");
    machine.write("/opt/jdk-11/bin/java", "#!/bin/sh\nexec false\n");
    machine.output("chmod", "755", "/opt/jdk-11/bin/java");
    says(
        "Java 11",
        mistake("/opt/jdk-11/bin/java -jar " + JAR),
        "is Java 11, and 17 or newer is needed: install one, such as apt-get install");
    machine.write("/opt/shop/start.sh", "#!/bin/sh\njava -jar " + JAR + "\n");
    machine.output("chmod", "755", "/opt/shop/start.sh");
    says("script", mistake("/opt/shop/start.sh"), "write exec before the java in this script");
    says("memory", mistake("java -Xmx1t -jar " + JAR), "-Xmx1t for ", "M: give less, leave -Xmx");
    machine.output("sh", "-c", "for j in /usr/bin /usr/local/bin; do mv $j/java $j/away; done");
    try {
      says(
          "no Java",
          failure(
              "env",
              "JAVA_HOME=" + Path.of(JAVA).getParent().getParent(),
              "jcluster",
              "add",
              "shop",
              "--listen=8080",
              "--",
              "java",
              "-jar",
              JAR),
          "a service finds no java in /usr/local/sbin:",
          "apt-get install default-jre-headless");
    } finally {
      machine.run("sh", "-c", "for j in /usr/bin /usr/local/bin; do mv $j/away $j/java; done");
    }
    ok("systemctl", "start", "myapp@1.service");
    says(
        "port taken",
        mistake("java -jar " + JAR),
        "port 8080 is taken: see by whom with ss -ltnp, and end that or choose another port");
    ok("systemctl", "stop", "myapp");

    add("shop", "8080", "--instances=1", "--start");
    String two = failure("systemctl", "start", "shop@2.service");
    says("two sizes", two, "A dependency job for shop@2.service failed.");
    says(
        "two sizes",
        advice("A dependency job for myapp@4.service failed."),
        "another size is",
        "systemctl stop myapp");
    configure("shop", "StopTimout=3s");
    fails("systemctl", "reload", "shop");
    says("typo", machine.journal("-t", "shop"), "did you mean StopTimeout= of [Worker]?");
    answers("8080");
    machine.output("rm", CONF);
    ok("jcluster", "remove", "shop");

    add("shop", "8081", "--instances=1");
    configure("shop", "ReadyTimeout=2s");
    fails("systemctl", "start", "shop");
    says(
        "wrong port",
        machine.journal("-t", "shop"),
        "the application bound ",
        ":8080, but the unit listens on http [::]:8081: bind that port, or set PortMap=8080:");
  }
}
