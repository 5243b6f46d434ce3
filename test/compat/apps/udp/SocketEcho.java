import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;

/** Sends each datagram back, and its process id to who asks, with a DatagramSocket. */
public class SocketEcho {
  public static void main(String[] args) throws IOException {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    try (DatagramSocket socket = new DatagramSocket(port)) {
      System.out.println("listening on port " + port);
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        socket.receive(packet);
        if (new String(packet.getData(), 0, packet.getLength()).equals("pid")) {
          packet.setData(Long.toString(ProcessHandle.current().pid()).getBytes());
        }
        socket.send(packet);
      }
    }
  }
}
