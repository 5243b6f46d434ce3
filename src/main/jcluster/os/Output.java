package jcluster.os;

import java.nio.file.Files;
import java.nio.file.Path;

/** Writes to a descriptor without waiting for its reader. For one thread. */
public final class Output {
  private final Fd fd;
  private final boolean isSocket;

  private Output(Fd fd, boolean isSocket) {
    this.fd = fd;
    this.isSocket = isSocket;
  }

  /**
   * An output to the file of {@code fd}. Other processes may share {@code fd}, so it is not made
   * non-blocking: a pipe or a terminal is opened once more instead (proc(5), /proc/PID/fd). Where
   * that is not allowed, as on the terminal of another user, writing does wait.
   */
  public static Output of(Fd fd) throws OsException {
    if (Sockets.socketKind(fd).isPresent()) {
      return new Output(fd, true);
    }
    String path = "/proc/self/fd/" + fd;
    if (Files.isRegularFile(Path.of(path))) {
      return new Output(fd, false); // It never waits, but a second open would overwrite it.
    }
    try {
      return new Output(Sys.openToWrite(path), false);
    } catch (OsException e) {
      return new Output(fd, false);
    }
  }

  /** The descriptor, which is writable when there is room for more. */
  public Fd fd() {
    return fd;
  }

  /**
   * Writes as many bytes as there is room for, and returns their number.
   *
   * @throws OsException such as EPIPE, if nothing will ever read it
   */
  public int write(byte[] bytes) throws OsException {
    return isSocket ? Sockets.sendNow(fd, bytes) : Sys.write(fd, bytes);
  }
}
