package sun.nio.ch;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What the supervisor is told, through the FIFO in its runtime directory: lines {@code PID
 * KEY=VALUE}. For any thread.
 */
final class JclusterReports {
  /** PIPE_BUF, up to which a line arrives in one piece (pipe(7)). */
  private static final int LONGEST = 4096;

  /** No application means so many; one that does is not told of further. */
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
   * Tells, after the end of whatever another process has left without one; a supervisor that is
   * gone hears nothing, and that is all. Without a lock, so that who waits for room in the FIFO
   * keeps nobody else.
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

  /** Tells that the application listens somewhere else. */
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
