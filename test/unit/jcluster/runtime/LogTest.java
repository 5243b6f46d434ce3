package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import jcluster.model.Action.Level;
import jcluster.os.Fd;
import jcluster.os.Output;
import jcluster.os.Poll;
import jcluster.os.Sys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogTest {
  private static String written(boolean journal, String text) {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    new Log(out, Optional.empty(), journal, "t").write(Level.WARNING, text);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void everyLineBeginsWithTheNameOrItsLevel() {
    assertEquals("t: a\nt: b\n", written(false, "a\nb"));
    assertEquals("<4>a\n<4>b\n", written(true, "a\nb\n"));
  }

  @Test
  void aReaderThatDoesNotReadDelaysNothing(@TempDir Path folder) throws Exception {
    String pipe = folder.resolve("pipe").toString();
    var poll = new Poll();
    var text = new StringBuilder();
    try (Fd reader = Sys.fifo(pipe);
        Fd writer = Sys.open(pipe)) { // It would wait.
      var nowhere = new PrintStream(OutputStream.nullOutputStream());
      var log = new Log(nowhere, Optional.of(writer), true, "t");
      log.attach(poll);
      String line = "x".repeat(1000);
      for (int i = 0; i < 1000; i++) {
        log.write(Level.INFO, i + line);
      }
      byte[] buffer = new byte[1 << 16];
      while (!text.toString().contains("missing")) {
        int count = Sys.read(reader, buffer).orElse(0);
        text.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
        poll.await(0);
      }
      log.write(Level.INFO, "again");
      poll.onReadable(reader, () -> {});
      poll.await(TimeUnit.SECONDS.toNanos(10));
      int count = Sys.read(reader, buffer).orElse(0);
      assertEquals("<6>again\n", new String(buffer, 0, count, StandardCharsets.US_ASCII));
      List<String> lines = text.toString().lines().toList();
      int written = lines.size() - 1;
      for (int i = 0; i < written; i++) {
        assertEquals("<6>" + i + line, lines.get(i));
      }
      assertTrue(written > 256 && written < 400, written + " lines were kept");
      assertEquals(
          "<4>" + (1000 - written) + " lines are missing here: nothing read this log",
          lines.get(written));
    }
  }

  @Test
  void theEndWaitsASecondForTheReader(@TempDir Path folder) throws Exception {
    String pipe = folder.resolve("pipe").toString();
    try (Fd reader = Sys.fifo(pipe);
        Fd writer = Sys.open(pipe)) {
      var nowhere = new PrintStream(OutputStream.nullOutputStream());
      var log = new Log(nowhere, Optional.of(writer), true, "t");
      log.attach(new Poll());
      log.write(Level.INFO, "x".repeat(200_000));
      long begun = System.nanoTime();
      log.flush();
      long took = System.nanoTime() - begun;
      assertTrue(took >= TimeUnit.SECONDS.toNanos(1), took + " ns");
      byte[] buffer = new byte[1 << 16];
      assertEquals(1 << 16, Sys.read(reader, buffer).orElse(0));
      log.flush();
      assertEquals(1 << 16, Sys.read(reader, buffer).orElse(0));
    }
  }

  @Test
  void aLogWhoseReaderIsGoneHarmsNothing(@TempDir Path folder) throws Exception {
    String pipe = folder.resolve("pipe").toString();
    Fd writer;
    try (Fd reader = Sys.fifo(pipe)) {
      writer = Output.of(reader).fd(); // Opened once more, for writing alone
    }
    try (Fd closed = writer) {
      var nowhere = new PrintStream(OutputStream.nullOutputStream());
      var log = new Log(nowhere, Optional.of(closed), true, "t");
      log.attach(new Poll());
      log.write(Level.INFO, "x");
      log.flush();
    }
  }

  @Test
  void controlCharactersAreNotWritten() {
    assertEquals("t: a [2Jb c d\n", written(false, "a\u001b[2Jb\u202ec\u2028d"));
    assertEquals("<4>a\n<4> b\n", written(true, "a\n\u009bb"));
  }
}
