package jcluster.os;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * System calls for files and descriptors, typed and checked: a call that fails throws {@link
 * OsException} with its name and errno. New descriptors are close-on-exec and non-blocking unless
 * said otherwise. Any thread may call. Those for sockets and processes are in {@link Sockets} and
 * {@link Processes}.
 */
public final class Sys {
  private Sys() {}

  /** The user id of this process. */
  public static int getuid() {
    return Libc.getuid();
  }

  /**
   * Takes over a descriptor that this process was started with, and makes it close-on-exec.
   *
   * @throws OsException EBADF, if no such descriptor is open
   */
  public static Fd adopt(int number) throws OsException {
    int flags = check("fcntl", Libc.fcntl(number, Libc.F_GETFD, 0));
    check("fcntl", Libc.fcntl(number, Libc.F_SETFD, flags | Libc.FD_CLOEXEC));
    return new Fd(number);
  }

  /** Whether it is a terminal (isatty(3)). */
  public static boolean isTerminal(Fd fd) {
    return Libc.isatty(fd.number()) == 1;
  }

  /** This process's standard input, not to be closed. */
  public static Fd standardInput() {
    return new Fd(0);
  }

  /** This process's standard output, not to be closed. */
  public static Fd standardOutput() {
    return new Fd(1);
  }

  /** This process's standard error, not to be closed. */
  public static Fd standardError() {
    return new Fd(2);
  }

  /**
   * A new FIFO for this process to read from, and for processes of this user to write to. This
   * process opens it for writing, too, so that it never reads end of file (fifo(7)).
   */
  public static Fd fifo(String path) throws OsException {
    check("mkfifo " + path, Libc.mkfifo(path, 0600));
    return openFifo(path);
  }

  /** An existing FIFO, opened as {@link #fifo} does it. */
  public static Fd openFifo(String path) throws OsException {
    int flags = Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
    return new Fd(check("open " + path, Libc.open(path, flags)));
  }

  /** An existing file, for reading and writing. */
  public static Fd open(String path) throws OsException {
    return new Fd(check("open " + path, Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC)));
  }

  /**
   * An existing pipe or device, for writing; it does not become this process's controlling
   * terminal.
   */
  static Fd openToWrite(String path) throws OsException {
    int flags = Libc.O_WRONLY | Libc.O_NONBLOCK | Libc.O_NOCTTY | Libc.O_CLOEXEC;
    return new Fd(check("open " + path, Libc.open(path, flags)));
  }

  /**
   * Reads the bytes that are available.
   *
   * @return the number of bytes; 0 at end of file, empty if none are available yet
   */
  public static OptionalInt read(Fd fd, byte[] buffer) throws OsException {
    long count = Libc.read(fd.number(), buffer, buffer.length);
    return again(count) ? OptionalInt.empty() : OptionalInt.of((int) check("read", count));
  }

  /** Writes as much as it can, and returns the number of bytes: 0 if a non-blocking one is full. */
  static int write(Fd fd, byte[] bytes) throws OsException {
    long count = Libc.write(fd.number(), bytes, bytes.length);
    return again(count) ? 0 : (int) check("write", count);
  }

  /** A copy of {@code fd} with a number of at least {@code from}. */
  static Fd duplicate(Fd fd, int from) throws OsException {
    return new Fd(check("fcntl", Libc.fcntl(fd.number(), Libc.F_DUPFD_CLOEXEC, from)));
  }

  static int check(String call, int result) throws OsException {
    return (int) check(call, (long) result);
  }

  static long check(String call, long result) throws OsException {
    if (result < 0) {
      throw new OsException(call, Native.getLastError());
    }
    return result;
  }

  /** Whether a call would have had to wait, or was interrupted, and can be made again later. */
  static boolean again(long result) {
    return result < 0
        && (Native.getLastError() == Libc.EAGAIN || Native.getLastError() == Libc.EINTR);
  }

  /** A NULL-terminated array of C strings; keep it reachable while it is in use. */
  static final class StringVector {
    private final List<Memory> strings = new ArrayList<>();
    private final Memory vector;

    StringVector(List<String> values) {
      vector = new Memory((values.size() + 1L) * Native.POINTER_SIZE);
      for (String value : values) {
        byte[] bytes = value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        var string = new Memory(bytes.length + 1L);
        string.write(0, Arrays.copyOf(bytes, bytes.length + 1), 0, bytes.length + 1);
        vector.setPointer((long) strings.size() * Native.POINTER_SIZE, string);
        strings.add(string);
      }
      vector.setPointer((long) strings.size() * Native.POINTER_SIZE, Pointer.NULL);
    }

    Pointer pointer() {
      return vector;
    }
  }
}
