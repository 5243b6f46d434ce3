package jcluster.traffic;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A link to a server that takes its time: whatever one end sends, or that it ends, the other end
 * hears so much later.
 */
final class Link implements AutoCloseable {
  private static final int PIECE = 16_384;

  private final SocketAddress server;
  private final long delay;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** Something that is under way: bytes, or how a connection ended if there are none. */
  private static final class News {
    final byte[] bytes;
    final boolean reset;
    final long due;

    News(byte[] bytes, boolean reset, long due) {
      this.bytes = bytes;
      this.reset = reset;
      this.due = due;
    }

    boolean last() {
      return bytes.length == 0;
    }
  }

  /**
   * Opens it.
   *
   * @param millis the delay each way
   */
  Link(SocketAddress server, long millis) throws IOException {
    this.server = server;
    delay = TimeUnit.MILLISECONDS.toNanos(millis);
    listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  /** Where clients find it. */
  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "link");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        open.add(client);
        var far = new Socket();
        open.add(far);
        far.connect(server);
        client.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        pass(client, far);
        pass(far, client);
      }
    } catch (IOException e) {
      close();
    }
  }

  /** Passes bytes on from one end to the other. */
  private void pass(Socket from, Socket to) {
    BlockingQueue<News> underWay = new LinkedBlockingQueue<>();
    start(() -> hear(from, underWay));
    start(() -> tell(to, underWay));
  }

  private void hear(Socket from, BlockingQueue<News> underWay) {
    boolean reset = false;
    try {
      byte[] piece = new byte[PIECE];
      for (int n = from.getInputStream().read(piece);
          n > 0;
          n = from.getInputStream().read(piece)) {
        underWay.add(new News(Arrays.copyOf(piece, n), false, System.nanoTime() + delay));
      }
    } catch (IOException e) {
      reset = true;
    }
    underWay.add(new News(new byte[0], reset, System.nanoTime() + delay));
  }

  private void tell(Socket to, BlockingQueue<News> underWay) {
    try {
      News news;
      do {
        news = underWay.take();
        for (long now = System.nanoTime(); now < news.due; now = System.nanoTime()) {
          LockSupport.parkNanos(news.due - now);
        }
        to.getOutputStream().write(news.bytes);
      } while (!news.last());
      if (news.reset) {
        to.setSoLinger(true, 0);
        end(to);
      } else {
        to.shutdownOutput();
      }
    } catch (IOException e) {
      end(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is as gone as it can be.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      // It is as gone as it can be.
    }
    open.forEach(this::end);
  }
}
