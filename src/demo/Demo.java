import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A small web server that takes its socket from whoever starts it and says which worker answers.
 */
public final class Demo {
  private static final ExecutorService HANDLERS = Executors.newCachedThreadPool();
  private static volatile boolean stopping;

  private Demo() {}

  public static void main(String[] args) throws IOException {
    if (!(System.inheritedChannel() instanceof ServerSocketChannel server)) {
      System.err.println("Demo: descriptor 0 is not a listening socket; start me with jcluster");
      System.exit(1);
      return;
    }
    Selector selector = Selector.open();
    Thread acceptor = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(selector, acceptor)));
    server.configureBlocking(false); // Another worker may be quicker: accept must not wait.
    server.register(selector, SelectionKey.OP_ACCEPT);
    System.out.println("listening on " + server.getLocalAddress());
    reportReady();
    while (!stopping) {
      selector.select();
      selector.selectedKeys().clear();
      SocketChannel connection = server.accept();
      if (connection != null) {
        HANDLERS.execute(() -> answer(connection));
      }
    }
  }

  /** Says READY=1, as in sd_notify(3), to whoever wants to know; a JDK alone cannot. */
  private static void reportReady() {
    if (System.getenv("NOTIFY_SOCKET") != null) {
      try {
        new ProcessBuilder("systemd-notify", "--ready").inheritIO().start();
      } catch (IOException e) {
        System.err.println("cannot report that I am ready: " + e.getMessage());
      }
    }
  }

  /** SIGINT: accept nothing more, finish what was accepted. */
  private static void shutDown(Selector selector, Thread acceptor) {
    stopping = true;
    selector.wakeup();
    try {
      acceptor.join();
      HANDLERS.shutdown();
      HANDLERS.awaitTermination(5, TimeUnit.SECONDS); // Not longer for clients that say nothing.
      System.out.println("stopped");
    } catch (InterruptedException e) {
      System.err.println("interrupted while requests were under way");
    }
  }

  private static void answer(SocketChannel connection) {
    try (connection) {
      var lines = new BufferedReader(Channels.newReader(connection, StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null && !line.isEmpty(); ) {
        line = lines.readLine();
      }
      String text =
          String.format(
              "worker %s, pid %d, generation %s%n",
              System.getenv("APP_INSTANCE"),
              ProcessHandle.current().pid(),
              System.getenv("JCLUSTER_GENERATION"));
      String head =
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
              + text.length()
              + "\r\n\r\n";
      connection.write(StandardCharsets.US_ASCII.encode(head + text));
    } catch (IOException e) {
      System.err.println("a client went away: " + e.getMessage());
    }
  }
}
