package jcluster.compat;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketAddress;
import java.util.Set;
import java.util.TreeSet;
import jcluster.load.Load;

/** Clients of a UDP server. An echo does not name its worker, so a client asks for the pid. */
final class UdpClients extends LoadClients {
  private static final int TIMEOUT = 1000;
  private static final int QUESTIONS = 20;

  private final SocketAddress address;

  UdpClients(Load load, SocketAddress address) {
    super(load);
    this.address = address;
  }

  @Override
  public Set<Long> workers(String phase) throws IOException {
    Set<Long> workers = new TreeSet<>();
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(TIMEOUT);
      for (int i = 0; i < QUESTIONS; i++) {
        socket.send(new DatagramPacket("pid".getBytes(US_ASCII), 3, address));
        var answer = new DatagramPacket(new byte[100], 100);
        socket.receive(answer);
        workers.add(Long.valueOf(new String(answer.getData(), 0, answer.getLength(), US_ASCII)));
      }
    }
    return workers;
  }
}
