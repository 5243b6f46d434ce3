package jcluster.systemd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Sockets;

/**
 * Streams into the journal (systemd-journald.service(8), "Stream logging"). journald records the
 * process that writes, so the lines that a worker writes to its stream carry the worker's own
 * {@code _PID}.
 */
public final class JournalStream {
  private static final String SOCKET = "/run/systemd/journal/stdout";

  private JournalStream() {}

  /**
   * Whether this process's standard error is connected to the journal (JOURNAL_STREAM in
   * systemd.exec(5)).
   */
  public static boolean isStandardError(Map<String, String> environment) {
    String stream = environment.get("JOURNAL_STREAM");
    return stream != null && stream.equals(id(2));
  }

  /**
   * Opens a stream.
   *
   * @param identifier SYSLOG_IDENTIFIER= of its lines; their priority is 6 unless a line begins
   *     with {@code <N>}
   */
  public static Fd open(String identifier) throws OsException {
    Fd fd = Sockets.connectUnixStreamNow(SOCKET);
    try {
      // Identifier, unit (only root may name one), priority, level prefix, forward to syslog, kmsg,
      // console.
      String header = identifier + "\n\n6\n1\n0\n0\n0\n";
      Sockets.shutdownRead(fd);
      Sockets.sendNow(fd, header.getBytes(StandardCharsets.UTF_8));
      return fd;
    } catch (OsException e) {
      fd.close();
      throw e;
    }
  }

  /** The value of JOURNAL_STREAM for a process whose standard error is {@code fd}. */
  public static String id(Fd fd) {
    return id(fd.number());
  }

  private static String id(int number) {
    try {
      Map<String, Object> file =
          Files.readAttributes(Path.of("/proc/self/fd/" + number), "unix:dev,ino");
      return file.get("dev") + ":" + file.get("ino");
    } catch (IOException e) {
      return "";
    }
  }
}
