package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import jcluster.cluster.Cluster;
import jcluster.load.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How workers end whose applications know nothing of it, seen by their clients. */
class DrainTest {
  private static final String CLOSE = "Connection: close\r\n";
  private static final String CLOSED = "^the database is closed$";

  @TempDir(factory = StartedCluster.Scratch.class)
  Path folder;

  private DrainGate gate;
  private StartedCluster cluster;

  /** When the stop was asked for. */
  private long stopped;

  @BeforeEach
  void prepare() throws IOException {
    gate = new DrainGate();
  }

  @AfterEach
  void end() throws IOException {
    gate.close();
    if (cluster != null) {
      cluster.close();
    }
  }

  private void start(Class<?> application, int instances, String last, String... lines)
      throws Exception {
    List<String> all = new ArrayList<>(List.of(lines));
    String options = "-Dsun.net.httpserver.nodelay=true";
    all.add(0, StartedCluster.command(options, application, "$PORT", gate.port(), last));
    cluster = new StartedCluster(folder, instances, all.toArray(String[]::new));
    cluster.awaitStarted();
  }

  private RawClient client() throws IOException {
    return new RawClient(cluster.port);
  }

  /** A connection that had an answer and is idle; those made before it have been accepted, too. */
  private RawClient idle() throws IOException {
    RawClient client = client();
    assertTrue(client.ask("/quick").answer().endsWith("quick"));
    return client;
  }

  /** Tells the supervisor to stop, and waits until its worker says so to a client that asks. */
  private void stopAndAwaitDrain() throws Exception {
    try (RawClient client = idle()) {
      stop();
      while (!client.ask("/quick").answer().contains("\r\n" + CLOSE)) {
        assertTrue(millisSinceStop() < 10_000, "it does not drain");
      }
      assertEquals("", client.rest());
    }
  }

  private void stop() throws Exception {
    stopped = System.nanoTime();
    cluster.program().signal("TERM");
  }

