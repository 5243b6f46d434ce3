package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcluster.os.Sys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that need no running supervisor, whole: exit status, output, errors. */
class MainTest {
  @TempDir Path folder;
  private String out;
  private String err;

  private int run(Map<String, String> environment, String... words) {
    var outBytes = new ByteArrayOutputStream();
    var errBytes = new ByteArrayOutputStream();
    Map<String, String> all = new HashMap<>(environment);
    all.putIfAbsent("XDG_RUNTIME_DIR", folder.toString());
    int status =
        Main.run(
            List.of(words),
            all,
            new PrintStream(outBytes, true, StandardCharsets.UTF_8),
            new PrintStream(errBytes, true, StandardCharsets.UTF_8));
    out = outBytes.toString(StandardCharsets.UTF_8);
    err = errBytes.toString(StandardCharsets.UTF_8);
    return status;
  }

  @Test
  void wrongUsageExitsWithTwo() {
    assertEquals(2, run(Map.of(), "strat"));
    assertEquals(
        "jcluster: unknown command 'strat': allowed are run, reload, scale, status, upgrade, list,"
            + " check, add, remove and import (try jcluster --help)\n",
        err);
    assertEquals("", out);
  }

  @Test
  void anApplicationThatIsNotRunningExitsWithThree() {
    String name = "no-such-app";
    for (String[] command :
        new String[][] {{"reload", name}, {"status", name}, {"scale", name, "3"}}) {
      assertEquals(3, run(Map.of(), command));
      assertEquals(
          "jcluster: no-such-app is not running; to start it: systemctl start"
              + " no-such-app@max.service\n",
          err);
    }
  }

  @Test
  void aSocketNobodyServesIsNotRunning() throws IOException {
    Files.createDirectory(folder.resolve("gone"));
    Files.createFile(folder.resolve("gone/control.sock"));
    assertEquals(3, run(Map.of(), "reload", "gone"));
  }

  @Test
  void checkNamesEveryMistakeWithItsLine() throws IOException {
    Path good = folder.resolve("good.conf");
    Path bad = folder.resolve("bad.conf");
    Files.writeString(good, "[Worker]\nCommand=java -jar x.jar\n");
    Files.writeString(bad, "[Worker]\nCommand=java\nReadyTimeout=soon\nStopTimout=1s\n");
    assertEquals(78, run(Map.of(), "check", good.toString(), bad.toString()));
    assertEquals(good + ": ok\n", out);
    List<String> lines = err.lines().toList();
    assertEquals(2, lines.size(), err);
    assertTrue(lines.get(0).startsWith(bad + ":3: "), err);
    assertTrue(lines.get(1).startsWith(bad + ":4: "), err);
    assertEquals(0, run(Map.of(), "check", good.toString()));
  }

  @Test
  void runWithoutASocketSaysWhatToDo() throws IOException {
    Path conf = folder.resolve("x.conf");
    Files.writeString(conf, "[Worker]\nCommand=java -jar x.jar\n");
    assertEquals(78, run(Map.of(), "run", "--config=" + conf));
    assertEquals(
        "x: there is no socket to serve from: start it through a unit with a socket unit (man"
            + " 'myapp@.service'), or give --listen=ADDRESS\n",
        err);
  }

  @Test
  void runWithABadSizeIsAWrongConfiguration() {
    assertEquals(78, run(Map.of(), "run", "--name=x", "--instances=banana"));
    assertEquals(
        "x: 'banana' is not a number of instances: allowed are max, 0 (the same), N from 1 to 1024,"
            + " or -N for all CPUs but N\n",
        err);
  }

  @Test
  void runWithABadAddressIsWrongUsage() {
    assertEquals(2, run(Map.of(), "run", "--listen=http", "--", "java"));
    assertTrue(err.startsWith("jcluster: --listen: 'http' is not an address: allowed are "), err);
  }

  @Test
  void aFileThatIsNoSocketIsNotReplacedByOne() throws IOException {
    Path fifo = folder.resolve("fifo");
    Sys.fifo(fifo.toString()).close();
    Path file = Files.createFile(folder.resolve("file"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    for (Path path : List.of(fifo, file, link, Files.createDirectory(folder.resolve("folder")))) {
      assertEquals(1, run(Map.of(), "run", "--name=x", "--listen=" + path, "--", "java"));
      String why = ": it exists and is no socket; remove it, or listen elsewhere\n";
      assertEquals("x: cannot listen on " + path + why, err);
      assertTrue(Files.exists(path), path::toString);
    }
  }

  @Test
  void aSocketThatCannotBeMadeIsNamedWithTheReason() throws IOException {
    String socket = folder.resolve("none/x.sock").toString();
    assertEquals(1, run(Map.of(), "run", "--name=x", "--listen=" + socket, "--", "java"));
    assertEquals(
        "x: cannot listen on " + socket + ": bind: No such file or directory (errno 2)\n", err);
    String none = folder.resolve("none").toString();
    assertEquals(
        1,
        run(
            Map.of("XDG_RUNTIME_DIR", none, "RUNTIME_DIRECTORY", none),
            "run",
            "--name=x",
            "--listen=127.0.0.1:0",
            "--",
            "/bin/true"));
    assertTrue(err.contains("x: bind " + none + "/control.sock: No such file"), err);
  }

  @Test
  void helpFitsInto80Columns() {
    assertEquals(0, run(Map.of(), "--help"));
    assertTrue(out.startsWith("Usage: jcluster COMMAND"), out);
    assertTrue(out.lines().allMatch(line -> line.length() <= 80), out);
  }
}
