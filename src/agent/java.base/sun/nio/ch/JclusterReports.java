package sun.nio.ch;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Reports to the supervisor, through the FIFO in its runtime directory: lines {@code PID
 * KEY=VALUE}. For any thread.
 */
final class JclusterReports {
  /** PIPE_BUF, up to which a line arrives in one piece (pipe(7)). */
  private static final int LONGEST = 4096;

  /** The most other binds that are reported; no application means to make more. */
  private static final int MOST_BOUND = 8;

  private static FileOutputStream pipe;
  private static String pid;
  private static int bound;

  private JclusterReports() {}

  static void open(String path, String self) throws IOException {
    pipe = new FileOutputStream(path, true);
    pid = self;
  }

  /**
   * Writes a report. It begins with a newline, to end a line that another process has left
   * incomplete. If the supervisor is gone, the report is lost. There is no lock, so that a thread
   * that waits for room in the FIFO does not block others.
   */
  static void tell(String key, String value) {
    try {
      byte[] line =
          "\n"
              .concat(pid)
              .concat(" ")
              .concat(key)
              .concat("=")
              .concat(value.replace('\n', ' '))
              .concat("\n")
              .getBytes(StandardCharsets.UTF_8);
      if (line.length <= LONGEST) {
        pipe.write(line);
      }
    } catch (IOException e) {
      // EPIPE; the worker goes on without it.
    }
  }

  /** Reports that the application listens somewhere else. */
  static void bound(String address) {
    synchronized (JclusterReports.class) {
      if (bound >= MOST_BOUND) {
        return;
      }
      bound++;
    }
    tell("BOUND", address);
  }
}
