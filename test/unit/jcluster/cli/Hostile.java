package jcluster.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jcluster.os.Fd;
import jcluster.os.Sockets;

/**
 * A worker that is ready at once and then floods the supervisor for two seconds, if it is the first
 * that does. Words: what with, and the folder of the test, where a file "go" lets it begin.
 */
final class Hostile {
  private static final long LONG = TimeUnit.SECONDS.toNanos(2);

  private Hostile() {}

  public static void main(String[] words) throws Exception {
    String socket = System.getenv("NOTIFY_SOCKET");
    Path folder = Path.of(words[1]);
    boolean speaksForBoth = words[0].equals("another");
    try (Fd notify = Sockets.connectUnixDatagram(socket)) {
      if (!speaksForBoth) {
        Sockets.send(notify, bytes("READY=1"));
      } else if (System.getenv("APP_INSTANCE").equals("0")) {
        String other = await(folder.resolve("pid"));
        Sockets.send(notify, bytes("MAINPID=" + other + "\nREADY=1"));
        Sockets.send(notify, bytes("READY=1\nMAINPID=" + other));
        System.out.println("said for both");
      } else {
        Path written = folder.resolve("pid.new");
        Files.writeString(written, String.valueOf(ProcessHandle.current().pid()));
        Files.move(written, folder.resolve("pid"));
      }
      await(folder.resolve("go"));
      if (speaksForBoth) {
        Sockets.send(notify, bytes("READY=1"));
      } else if (first(folder.resolve("first"))) {
        System.out.println("flooding");
        long end = System.nanoTime() + LONG;
        if (words[0].equals("notices")) {
          notices(notify, end);
        } else {
          reports(Path.of(socket).resolveSibling("agent"), end);
        }
      }
      Thread.currentThread().join(); // For ever
    }
  }

  private static String await(Path file) throws IOException, InterruptedException {
    while (!Files.exists(file)) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return Files.readString(file);
  }

  private static boolean first(Path file) throws IOException {
    try {
      Files.createFile(file);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void notices(Fd notify, long end) throws IOException {
    List<byte[]> notices =
        List.of(
            bytes("READY=1"),
            bytes("READY=1\nMAINPID=1\nFDSTORE=1\nRELOADING=1\nERRNO=7\nBUSERROR=x\nBARRIER=1"),
            bytes("WATCHDOG=1\nWATCHDOG_USEC=1\nWATCHDOG=trigger\nEXTEND_TIMEOUT_USEC=-1"),
            bytes("STATUS=\u001b[2J\u0007\r\u009b\377\376\n\n=\n==\nSTATUS"),
            bytes("STATUS=" + "x".repeat(1 << 16)),
            bytes("STATUS=" + "\377".repeat(8000)),
            bytes("\n".repeat(8192)),
            new byte[0],
            new byte[8192]);
    for (int sent = 0; System.nanoTime() < end; sent++) {
      Sockets.send(notify, notices.get(sent % notices.size()));
    }
  }

  private static void reports(Path path, long end) throws IOException {
    String own = ProcessHandle.current().pid() + " ";
    List<byte[]> reports =
        List.of(
            bytes(own + "WARNING=\u001b[2J\u009b\377\n"),
            bytes(own + "LISTENING=1\n" + own + "RESTING=1\n" + own + "AGENT=\n"),
            bytes(own + "WAITING=" + "x".repeat(4000) + "\n"),
            bytes(own + "BOUND=\n" + own + "BOUND=::::\n" + own + "NOTHING=1\n"),
            bytes("99999999999999999999 READY=1\n-1 A=\n0 A=\n=\n \n"),
            bytes(own),
            new byte[1 << 17]);
    try (var fifo = new FileOutputStream(path.toFile(), true)) {
      for (int sent = 0; System.nanoTime() < end; sent++) {
        fifo.write(reports.get(sent % reports.size()));
      }
    }
  }
}
