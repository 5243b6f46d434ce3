package jcluster.trials;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A hundred clients of the control socket, of which each says nothing, until the first is hung up
 * on, or garbage.
 */
final class Crowd {
  private static final int CLIENTS = 100;
  private static final int BYTES = 100_000;

  private Crowd() {}

  public static void main(String[] words) throws IOException {
    var address = UnixDomainSocketAddress.of(Path.of("/run/myapp/control.sock"));
    boolean garbage = words[0].equals("garbage");
    List<SocketChannel> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      SocketChannel client = SocketChannel.open(address);
      clients.add(client);
      if (garbage) {
        say(client, i);
      }
    }
    System.out.println(clients.size() + (garbage ? " have written" : " are connected"));
    if (!garbage && clients.get(0).read(ByteBuffer.allocate(1)) < 0) {
      System.out.println("the first is hung up on");
    }
  }

  private static void say(SocketChannel client, int seed) {
    byte[] bytes = new byte[BYTES];
    new Random(seed).nextBytes(bytes);
    try {
      client.write(ByteBuffer.wrap(bytes));
      client.close();
    } catch (IOException e) {
      // It was not heard to the end.
    }
  }
}
