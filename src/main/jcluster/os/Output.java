package jcluster.os;

import java.nio.file.Files;
import java.nio.file.Path;

/** A descriptor that is written to without waiting for what reads it. For one thread. */
public final class Output {
  private final Fd fd;
  private final boolean isSocket;

  private Output(Fd fd, boolean isSocket) {
    this.fd = fd;
    this.isSocket = isSocket;
  }

  /**
   * Writes to where {@code fd} does, which other processes may share: its own mode stays as it is.
   * A pipe or a terminal is opened once more for that (proc(5), /proc/PID/fd). Where that is not
   * allowed, as on the terminal of another user, writing does wait.
   */
  public static Output of(Fd fd) throws OsException {
    if (Sys.socketKind(fd).isPresent()) {
      return new Output(fd, true);
    }
    String path = "/proc/self/fd/" + fd;
    if (Files.isRegularFile(Path.of(path))) {
      return new Output(fd, false); // It never waits, and opened once more would be overwritten.
    }
    try {
      return new Output(Sys.openToWrite(path), false);
    } catch (OsException e) {
      return new Output(fd, false);
    }
  }

  /** Becomes writable when there is room for more. */
  public Fd fd() {
    return fd;
  }

  /**
   * Writes as much as there is room for, and says how much that was.
   *
   * @throws OsException EPIPE, if nothing will ever read it, or the like
   */
  public int write(byte[] bytes) throws OsException {
    return isSocket ? Sys.sendNow(fd, bytes) : Sys.write(fd, bytes);
  }
}
