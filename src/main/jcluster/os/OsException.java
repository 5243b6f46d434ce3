package jcluster.os;

import java.io.IOException;

/** A call to the operating system failed. */
public final class OsException extends IOException {
  private static final long serialVersionUID = 1L;

  /** EADDRINUSE: someone else listens there. */
  public static final int EADDRINUSE = 98;

  /** ESRCH: there is no such process. */
  public static final int ESRCH = Libc.ESRCH;

  private final int errno;

  OsException(String call, int errno) {
    super(call + ": " + Libc.strerror(errno) + " (errno " + errno + ")");
    this.errno = errno;
  }

  /** The number, as in errno(3). */
  public int errno() {
    return errno;
  }
}
