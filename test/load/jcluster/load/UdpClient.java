package jcluster.load;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Sends a number, wants it back from where it was sent to. */
final class UdpClient extends Client {
  private static final int TIMEOUT_MILLIS = 1000;

  private final DatagramSocket socket;
  private long number;

  UdpClient(Load load) throws IOException {
    super(load, Kind.UDP);
    socket = new DatagramSocket(); // Not connected: the kernel would hide what others send.
  }

  @Override
  boolean turn() throws IOException {
    if (!load.begin()) {
      socket.close();
      return false;
    }
    long begun = System.nanoTime();
    byte[] bytes = Long.toString(++number).getBytes(StandardCharsets.US_ASCII);
    socket.send(new DatagramPacket(bytes, bytes.length, load.plan.address));
    try {
      awaitEcho(begun);
      answered(begun, null);
    } catch (Failure e) {
      failed(e);
    }
    return true;
  }

  private void awaitEcho(long begun) throws Failure, IOException {
    var packet = new DatagramPacket(new byte[1024], 1024);
    int timeout = Math.min(TIMEOUT_MILLIS, load.plan.timeoutMillis);
    String text;
    do {
      long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
      try {
        socket.setSoTimeout((int) Math.max(1, timeout - passed));
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        throw new Failure(Outcome.TIMED_OUT, "no echo of " + number);
      }
      text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
    } while (isLate(text));
    if (!text.equals(Long.toString(number))
        || !packet.getSocketAddress().equals(load.plan.address)) {
      String what = "'" + text + "' from " + packet.getSocketAddress() + " for " + number;
      throw new Failure(Outcome.WRONG_ANSWER, what);
    }
  }

  /** Whether it is the echo of a number that was counted before. */
  private boolean isLate(String text) {
    return text.matches("\\d{1,18}") && Long.parseLong(text) < number;
  }
}
