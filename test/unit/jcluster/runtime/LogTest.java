package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import jcluster.model.Action;
import jcluster.model.Action.Level;
import jcluster.model.Action.Subject;
import jcluster.model.LogMessage;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Output;
import jcluster.os.Poll;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import jcluster.systemd.Journal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogTest {
  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  /** A journal whose socket is not there, so that lines are written in place of entries. */
  private static Optional<Journal> noJournal(Path folder) {
    return Optional.of(new Journal(folder.resolve("none").toString()));
  }

  private static String written(boolean journal, String text) {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Optional<Journal> to = journal ? Optional.of(new Journal("/none")) : Optional.empty();
    new Log(out, Optional.empty(), to, "t").write(Level.WARNING, text);
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
      var log = new Log(NOWHERE, Optional.of(writer), noJournal(folder), "t");
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
      var log = new Log(NOWHERE, Optional.of(writer), Optional.empty(), "t");
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
      var log = new Log(NOWHERE, Optional.of(closed), Optional.empty(), "t");
      log.attach(new Poll());
      log.write(Level.INFO, "x");
      log.flush();
    }
  }

  /** A log whose entries go to a journal and whose lines go to a pipe, with their other ends. */
  private static final class Ends implements AutoCloseable {
    final Poll poll = new Poll();
    final Log log;
    final Fd reader;
    private final Fd journal;
    private final Fd writer;

    Ends(Path folder) throws Exception {
      String socket = folder.resolve("journal").toString();
      String pipe = folder.resolve("pipe").toString();
      journal = Sockets.receiverUnix(socket);
      reader = Sys.fifo(pipe);
      writer = Sys.open(pipe);
      log = new Log(NOWHERE, Optional.of(writer), Optional.of(new Journal(socket)), "t");
      log.attach(poll);
    }

    /** The entries that have come since the last time. */
    List<String> received() throws Exception {
      List<String> entries = new ArrayList<>();
      for (var next = Sockets.receive(journal, 1 << 16);
          next.isPresent();
          next = Sockets.receive(journal, 1 << 16)) {
        entries.add(new String(next.get().bytes(), StandardCharsets.ISO_8859_1));
      }
      return entries;
    }

    @Override
    public void close() {
      writer.close();
      reader.close();
      journal.close();
    }
  }

  @Test
  void anEntryOfTheJournalTellsWhatItIsAbout(@TempDir Path folder) throws Exception {
    try (var ends = new Ends(folder)) {
      Log log = ends.log;
      var subject = new Subject(Optional.of(1), Optional.of(2), Optional.of(345));
      log.write(new Action.Log(LogMessage.WORKER_DIED, Level.ERROR, subject, "it died"));
      log.write(Level.INFO, "two\nlines");
      String first =
          "MESSAGE=it died\nPRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=t\nMESSAGE_ID="
              + LogMessage.WORKER_DIED.id()
              + "\nJCLUSTER_NAME=t\nJCLUSTER_SLOT=1\nJCLUSTER_GENERATION=2\nJCLUSTER_PID=345\n";
      String second =
          """
          MESSAGE
          \t\0\0\0\0\0\0\0two
          lines
          PRIORITY=6
          SYSLOG_FACILITY=3
          SYSLOG_IDENTIFIER=t
          JCLUSTER_NAME=t
          """;
      assertEquals(List.of(first, second), ends.received());
      assertEquals(0, Sys.read(ends.reader, new byte[1]).orElse(0));
    }
  }

  @Test
  void aJournalThatDoesNotReadDelaysAndLosesNothing(@TempDir Path folder) throws Exception {
    try (var ends = new Ends(folder)) {
      Log log = ends.log;
      int all = 3000; // More than the socket's queue holds
      for (int i = 0; i < all; i++) {
        log.write(Level.INFO, String.valueOf(i));
      }
      List<String> entries = ends.received();
      assertTrue(entries.size() < all, entries.size() + " had room");
      while (entries.size() < all) {
        ends.poll.await(TimeUnit.SECONDS.toNanos(10));
        List<String> more = ends.received();
        assertTrue(!more.isEmpty(), () -> "only " + entries.size() + " came");
        entries.addAll(more);
      }
      for (int i = 0; i < all; i++) {
        assertTrue(entries.get(i).startsWith("MESSAGE=" + i + "\n"), entries.get(i));
      }
      assertEquals(0, Sys.read(ends.reader, new byte[1]).orElse(0));
    }
  }

  @Test
  void whatTheJournalDoesNotTakeIsWrittenAsLines(@TempDir Path folder) throws Exception {
    var text = new StringBuilder();
    try (var ends = new Ends(folder)) {
      Log log = ends.log;
      String longer = "x".repeat(1 << 20); // Than a datagram may be
      log.write(Level.INFO, longer);
      log.write(Level.INFO, "after");
      byte[] buffer = new byte[1 << 16];
      ends.poll.onReadable(
          ends.reader,
          () -> {
            try {
              int count = Sys.read(ends.reader, buffer).orElse(0);
              text.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
            } catch (OsException e) {
              throw new IllegalStateException(e);
            }
          });
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (text.length() < longer.length() + 4 && System.nanoTime() < end) {
        ends.poll.await(TimeUnit.SECONDS.toNanos(1));
      }
      assertEquals("<6>" + longer + "\n", text.toString());
      assertEquals(1, ends.received().size());
    }
  }

  @Test
  void theEndWaitsASecondForTheJournalToRead(@TempDir Path folder) throws Exception {
    try (var ends = new Ends(folder)) {
      Log log = ends.log;
      log.write(Level.INFO, "x");
      long begun = System.nanoTime();
      log.flush();
      long took = System.nanoTime() - begun;
      assertTrue(took >= TimeUnit.SECONDS.toNanos(1), took + " ns");
      assertEquals(1, ends.received().size());
      log.flush();
    }
  }

  @Test
  void controlCharactersAreNotWritten() {
    assertEquals("t: a [2Jb c d\n", written(false, "a\u001b[2Jb\u202ec\u2028d"));
    assertEquals("<4>a\n<4> b\n", written(true, "a\n\u009bb"));
  }
}
