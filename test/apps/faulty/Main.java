import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * The demo, but it misbehaves: as its arguments say, or as a request asks it to. Before it binds
 * and while it stops, it waits for as long as there is a file {@code /run/hold/start} or {@code
 * /run/hold/stop}.
 */
public final class Main {
  private static final String SLOT = System.getenv("APP_INSTANCE");
  private static final List<ByteBuffer> GROWN = new ArrayList<>();
  private static volatile boolean alive = true;
  private static volatile int sink;

  private Main() {}

  public static void main(String[] faults) throws Exception {
    List<String> all = List.of(faults);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> hold("stop")));
    hold("start");
    for (String fault : all) {
      begin(fault);
    }
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
    server.createContext("/", Main::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    System.out.println("listening");
    if (all.contains("crash")) {
      Thread.sleep(100); // That it was ready for so long is the fault.
      Runtime.getRuntime().halt(9);
    }
  }

  private static void begin(String fault) throws Exception {
    switch (fault) {
      case "exit" -> System.exit(3);
      case "throw" -> {
        Thread.sleep(2000); // That it throws so late is the fault.
        throw new IllegalStateException("no database");
      }
      case "never" -> new CountDownLatch(1).await();
      case "lock" -> {
        if (SLOT.equals("0")) {
          lock();
        }
      }
      case "deadlock" -> {
        if (SLOT.equals("0")) {
          deadlockAtTheEnd();
        }
      }
      case "life" -> new Thread(Main::giveSignsOfLife).start();
      default -> {
        // Begins later.
      }
    }
  }

  private static void hold(String phase) {
    Path file = Path.of("/run/hold", phase);
    try {
      if (Files.exists(file)) {
        System.out.println("holding at " + phase);
      }
      while (Files.exists(file)) {
        Thread.sleep(10); // Looks again; the trial removes the file.
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Takes a lock that two processes cannot hold at the same time. */
  @SuppressWarnings("resource") // Until the process ends.
  private static void lock() throws IOException {
    FileChannel.open(
            Path.of("/run/myapp/lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
        .lock();
  }

  private static void deadlockAtTheEnd() {
    var one = new Object();
    var other = new Object();
    var met = new CountDownLatch(2);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> take(one, other, met), "first hook"));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> take(other, one, met), "second hook"));
  }

  private static void take(Object first, Object second, CountDownLatch met) {
    synchronized (first) {
      met.countDown();
      try {
        met.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      synchronized (second) {
        System.out.println("no deadlock");
      }
    }
  }

  private static void giveSignsOfLife() {
    try {
      while (alive) {
        new ProcessBuilder("systemd-notify", "WATCHDOG=1").start().waitFor();
        Thread.sleep(300); // The pace of its signs of life.
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (path.endsWith(SLOT)) {
      asked(path.substring(0, path.length() - SLOT.length()));
    }
    String text = "Hello from pid " + ProcessHandle.current().pid() + "\n";
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Does what a request such as {@code /grow-0} asks of the worker of that slot. */
  private static void asked(String fault) {
    switch (fault) {
      case "/grow-" -> grow();
      case "/cease-" -> alive = false;
      case "/hang-" -> new Thread(Main::hang).start();
      case "/talk-" -> talk();
      default -> {
        // Just a page.
      }
    }
  }

  /** Writes 2 MB. */
  private static void talk() {
    for (int i = 0; i < 2000; i++) {
      System.out.println("x".repeat(1000));
    }
  }

  /** Takes 200 MiB outside the heap, and touches them. */
  private static synchronized void grow() {
    for (int i = 0; i < 20; i++) {
      ByteBuffer piece = ByteBuffer.allocateDirect(10 << 20);
      for (int at = 0; at < piece.capacity(); at += 4096) {
        piece.put(at, (byte) 1);
      }
      GROWN.add(piece);
    }
  }

  /** Lets all threads wait for one that reaches no safepoint for a long time. */
  private static void hang() {
    try {
      Thread.sleep(100); // The answer may go; if it does not, the trial knows that, too.
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    new Thread(() -> sink = divide(Integer.MAX_VALUE)).start();
    while (true) {
      System.gc(); // Until the other is compiled, it comes to a safepoint when asked.
    }
  }

  /** A counted loop, which the compiler leaves no safepoint in where it is told so: about 40 s. */
  private static int divide(int times) {
    int value = sink | 1;
    for (int i = 1; i < times; i++) {
      int odd = i | 1;
      value = ((((value ^ i) / odd + times) / odd + times) / odd + times) / odd + times;
    }
    return value;
  }
}
