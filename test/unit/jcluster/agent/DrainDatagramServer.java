package jcluster.agent;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.concurrent.locks.LockSupport;

/** Sends each datagram back, after a while. */
final class DrainDatagramServer {
  private DrainDatagramServer() {}

  /** The port. */
  public static void main(String[] arguments) throws IOException {
    try (var socket = new DatagramSocket(Integer.parseInt(arguments[0]))) {
      var packet = new DatagramPacket(new byte[2000], 2000);
      while (true) {
        packet.setLength(2000);
        socket.receive(packet);
        LockSupport.parkNanos(20_000_000);
        socket.send(packet);
      }
    }
  }
}
