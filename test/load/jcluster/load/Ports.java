package jcluster.load;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Ports to try things on. */
public final class Ports {
  /** Below where the kernel gives ports to clients, so that none has taken it meanwhile. */
  private static final int FIRST = 10_000;

  private static final int LAST = 32_000;
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(FIRST, LAST));

  private Ports() {}

  /** A port that is free for both TCP and UDP; a different one each time. */
  public static int free() {
    while (true) {
      int port = NEXT.getAndUpdate(p -> p < LAST ? p + 1 : FIRST);
      try (var stream = new ServerSocket(port);
          var datagram = new DatagramSocket(port)) {
        return stream.getLocalPort() & datagram.getLocalPort();
      } catch (IOException e) {
        // In use.
      }
    }
  }
}
