package jcluster.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The first commands of the README, typed as there: how they start a cluster is what is tried. */
class QuickStartTest extends SystemTest {
  private static final String ROOT = System.getProperty("jcluster.root");

  /** How much longer than the demo alone it may take, with make and a supervisor before it. */
  private static final int TIMES = 10;

  /** How long it takes from a time on until the demo answers, in ms. */
  private long untilAnAnswer(long start) throws Exception {
    Machine.awaitThat(
        "an answer",
        () -> machine.run("curl", "-sS", "-m", "5", "http://localhost:8080/").output(),
        page -> page.startsWith("Hello "));
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  @Test
  void makeRunAnswersSoonAndEndsOnCtrlC() throws Exception {
    String java = System.getProperty("jcluster.java.home") + "/bin/java";
    Process alone = machine.start(java, "-jar", ROOT + "/build/demo.jar");
    long itself = untilAnAnswer(System.nanoTime());
    machine.output("pkill", "-f", "demo.jar");
    alone.waitFor();
    // A session of its own, as a terminal's; the signal goes to all of its foreground, as Ctrl-C
    // does.
    String script = "echo $$; exec make --no-print-directory -C \"$1\" run";
    Process run = machine.start("setsid", "--wait", "sh", "-c", script, "sh", ROOT);
    BufferedReader output = run.inputReader(StandardCharsets.UTF_8);
    long start = System.nanoTime();
    String group = output.readLine();
    long millis = untilAnAnswer(start);
    assertTrue(
        millis < TIMES * itself, "after " + millis + " ms; the demo alone " + itself + " ms");
    String line = output.readLine();
    assertTrue(line.contains("http://localhost:8080/"), line);
    while (!line.matches("demo: started \\d+ workers?")) {
      line = output.readLine();
    }
    String cpus = machine.output("nproc");
    assertTrue(line.contains("started " + cpus + " worker"), line);
    Machine.Result reload = machine.run(ROOT + "/build/bin/jcluster", "reload");
    assertEquals(0, reload.status(), reload::output);
    machine.output("kill", "-INT", "--", "-" + group);
    List<String> rest = output.lines().toList();
    assertTrue(rest.contains("demo: stopped"), rest::toString);
    assertTrue(run.waitFor(10, TimeUnit.SECONDS));
    assertEquals(1, machine.run("pgrep", "-f", "demo.jar").status(), "workers are left");
  }
}
