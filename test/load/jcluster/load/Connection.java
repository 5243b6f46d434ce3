package jcluster.load;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** A connection to the server. Its errors are thrown as {@link Failure}. */
final class Connection implements AutoCloseable {
  private static final int MAX_LINE = 65_536;
  private static final int PIECES_PER_SECOND = 50;

  private final Load load;
  private final ByteBuffer in;
  private final int rate;
  private final Wire wire;

  private boolean unwritable;
  private volatile boolean closed;
  private int answers;
  private long answeredAt;
  private long taken;

  /** Whether a byte of the answer was taken. */
  private boolean begun;

  /** Why nothing more can be read; null as long as something can. */
  private Outcome end;

  private boolean waiting;
  private long since;

  /**
   * Connects.
   *
   * @param in where to read to; nobody else uses it as long as the connection is in use
   * @param rate how fast to read, in bytes/s; 0 for no limit
   * @throws IOException if no descriptor or port is left: the load's own trouble
   */
  Connection(Load load, ByteBuffer in, int rate) throws Failure, IOException {
    this.load = load;
    this.in = in.position(0).limit(0);
    this.rate = rate;
    wire = Wire.of(load.plan, rate > 0);
    load.watch(this);
    waiting(true);
    try {
      wire.connect(load.plan);
    } catch (IOException e) {
      boolean expired = closed;
      close();
      if (e instanceof BindException) {
        throw e;
      }
      throw new Failure(expired ? Outcome.TIMED_OUT : Outcome.REFUSED, "while connecting: " + e);
    } finally {
      waiting(false);
    }
  }

  /** Sends all of it; where that fails, reading tells why, perhaps after a last answer. */
  void send(ByteBuffer bytes) {
    waiting(true);
    try {
      if (!unwritable) {
        wire.write(bytes);
      }
    } catch (IOException e) {
      unwritable = true;
    } finally {
      waiting(false);
    }
  }

  /** From here on it is the next answer that is read. */
  void nextAnswer() {
    begun = false;
    taken = 0;
  }

  /** An answer has been read as a whole. */
  void answered() {
    answers++;
    answeredAt = System.nanoTime();
  }

  /** How many bytes of the body were taken so far. */
  long taken() {
    return taken;
  }

  /** How long the last answer is ago, in nanoseconds; 0 if there was none. */
  long idle() {
    return answers == 0 ? 0 : System.nanoTime() - answeredAt;
  }

  /** Whether HTTP lets a client repeat its request. */
  boolean mayRepeat(Failure failure) {
    return answers > 0
        && !begun
        && (failure.outcome == Outcome.RESET || failure.outcome == Outcome.CLOSED_BEFORE_ANSWER);
  }

  /** Takes no more answers from it, as if the server had ended it here. */
  void giveUp() {
    end = Outcome.CLOSED_BEFORE_ANSWER;
    in.limit(in.position());
  }

  /**
   * A failure for bytes that break the protocol; the connection is given up, as the next answer's
   * start is unknown.
   */
  Failure malformed(String what) {
    giveUp();
    return new Failure(Outcome.WRONG_ANSWER, what);
  }

  /** Whether another request can be made on it. */
  boolean usable() {
    return end == null && !unwritable && !closed;
  }

  /** Whether something has come that nobody took. */
  boolean hasMore() {
    return in.hasRemaining();
  }

  /** Takes the next line, without its end. */
  String line() throws Failure {
    var line = new StringBuilder();
    for (char c = next(); c != '\n'; c = next()) {
      if (line.length() == MAX_LINE) {
        throw malformed("a line too long: " + line);
      }
      line.append(c);
    }
    int length = line.length();
    return line.substring(0, length > 0 && line.charAt(length - 1) == '\r' ? length - 1 : length);
  }

  private char next() throws Failure {
    fill();
    return (char) (in.get() & 0xff);
  }

  /** Reads exactly {@code count} bytes, and appends them to a buffer unless that is null. */
  void take(long count, ByteArrayOutputStream into) throws Failure {
    for (long left = count; left > 0; ) {
      fill();
      int length = (int) Math.min(left, in.remaining());
      if (into != null) {
        byte[] piece = new byte[length];
        in.get(in.position(), piece);
        into.writeBytes(piece);
      }
      in.position(in.position() + length);
      left -= length;
      taken += length;
    }
  }

  /** Makes sure that there is a byte to take; waits for one if need be. */
  private void fill() throws Failure {
    if (!in.hasRemaining() && end == null) {
      read();
    }
    if (!in.hasRemaining()) {
      boolean cut = end == Outcome.CLOSED_BEFORE_ANSWER && begun;
      throw new Failure(
          cut ? Outcome.CLOSED_MID_ANSWER : end, answers + " answers on its connection before");
    }
    begun = true;
  }

  private void read() {
    in.clear()
        .limit(rate > 0 ? Math.min(in.capacity(), rate / PIECES_PER_SECOND + 1) : in.capacity());
    waiting(true);
    try {
      if (wire.read(in) < 0) {
        // Linux tells of a reset once; if it told the write, this is the end.
        end = unwritable ? Outcome.RESET : Outcome.CLOSED_BEFORE_ANSWER;
      }
    } catch (IOException e) {
      end = closed ? Outcome.TIMED_OUT : Outcome.RESET;
    } finally {
      waiting(false);
      in.flip();
    }
    if (rate > 0) {
      load.pause(TimeUnit.SECONDS.toNanos(in.remaining()) / rate);
    }
  }

  private synchronized void waiting(boolean now) {
    waiting = now;
    since = System.nanoTime();
  }

  /** Closes it under the feet of a client that waits for longer than the timeout. */
  synchronized void expire(long now) {
    if (waiting && now - since > TimeUnit.MILLISECONDS.toNanos(load.plan.timeoutMillis)) {
      abort();
    }
  }

  /** Closes it at once, whatever its client waits for. */
  void abort() {
    end(wire::abort);
  }

  @Override
  public void close() {
    end(wire::close);
  }

  private void end(Ending how) {
    load.unwatch(this);
    closed = true;
    try {
      how.run();
    } catch (IOException e) {
      // It is as gone as it can be.
    }
  }

  private interface Ending {
    void run() throws IOException;
  }
}