  private long millisSinceStop() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stopped);
  }

  /** The worker ends by itself, and so the supervisor. */
  private void assertEnds() throws InterruptedException {
    assertEquals(0, cluster.program().await());
    cluster.await("exited with status 130 .* after it was asked to stop$");
    assertEquals(
        0, cluster.count("still runs|connections that were"), cluster.program().output()::toString);
  }

  private static String head(String... lines) {
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  private static String withClose(String head) {
    return head.substring(0, head.length() - 2) + CLOSE + "\r\n";
  }

  @Test
  void anAnswerInFlightIsWholeAndSaysThatItIsTheLast() throws Exception {
    String length = "Content-Length: 5";
    String plain = head("HTTP/1.1 200 OK", "X: y", length);
    String large = head("HTTP/1.1 200 OK", "Content-Length: 1000000");
    Map<String, String> answers = new LinkedHashMap<>();
    answers.put(plain + "hello", withClose(plain) + "hello");
    answers.put(large + "x".repeat(1_000_000), withClose(large) + "x".repeat(1_000_000));
    for (String said : List.of("Connection: keep-alive", "connection:Keep-Alive ")) {
      String close = "Connection: close"; // in the place of that line
      answers.put(
          head("HTTP/1.1 200 OK", said, length) + "first",
          head("HTTP/1.1 200 OK", close, length) + "first");
      answers.put(
          head("HTTP/1.1 404 Not Found", length, said) + "again",
          head("HTTP/1.1 404 Not Found", length, close) + "again");
      answers.put(
          head("HTTP/1.0 200 OK", length, said) + "older",
          head("HTTP/1.0 200 OK", length, close) + "older");
    }
    for (String said :
        List.of("Connection: close", "Connection: keep-alive\r\nConnection: close")) {
      String same = head("HTTP/1.1 200 OK", said, length) + "after";
      answers.put(same, same);
    }
    for (String said : List.of("connection: Upgrade", "Connection: keep-alive, X")) {
      String more = head("HTTP/1.1 200 OK", said, length);
      answers.put(more + "after", withClose(more) + "after");
    }
    String other = head("HTTP/1.1 200 OK", "Proxy-Connection: keep-alive", length);
    answers.put(other + "proxy", withClose(other) + "proxy");
    String none = head("HTTP/1.1 204 No Content");
    answers.put(none, withClose(none));
    String chunked = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
    String chunks = "5\r\nhello\r\n0\r\n\r\n";
    answers.put(chunked + chunks, withClose(chunked) + chunks);

    start(DrainChannelServer.class, 1, "");
    List<Asked> all = new ArrayList<>();
    for (String style : List.of("whole", "separate", "gathering", "nonblocking")) {
      for (var answer : answers.entrySet()) {
        all.add(ask("/" + style + "/" + all.size(), answer.getKey(), answer.getValue()));
      }
    }
    String interim = head("HTTP/1.1 100 Continue");
    for (String style : List.of("separate", "gathering")) {
      String path = "/" + style + "/interim";
      all.add(ask(path, interim + plain + "hello", interim + withClose(plain) + "hello"));
    }
    // The empty line has gone in part before it is known to be one.
    all.add(ask("/bytes", plain + "hello", plain + "hello"));
    for (Asked asked : all) {
      gate.await(asked.path);
    }
    try (Asked quick = ask("/quick", plain + "quick", "")) {
      assertEquals(plain + "quick", quick.client.answer());
      stop();
      assertEquals("", quick.client.rest());
    }
    for (Asked asked : all) {
      gate.open(asked.path);
    }
    for (Asked asked : all) {
      try (asked) {
        assertEquals(asked.expected, asked.client.rest());
      }
    }
    assertEnds();
  }

  /** A request for something that may be told to be changed on its way. */
  private record Asked(String path, String expected, RawClient client) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
    }
  }

  private Asked ask(String path, String answer, String expected) throws IOException {
    String head = head("POST " + path + " HTTP/1.1", "Content-Length: " + answer.length());
    return new Asked(path, expected, client().send(head + answer));
  }

  @Test
  void uploadsAndDownloadsInFlightComeToTheirEnds() throws Exception {
    start(DrainServer.class, 1, "");
    String download = "/length/" + 4 * DrainServer.PIECE;
    byte[] megabyte = new byte[1 << 20];
    new Random(1).nextBytes(megabyte);
    String body = new String(megabyte, ISO_8859_1);
    var sum = new CRC32();
    sum.update(megabyte);
    try (RawClient upload = client();
        RawClient chunked = client();
        RawClient length = client()) {
      upload.send(
          "POST /upload HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n");
      assertTrue(upload.head().startsWith("HTTP/1.1 100 "));
      upload.send(body.substring(0, body.length() / 2));
      for (var client : Map.of("/chunked", chunked, download, length).entrySet()) {
        client.getValue().ask(client.getKey());
        gate.await(client.getKey()).step(client.getKey());
        assertTrue(client.getValue().line().startsWith("HTTP/1.1 200 "));
      }
      stopAndAwaitDrain();
      for (int i = 4; i < 8; i++) {
        upload.send(body.substring(i * body.length() / 8, (i + 1) * body.length() / 8));
        assertTrue(i == 7 || upload.isQuietFor(50));
        if (i < 7) {
          gate.step("/chunked");
          gate.step(download);
        }
      }
      gate.open("/chunked");
      gate.open(download);
      String answer = upload.answer();
      assertTrue(answer.endsWith(body.length() + " bytes, sum " + sum.getValue()), answer);
      assertTrue(answer.contains("\r\n" + CLOSE), answer);
      String x = "x".repeat(4 * DrainServer.PIECE);
      assertTrue(chunked.answer().endsWith("\r\n\r\n" + x));
      assertTrue(length.answer().endsWith("\r\n\r\n" + x));
      for (RawClient client : List.of(upload, chunked, length)) {
        assertEquals("", client.rest());
      }
    }
    assertEnds();
  }

  @Test
  void idleConnectionsAreClosedAfterTheGrace() throws Exception {
    start(DrainServer.class, 1, "");
    try (RawClient fresh = client();
        RawClient early = idle();
        RawClient idle = idle()) {
      stop();
      assertTrue(early.isQuietFor(100));
      // While none has been idle for half a second yet. The signal may still be on its way.
      boolean told = false;
      while (!told && millisSinceStop() < 450) {
        String answer = early.ask("/quick").answer();
        assertTrue(answer.endsWith("quick"), answer);
        told = answer.contains("\r\n" + CLOSE);
      }
      if (told) {
        assertEquals("", early.rest());
      }
      assertEquals("", idle.rest());
      long idleFor = millisSinceStop();
      assertTrue(idleFor >= 500 && idleFor < 3000, idleFor + " ms");
      assertEquals("", fresh.rest());
      long freshFor = millisSinceStop();
      assertTrue(freshFor >= 500 && freshFor < 4000, freshFor + " ms");
    }
    assertEnds();
  }

  @Test
  void aConnectionWithAnUnreadRequestIsNotIdle() throws Exception {
    start(DrainServer.class, 1, "one");
    try (RawClient slow = client().ask("/slow")) {
      gate.await("/slow"); // The only thread is with it.
      try (RawClient upload = client()) {
        upload.send(head("POST /upload HTTP/1.1", "Expect: 100-continue", "Content-Length: 5"));
        assertTrue(upload.isQuietFor(100));
        stop();
        assertTrue(upload.isQuietFor(2000));
        gate.open("/slow");
        assertTrue(slow.answer().endsWith("done"));
        assertTrue(upload.head().startsWith("HTTP/1.1 100 "));
        String answer = upload.send("hello").answer();
        assertTrue(answer.contains("5 bytes, sum "), answer);
      }
    }
    assertEnds();
  }

  @Test
  void connectionsThatCannotBeInspectedStayWhileBytesGoEitherWay() throws Exception {
    start(DrainSocketServer.class, 1, "hook", "StopTimeout=9s");
    try (RawClient socket = client();
        RawClient raw = client();
        RawClient quiet = client()) {
      socket.send("GET /chat HTTP/1.1\r\nUpgrade: chat\r\n\r\n");
      assertTrue(socket.head().startsWith("HTTP/1.1 101 "));
      assertEquals("hello\n", raw.send("hello\n").line());
      assertEquals("hello\n", quiet.send("hello\n").line());
      stop();
      // Until half of StopTimeout= is over, which HookTimeout= is then, and on beside the hooks.
      while (millisSinceStop() < 5700) {
        for (RawClient client : List.of(socket, raw)) {
          assertEquals("hello\n", client.send("hello\n").line());
          client.isQuietFor(50);
        }
        assertTrue(millisSinceStop() > 4400 || cluster.count(CLOSED) == 0);
      }
      assertEquals("", quiet.rest());
      assertEquals(1, cluster.count(CLOSED));
      assertCut(2, 6000);
    }
  }

  @Test
  void withoutInspectionNothingIsAddedAndSilenceDecides() throws Exception {
    start(DrainServer.class, 1, "", "Inspect=no", "KeepAliveGrace=1s");
    try (RawClient stream = client().ask("/chunked");
        RawClient talks = client();
        RawClient quiet = idle()) {
      gate.await("/chunked");
      gate.step("/chunked");
      assertTrue(stream.head().startsWith("HTTP/1.1 200 "));
      String piece = stream.chunk();
      String answer = dateless(talks.ask("/quick").answer());
      stop();
      while (millisSinceStop() < 3000) {
        gate.step("/chunked");
        assertEquals(piece, stream.chunk());
        assertEquals(answer, dateless(talks.ask("/quick").answer()));
        talks.isQuietFor(50);
      }
      assertEquals("", quiet.rest());
      gate.open("/chunked");
      assertEquals("", stream.chunk());
      assertEquals("", stream.rest());
      assertEquals("", talks.rest());
    }
    assertEnds();
  }

  private static String dateless(String answer) {
    return answer.replaceAll("\r\nDate: [^\r]*", "");
  }

  @Test
  void anEndlessAnswerStaysUntilShortlyBeforeTheEnd() throws Exception {
    start(DrainServer.class, 1, "hook", "StopTimeout=7s");
    try (RawClient stream = client().ask("/chunked")) {
      gate.await("/chunked");
      gate.step("/chunked");
      assertTrue(stream.head().startsWith("HTTP/1.1 200 "));
      String piece = stream.chunk();
      stop();
      while (millisSinceStop() < 3000) {
        gate.step("/chunked");
        assertEquals(piece, stream.chunk());
        assertTrue(stream.isQuietFor(50));
      }
      assertCut(1, 4000);
    }
  }

  /** The worker has ended by itself, with so many connections left, and not before its time. */
  private void assertCut(int connections, long millis) throws InterruptedException {
    assertEquals(0, cluster.program().await());
    assertTrue(millisSinceStop() >= millis - 200, "it ended after " + millisSinceStop() + " ms");
    String left = "cut " + connections + " connections? that w(as|ere) still open";
    for (String line : List.of(left, "exited with status 130 .* after it was asked to stop")) {
      assertEquals(1, cluster.count(line), cluster.program().output()::toString);
    }
    assertEquals(0, cluster.count("still runs"), cluster.program().output()::toString);
  }

  @Test
  void aRequestThatNeverEndsIsCutByTheSupervisor() throws Exception {
    start(DrainServer.class, 1, "hook", "StopTimeout=2s");
    try (RawClient client = client().ask("/slow")) {
      gate.await("/slow");
      stop();
      cluster.await(CLOSED);
      long hook = millisSinceStop();
      assertTrue(hook >= 450, "the hook ran after " + hook + " ms");
      assertEquals(0, cluster.count("still runs"), "the hook did not run before");
      cluster.await("still runs after .*: thread dump$");
      assertTrue(client.isQuietFor(1));
      assertEquals(0, cluster.program().await());
    }
    cluster.await("^Full thread dump ");
    cluster.await("was killed by SIGKILL ");
  }

  @Test
  void aConnectionMadeWhileTheOnlyWorkerEndsIsServedByTheNext() throws Exception {
    start(DrainServer.class, 1, "", "[Reload]", "Order=stop-first");
    String before = RawClient.get(cluster.port, "/pid");
    try (RawClient slow = client().ask("/slow");
        RawClient idle = idle()) {
      gate.await("/slow");
      try (var reload = cluster.begin("reload", "t")) {
        assertEquals("", idle.rest());
        try (RawClient late = client().ask("/pid")) {
          assertTrue(late.isQuietFor(300));
          gate.open("/slow");
          assertTrue(slow.answer().endsWith("done"));
          String after = late.answer();
          assertTrue(after.contains("\r\n\r\npid "), after);
          assertNotEquals(before, after);
        }
        assertEquals(0, reload.await());
      }
    }
  }

  @Test
  void theApplicationsHooksWaitForRequestsInFlight() throws Exception {
    start(DrainServer.class, 1, "hook");
    try (RawClient slow = client().ask("/slow")) {
      gate.await("/slow");
      stopAndAwaitDrain();
      assertEquals(0, cluster.count(CLOSED));
      gate.open("/slow");
      String answer = slow.answer();
      assertTrue(answer.endsWith("\r\n\r\ndone") && answer.contains("\r\n" + CLOSE), answer);
      cluster.await(CLOSED);
    }
    assertEnds();
  }

  @Test
  void theApplicationsHooksDoNotWaitForIdleConnections() throws Exception {
    start(DrainSocketServer.class, 1, "hook");
    try (RawClient socket = client();
        RawClient fresh = client();
        RawClient raw = client();
        RawClient idle = idle()) {
      socket.send("GET /chat HTTP/1.1\r\nUpgrade: chat\r\n\r\n");
      assertTrue(socket.head().startsWith("HTTP/1.1 101 "));
      assertEquals("hello\n", raw.send("hello\n").line());
      stop();
      cluster.await(CLOSED);
      long hook = millisSinceStop();
      assertTrue(hook < 5000, "the hook ran after " + hook + " ms");
      assertEquals("", idle.rest());
      assertEquals("", fresh.rest());
      assertEquals("", raw.rest());
      assertEquals("hello\n", socket.send("hello\n").line());
    }
    assertEnds();
  }

  @Test
  void anApplicationThatEndsItselfIsReplacedAtOnceAndAnswersItsRequests() throws Exception {
    start(DrainServer.class, 1, "hook");
    try (RawClient slow = client().ask("/slow")) {
      gate.await("/slow");
      assertTrue(RawClient.get(cluster.port, "/exit").endsWith("bye"));
      cluster.await("worker 0 \\(pid \\d+\\) stops of its own accord$");
      cluster.program().await("worker 0 \\(pid \\d+\\) ready in ", 2);
      assertTrue(RawClient.get(cluster.port, "/quick").endsWith("quick"));
      assertEquals(0, cluster.count(CLOSED));
      gate.open("/slow");
      String answer = slow.answer();
      assertTrue(answer.endsWith("\r\n\r\ndone") && answer.contains("\r\n" + CLOSE), answer);
    }
    cluster.await("exited with status 7 .* after it was asked to stop$");
  }

  @Test
  void anApplicationThatEndsItselfInsteadOfAnAnswerIsNotWaitedFor() throws Exception {
    start(DrainServer.class, 1, "hook", "StopTimeout=10s");
    try (RawClient client = client().ask("/exit/now")) {
      cluster.await("exited with status 8 .* after it was asked to stop$");
      assertEquals("", client.rest());
    }
    assertEquals(0, cluster.count("still runs"), cluster.program().output()::toString);
  }

  @Test
  void clientsThatNeverPauseLoseNothingThroughReloads() throws Exception {
    start(DrainServer.class, 2, "");
    var unexpected = new ConcurrentLinkedQueue<String>();
    var answers = new AtomicInteger();
    var last = new AtomicInteger();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      var thread = new Thread(() -> ask(unexpected, answers, last), "client " + i);
      thread.start();
      clients.add(thread);
    }
    try {
      for (int i = 0; i < 3; i++) {
        cluster.reload();
      }
    } finally {
      clients.forEach(Thread::interrupt);
      for (Thread client : clients) {
        client.join();
      }
    }
    assertEquals(List.of(), List.copyOf(unexpected));
    assertTrue(last.get() >= 3, last + " of " + answers + " were the last on their connections");
    assertEquals(0, cluster.count("still runs"), cluster.program().output()::toString);
  }

  /** Asks until it is interrupted, with a new connection after each answer that says so. */
  private void ask(
      ConcurrentLinkedQueue<String> unexpected, AtomicInteger all, AtomicInteger last) {
    while (!Thread.currentThread().isInterrupted()) {
      int asked = 0;
      try (RawClient client = client()) {
        boolean more = true;
        while (more && !Thread.currentThread().isInterrupted()) {
          String answer = client.ask("/quick").answer();
          asked++;
          all.incrementAndGet();
          more = !answer.contains("\r\n" + CLOSE);
          if (!answer.endsWith("quick")) {
            unexpected.add(answer);
          }
        }
        if (!more) {
          last.incrementAndGet();
        }
      } catch (IOException e) {
        unexpected.add(e + " after " + asked + " answers");
        if (unexpected.size() > 10) {
          return;
        }
      }
    }
  }

  @Test
  void pipelinedRequestsAreAllAnswered() throws Exception {
    start(DrainServer.class, 1, "");
    try (RawClient client = client()) {
      String requests = "";
      for (int i = 0; i < 3; i++) {
        requests += "GET /slow/" + i + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      }
      client.send(requests);
      gate.await("/slow/0");
      stopAndAwaitDrain();
      for (int i = 0; i < 3; i++) {
        gate.await("/slow/" + i).open("/slow/" + i);
        String answer = client.answer();
        assertTrue(answer.endsWith("\r\n\r\ndone"), answer);
        assertEquals(i == 2, answer.contains("\r\n" + CLOSE), answer);
      }
      assertEquals("", client.rest());
    }
    assertEnds();
  }

  @Test
  void noDatagramIsLostThroughReloads() throws Exception {
    try (var datagrams = new Cluster(folder);
        var client = new DatagramSocket()) {
      datagrams.datagrams("127.0.0.1:" + datagrams.port);
      datagrams.configure(
          "MinUptime=0", StartedCluster.command("", DrainDatagramServer.class, "$PORT"));
      datagrams.start(2);
      datagrams.awaitStarted();
      client.setSoTimeout(30_000);
      client.connect(Cluster.loopback(datagrams.port));
      var reloads = new FutureTask<>(() -> reload(datagrams, 3));
      new Thread(reloads, "reloads").start();
      int count = 0;
      for (; !reloads.isDone(); count++) {
        byte[] number = Integer.toString(count).getBytes(ISO_8859_1);
        client.send(new DatagramPacket(number, number.length));
        var echo = new DatagramPacket(new byte[100], 100);
        client.receive(echo);
        assertEquals(count + "", new String(echo.getData(), 0, echo.getLength(), ISO_8859_1));
      }
      reloads.get();
      assertTrue(count > 20, count + " datagrams");
    }
  }

  private static Void reload(Cluster cluster, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      cluster.reload();
    }
    return null;
  }
}
