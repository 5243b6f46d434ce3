package jcluster.agent;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;

/** Sends each datagram back. */
final class DrainDatagramServer {
  private DrainDatagramServer() {}

  /** The port. */
  public static void main(String[] arguments) throws IOException {
    try (var socket = new DatagramSocket(Integer.parseInt(arguments[0]))) {
      var packet = new DatagramPacket(new byte[2000], 2000);
      while (true) {
        packet.setLength(2000);
        socket.receive(packet);
        socket.send(packet);
      }
    }
  }
}
