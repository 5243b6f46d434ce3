package jcluster.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Connects, sends a line, wants it back. */
final class EchoClient extends Client {
  private final ByteBuffer in = ByteBuffer.allocateDirect(1024);
  private long number;

  EchoClient(Load load) {
    super(load, Kind.ECHO);
  }

  @Override
  boolean turn() throws IOException {
    if (!load.begin()) {
      return false;
    }
    long begun = System.nanoTime();
    String line = "line " + ++number;
    try (var connection = new Connection(load, in, 0)) {
      connection.send(StandardCharsets.US_ASCII.encode(line + "\n"));
      String echo = connection.line();
      if (!echo.equals(line)) {
        throw new Failure(Outcome.WRONG_ANSWER, "'" + echo + "' for '" + line + "'");
      }
      answered(begun, null);
    } catch (Failure e) {
      failed(e);
    }
    return true;
  }
}
