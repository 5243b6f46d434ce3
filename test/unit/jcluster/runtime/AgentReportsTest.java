package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import jcluster.os.Poll;
import jcluster.runtime.AgentReports.Report;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentReportsTest {
  @TempDir Path folder;
  private final Poll poll = new Poll();
  private final List<Report> heard = new ArrayList<>();
  private Path path;
  private AgentReports reports;

  @BeforeEach
  void open() throws IOException {
    path = folder.resolve("agent");
    Files.writeString(path, "left by another");
    reports = new AgentReports(poll, path, heard::add, AgentReports.make(path));
  }

  @AfterEach
  void close() throws IOException {
    reports.close();
    assertFalse(Files.exists(path));
  }

  private void write(byte[] bytes) throws IOException {
    Files.write(path, bytes, StandardOpenOption.WRITE);
    poll.await(0);
  }

  private void write(String text) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aLineIsAReport() throws IOException {
    write("4242 LISTENING=1\n4243 BOUND=[::]:9090=x y\n1 A=\n");
    assertEquals(
        List.of(
            new Report(4242, "LISTENING", "1"),
            new Report(4243, "BOUND", "[::]:9090=x y"),
            new Report(1, "A", "")),
        heard);
  }

  @Test
  void aLineMayComeInPieces() throws IOException {
    write("42");
    write("42 WAITING=");
    assertEquals(List.of(), heard);
    byte[] character = "\u00fc\n".getBytes(StandardCharsets.UTF_8);
    write(new byte[] {character[0]});
    write(new byte[] {character[1], character[2]});
    assertEquals(List.of(new Report(4242, "WAITING", "\u00fc")), heard);
  }

  @Test
  void aLineThatIsTooLongIsDropped() throws IOException {
    String longest = "1 A=" + "x".repeat(AgentReports.MAX_LINE - 5);
    write(longest + "\n");
    write(longest + "x\n");
    write("y".repeat(60_000));
    write("y".repeat(60_000));
    write("\n2 B=2\n");
    assertEquals(List.of(new Report(1, "A", longest.substring(4)), new Report(2, "B", "2")), heard);
  }

  @Test
  void controlCharactersOfAReportAreNotLogged() throws IOException {
    write("1 A=b\u001b[31m\rc\td\n");
    assertEquals(List.of(new Report(1, "A", "b [31m c d")), heard);
  }

  @Test
  void linesThatAreNoReportsAreIgnored() throws IOException {
    write("\n\n4242\nLISTENING=1\n 1 A=1\n01 A=1\n-1 A=1\n1 a=1\n1  A=1\n99999999999 A=1\n1 A\n");
    byte[] noise = new byte[8_000];
    for (int i = 0; i < 50; i++) {
      new Random(i).nextBytes(noise);
      write(noise);
    }
    write("\n7 A=1\n");
    assertEquals(List.of(new Report(7, "A", "1")), heard);
  }

  @Test
  void oneTurnReadsAllThatWasWrittenBeforeIt() throws IOException {
    byte[] line = "1 A=1\n".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 10_000; i++) {
      Files.write(path, line, StandardOpenOption.WRITE);
    }
    poll.await(0);
    assertEquals(10_000, heard.size());
  }
}
