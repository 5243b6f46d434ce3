package jcluster.load;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server whose treatment of each connection is up to the test. */
final class FakeServer implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)");

  private final ServerSocketChannel server;
  private final Behaviour behaviour;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  final AtomicInteger connections = new AtomicInteger();

  /** What happens to a connection; afterwards it is closed. */
  @FunctionalInterface
  interface Behaviour {
    void serve(Peer client) throws Exception;
  }

  /** The server's end of a connection. */
  static final class Peer {
    private final SocketChannel channel;
    private final InputStream in;

    Peer(SocketChannel channel) {
      this.channel = channel;
      in = new BufferedInputStream(Channels.newInputStream(channel));
    }

    /** Reads a line with its end, or the part of it before the connection ended. */
    String line() throws IOException {
      var line = new StringBuilder();
      for (int c = in.read(); c >= 0; c = in.read()) {
        line.append((char) c);
        if (c == '\n') {
          break;
        }
      }
      return line.toString();
    }

    /** Reads a request and returns its head, which is empty if the connection ended. */
    String request() throws IOException {
      var head = new StringBuilder();
      String line;
      do {
        line = line();
        head.append(line);
      } while (line.length() > 2);
      Matcher length = LENGTH.matcher(head);
      in.skipNBytes(length.find() ? Long.parseLong(length.group(1)) : 0);
      return head.toString();
    }

    /** Reads this many bytes. */
    String bytes(int count) throws IOException {
      return new String(in.readNBytes(count), StandardCharsets.ISO_8859_1);
    }

    void send(String text) throws IOException {
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    void reset() throws IOException {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.close();
    }
  }

  /** A server on a port of its own. */
  FakeServer(Behaviour behaviour) throws IOException {
    this(
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
        behaviour);
  }

  /** A server on a Unix socket. */
  FakeServer(Path path, Behaviour behaviour) throws IOException {
    this(
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(path)),
        behaviour);
  }

  private FakeServer(ServerSocketChannel server, Behaviour behaviour) {
    this.server = server;
    this.behaviour = behaviour;
    threads.execute(this::accept);
  }

  SocketAddress address() throws IOException {
    return server.getLocalAddress();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        open.add(channel);
        connections.incrementAndGet();
        threads.execute(() -> serve(channel));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      behaviour.serve(new Peer(channel));
    } catch (Exception e) {
      // The client went away, or the test is over.
    } finally {
      open.remove(channel);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SocketChannel channel : open) {
      channel.close();
    }
    threads.shutdownNow();
  }
}
