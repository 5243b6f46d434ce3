package jcluster.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Clients that make requests until they are told to end, and what came of it:
 *
 * <pre>{@code
 * try (Load load = Load.to(address).newConnections(16).keepAlive(16).start()) {
 *   load.awaitGoing();
 *   …
 *   Report report = load.stop();
 * }
 * }</pre>
 *
 * <p>A program, too: see {@link Plan#USAGE}.
 */
public final class Load implements AutoCloseable {
  private static final long GOING_SECONDS = 60;
  private static final long WATCH_MILLIS = 50;

  final Plan plan;
  final Tally tally = new Tally(System::nanoTime);
  private final AtomicLong left;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final CountDownLatch over = new CountDownLatch(1);
  private final CountDownLatch settled;
  private final AtomicInteger unanswered;
  private final CountDownLatch ended;
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private int http2;
  private java.net.http.HttpClient shared;

  /** A plan of a load on this address, to which clients are to be added. */
  public static Plan to(SocketAddress address) {
    return new Plan(address);
  }

  Load(Plan plan) throws IOException {
    this.plan = plan;
    left = new AtomicLong(plan.requests);
    List<Client> clients = new ArrayList<>();
    for (var entry : plan.clients.entrySet()) {
      for (int i = 0; i < entry.getValue(); i++) {
        clients.add(client(entry.getKey()));
      }
    }
    settled = new CountDownLatch(clients.size());
    unanswered = new AtomicInteger(clients.size());
    ended = new CountDownLatch(clients.size());
    clients.forEach(client -> start(client, client.kind + " client"));
    start(this::watch, "watch over clients");
  }

  private Client client(Kind kind) throws IOException {
    return switch (kind) {
      case UDP -> new UdpClient(this);
      case ECHO -> new EchoClient(this);
      case HALF -> new HalfClient(this);
      case HTTP2 -> new Http2Client(this, sharedBy(http2++));
      case WEBSOCKET -> new WebSocketClient(this);
      default -> new HttpClient(this, kind);
    };
  }

  /** The connection of this client of HTTP/2, which it shares with some others. */
  private java.net.http.HttpClient sharedBy(int number) {
    if (number % plan.streams == 0) {
      shared = Http2Client.connection(plan);
    }
    return shared;
  }

  private static void start(Runnable task, String name) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Ends waits that are too long, and the load when it is time. */
  private void watch() {
    long start = System.nanoTime();
    try {
      while (!ended.await(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
        long now = System.nanoTime();
        connections.forEach(connection -> connection.expire(now));
        if (now - start >= TimeUnit.SECONDS.toNanos(plan.seconds)) {
          end();
        }
      }
    } catch (InterruptedException e) {
      broke(e);
    }
  }

  // For the clients

  /** Whether the caller is to make another request; if so, that request is counted as begun. */
  boolean begin() {
    return over.getCount() > 0 && left.getAndDecrement() > 0;
  }

  /** Waits for this many nanoseconds, or until the load is over. */
  void pause(long nanos) {
    try {
      over.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      broke(e);
    }
  }

  void watch(Connection connection) {
    connections.add(connection);
  }

  void unwatch(Connection connection) {
    connections.remove(connection);
  }

  /** A client has its first answer. */
  void going() {
    unanswered.decrementAndGet();
    settled.countDown();
  }

  void ended(boolean went) {
    if (!went) {
      settled.countDown();
    }
    ended.countDown();
  }

  /** A client came to grief by itself. */
  void broke(Throwable cause) {
    broken.compareAndSet(null, cause);
    end();
  }

  // For whoever started it

  /** Waits until each client has had its first answer, for a minute at most. */
  public void awaitGoing() throws InterruptedException {
    if (!goes()) {
      throw new IllegalStateException("some clients have no answer:\n" + report());
    }
  }

  private boolean goes() throws InterruptedException {
    return settled.await(GOING_SECONDS, TimeUnit.SECONDS) && unanswered.get() == 0;
  }

  /** Whatever ends from now on belongs to this phase of the report. */
  public void mark(String phase) {
    tally.mark(phase);
  }

  /** How it went so far. */
  public Report report() {
    return tally.report();
  }

  /** Tells the clients to end, each after the requests that it has begun. */
  public void end() {
    over.countDown();
  }

  /** Waits until all clients have ended, by themselves or because they were told. */
  public Report awaitEnd() throws InterruptedException {
    ended.await();
    if (broken.get() != null) {
      throw new IllegalStateException("the load itself is at fault", broken.get());
    }
    return report();
  }

  /** Lets each client finish its requests, and says how all went. */
  public Report stop() throws InterruptedException {
    end();
    return awaitEnd();
  }

  /** Ends all at once. */
  @Override
  public void close() {
    end();
    connections.forEach(Connection::abort);
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    Load load;
    try {
      load = new Plan(null).with(words).start();
    } catch (IllegalArgumentException e) {
      System.err.println("Load: " + e.getMessage() + "\n" + Plan.USAGE);
      System.exit(2);
      return;
    }
    start(() -> obey(load), "input");
    if (load.goes()) {
      System.out.println("going");
    } else {
      load.end();
    }
    Report report = load.awaitEnd();
    System.out.println(report + "\n" + report.line());
    System.exit(report.failed() == 0 ? 0 : 1);
  }

  private static void obey(Load load) {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      input.lines().forEach(line -> obey(load, line));
    } finally {
      load.end();
    }
  }

  private static void obey(Load load, String line) {
    if (line.startsWith("mark ")) {
      load.mark(line.substring(5));
    } else if (line.equals("report")) {
      System.out.println(load.report().line());
    }
  }
}
