package jcluster.agent;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * An application that knows nothing of jcluster. It does what its words say, one after the other:
 *
 * <ul>
 *   <li>{@code KIND=ADDRESS}: binds and serves
 *   <li>{@code STREAM=ADDRESS}, {@code DATAGRAM=}, {@code UNIX=}: the same, with the kind of that
 *       family that has the number of the worker's slot
 *   <li>{@code fails KIND=ADDRESS}: tries to, and tells how that fails
 *   <li>{@code again KIND=ADDRESS}: binds and closes three times
 *   <li>{@code others PORT}: uses sockets that are none of the supervisor's
 *   <li>{@code inherited}: serves on {@code System.inheritedChannel()}
 *   <li>{@code child WORDS}: starts a JVM with another such application
 *   <li>{@code then FILE}: goes on with the words that come from there, one a line
 *   <li>{@code end}: ends
 * </ul>
 */
public final class Binder {
  /** Sockets that nothing refers to would be closed by the garbage collector. */
  private static final Set<Closeable> OPEN = new HashSet<>();

  private Binder() {}

  public static void main(String[] words) throws Exception {
    for (String word : words) {
      act(word);
    }
    new CountDownLatch(1).await();
  }

  private static void act(String word) throws Exception {
    String[] parts = word.split(" ", 2);
    switch (parts[0]) {
      case "fails" -> fails(parts[1]);
      case "again" -> again(parts[1]);
      case "others" -> others(Integer.parseInt(parts[1]));
      case "inherited" -> inherited();
      case "child" -> child(parts[1]);
      case "then" -> {
        try (BufferedReader lines = Files.newBufferedReader(Path.of(parts[1]))) {
          for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            act(line);
          }
        }
      }
      case "end" -> System.exit(0);
      default -> serve(word);
    }
  }

  private static Closeable serve(String word) throws IOException {
    String[] parts = word.split("=", 2);
    return kind(parts[0]).serve(BindKind.address(parts[1]));
  }

  private static BindKind kind(String word) {
    if (Character.isLowerCase(word.charAt(0))) {
      return BindKind.valueOf(word.toUpperCase(Locale.ROOT));
    }
    List<BindKind> kinds = BindKind.of(BindKind.Family.valueOf(word));
    return kinds.get(Integer.parseInt(System.getenv("APP_INSTANCE")) % kinds.size());
  }

  private static void fails(String word) {
    try (Closeable bound = serve(word)) {
      System.out.println(word + " worked: " + bound);
    } catch (IOException e) {
      System.out.println(word + " failed: " + e);
    }
  }

  private static void again(String word) throws IOException {
    for (int i = 0; i < 3; i++) {
      serve(word).close();
    }
  }

  /** Talks with itself through all that a server may use beside the addresses that it serves on. */
  private static void others(int port) throws IOException {
    talk(new ServerSocket(port));
    talk(new ServerSocket(0));
    ServerSocketChannel server = ServerSocketChannel.open();
    talk(server.bind(null));
    DatagramSocket one = new DatagramSocket();
    DatagramChannel other = DatagramChannel.open().bind(new InetSocketAddress(0));
    InetAddress loopback = InetAddress.getLoopbackAddress();
    byte[] word = "there".getBytes(StandardCharsets.UTF_8);
    int target = ((InetSocketAddress) other.getLocalAddress()).getPort();
    one.send(new DatagramPacket(word, word.length, loopback, target));
    ByteBuffer received = ByteBuffer.allocate(100);
    SocketAddress sender = other.receive(received);
    other.send(received.flip(), sender);
    DatagramPacket back = new DatagramPacket(new byte[100], 100);
    one.receive(back);
    Collections.addAll(OPEN, one, other);
    System.out.println("others of UDP have " + one.getLocalPort() + " " + target);
  }

  private static void talk(ServerSocket server) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Socket client = new Socket();
    client.bind(new InetSocketAddress(loopback, 0));
    client.connect(new InetSocketAddress(loopback, server.getLocalPort()));
    Socket accepted = server.accept();
    client.getOutputStream().write(17);
    accepted.getOutputStream().write(accepted.getInputStream().read());
    tell(client.getInputStream().read(), server.getLocalPort(), client.getLocalPort());
    Collections.addAll(OPEN, server, client, accepted);
  }

  private static void talk(ServerSocketChannel server) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
    SocketChannel client = SocketChannel.open(new InetSocketAddress(loopback, port));
    SocketChannel accepted = server.accept();
    client.write(ByteBuffer.wrap(new byte[] {17}));
    ByteBuffer buffer = ByteBuffer.allocate(1);
    accepted.read(buffer);
    accepted.write(buffer.flip());
    buffer.clear();
    client.read(buffer);
    tell(buffer.get(0), port, ((InetSocketAddress) client.getLocalAddress()).getPort());
    Collections.addAll(OPEN, server, client, accepted);
  }

  private static void tell(int heard, int serverPort, int clientPort) {
    if (heard == 17) {
      System.out.println("others of TCP have " + serverPort + " " + clientPort);
    }
  }

  private static void inherited() throws IOException {
    Channel channel = System.inheritedChannel();
    if (channel instanceof ServerSocketChannel server) {
      server.configureBlocking(true);
      BindKind.CHANNEL.accept(server);
    } else {
      BindKind.DATAGRAMS.receive((DatagramChannel) channel);
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread() {
              @Override
              public void run() {
                try {
                  channel.close();
                } catch (IOException e) {
                  System.out.println(e);
                }
                System.out.println("closed");
                System.err.println("and still heard");
              }
            });
  }

  private static void child(String words) throws IOException, InterruptedException {
    String java = System.getProperty("java.home") + "/bin/java";
    var builder =
        new ProcessBuilder(
            java, "-cp", System.getProperty("java.class.path"), Binder.class.getName());
    builder.command().addAll(List.of(words.split(", ")));
    Process child = builder.redirectErrorStream(true).start();
    try (BufferedReader output = child.inputReader()) {
      output.lines().forEach(line -> System.out.println("child: " + line));
    }
    System.out.println("child ended with " + child.waitFor());
  }
}
