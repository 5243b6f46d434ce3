package jcluster.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A load as a process. */
@Timeout(60)
@Tag("once")
class LoadMainTest {
  private static Process start(String... options) throws IOException {
    String java = System.getProperty("java.home") + "/bin/java";
    String classes = System.getProperty("jcluster.build") + "/test/load";
    List<String> command =
        new ArrayList<>(List.of(java, "-XX:TieredStopAtLevel=1", "-cp", classes));
    command.add("jcluster.load.Load");
    command.addAll(List.of(options));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static int status(Process process) throws InterruptedException {
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return process.exitValue();
  }

  private static FakeServer server() throws IOException {
    return new FakeServer(
        client -> {
          while (!client.request().isEmpty()) {
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
          }
        });
  }

  private static String port(FakeServer server) throws IOException {
    return "--port=" + ((InetSocketAddress) server.address()).getPort();
  }

  @Test
  void itRunsUntilItsInputEndsAndIsMarkedThere() throws Exception {
    try (FakeServer server = server()) {
      Process process = start(port(server), "--new=2", "--keep-alive=2", "--expect=hello");
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      assertEquals("going", output.readLine());
      try (Writer input = process.outputWriter(StandardCharsets.UTF_8)) {
        input.write("mark roll\nwhat?\nreport\n");
        input.flush();
        Report first = Report.parse(List.of(output.readLine()));
        assertTrue(first.answered() >= 4, first::toString);
        assertTrue(first.numbers().containsKey("roll.requests"), first::toString);
      }
      List<String> lines = output.lines().toList();
      assertEquals(0, status(process), lines::toString);
      assertTrue(lines.get(0).startsWith("(times in µs)"), lines::toString);
      Report report = Report.parse(lines);
      assertTrue(report.of(Kind.NEW).answered() >= 2, lines::toString);
      assertTrue(report.of(Kind.KEEP_ALIVE).answered() >= 2, lines::toString);
      assertEquals(report.requests(), report.answered());
      assertTrue(report.numbers().containsKey("roll.requests"), lines::toString);
    }
  }

  @Test
  void itEndsAfterItsRequestsAndFailsIfOneDid() throws Exception {
    try (FakeServer server = server()) {
      Process process = start(port(server), "--new=1", "--requests=7", "--expect=bye");
      List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
      assertEquals(1, status(process), lines::toString);
      assertTrue(lines.get(0).startsWith("(times in µs)"), lines::toString);
      Report report = Report.parse(lines);
      assertEquals(7, report.get("new.wrongAnswer"));
      String example = report.examples().get(0);
      assertTrue(example.matches("new wrongAnswer after \\d+ ms: 'hello'"), lines::toString);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--port=1, no clients",
    "--new=1, no address",
    "--new=none, --new=none: For input string: \"none\"",
    "--new=0, --new=0: not above 0",
    "--old=1, --old=1: no such option",
    "--expect=(, --expect=(: Unclosed group near index 1"
  })
  void aMistakeIsNamed(String option, String message) {
    var e = assertThrows(IllegalArgumentException.class, () -> new Plan(null).with(option).start());
    assertEquals(message, e.getMessage().lines().findFirst().orElseThrow());
  }

  @Test
  void aMistakeEndsItAtOnce() throws Exception {
    Process process = start("--port=1", "--old=1");
    List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
    assertEquals("Load: --old=1: no such option", lines.get(0));
    assertEquals(2, status(process));
  }
}
