package jcluster.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each thing that a server can do to a client is counted as what it is, and exactly once. */
@Timeout(60)
@Tag("once")
class LoadTest {
  private static final String PAGE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n";

  @TempDir Path folder;

  /** Lets one client make this many requests. */
  private static Report run(SocketAddress address, Kind kind, int requests, String... options)
      throws Exception {
    Plan plan = Load.to(address).clients(kind, 1).with("--requests=" + requests).with(options);
    try (Load load = plan.start()) {
      return load.awaitEnd();
    }
  }

  private static Report run(
      FakeServer.Behaviour behaviour, Kind kind, int requests, String... options) throws Exception {
    try (var server = new FakeServer(behaviour)) {
      return run(server.address(), kind, requests, options);
    }
  }

  /** Answers every request with the same. */
  private static FakeServer.Behaviour always(String answer) {
    return client -> {
      while (!client.request().isEmpty()) {
        client.send(answer);
      }
    };
  }

  /** Answers one request and closes the connection. */
  private static FakeServer.Behaviour once(String answer) {
    return client -> {
      client.request();
      client.send(answer);
    };
  }

  /** The outcomes are those, in alphabetical order, and the sums are of them. */
  private static void assertOutcomes(String expected, Report report) {
    var outcomes = new TreeMap<>(report.outcomes());
    assertEquals("{" + expected + "}", outcomes.toString(), report::toString);
    outcomes.keySet().removeAll(Set.of("retryable", "late"));
    long requests = outcomes.values().stream().mapToLong(Long::longValue).sum();
    assertEquals(requests, report.requests(), report::toString);
    assertEquals(requests - report.answered(), report.failed(), report::toString);
  }

  /** What a server sends, by the name that it has in {@link #whatAServerDoesIsCounted}. */
  private static final Map<String, String> TEXTS =
      Map.of(
          "page",
          PAGE,
          "last page",
          PAGE.replace("OK", "OK\r\nconnection: Close"),
          "old page",
          PAGE.replace("1.1", "1.0"),
          "error page",
          "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
          "part of a page",
          "HTTP/1.1 200");

  /** A server that does this to each connection, and then closes it unless it begins again. */
  private static FakeServer.Behaviour does(String deeds) {
    return client -> {
      do {
        for (String deed : deeds.replace(", again", "").split(", ")) {
          if (deed.equals("request") && client.request().isEmpty()) {
            return;
          } else if (deed.equals("line")) {
            client.line();
          } else if (deed.equals("reset")) {
            client.reset();
          } else {
            client.send(TEXTS.getOrDefault(deed, ""));
          }
        }
      } while (deeds.endsWith(", again"));
    };
  }

  /**
   * What a server does to one client that makes so many requests, the outcomes, and the number of
   * connections, where it is of interest.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a connection for each request     | request, page, again          | NEW        |  5 |                                                       | answered=5                         |  5
          a connection that is kept         | request, page, again          | KEEP_ALIVE |  5 |                                                       | answered=5                         |  1
          closed after the last page        | request, last page            | KEEP_ALIVE |  5 |                                                       | answered=5                         |  5
          closed after a page of HTTP/1.0   | request, old page             | KEEP_ALIVE |  5 |                                                       | answered=5                         |  5
          an error does not end it          | request, error page, again    | KEEP_ALIVE |  3 |                                                       | wrongAnswer=3                      |  1
          a kept one is closed              | request, page, request        | KEEP_ALIVE | 10 |                                                       | answered=10, retryable=9           |
          a kept one is reset               | request, page, request, reset | KEEP_ALIVE | 10 |                                                       | answered=10, retryable=9           |
          an idle one is closed             | request, page                 | KEEP_ALIVE |  3 | --think=20                                            | answered=3, retryable=2            |
          a POST is not repeated            | request, page, request        | POST       |  4 | --post-keep-alive --body=10                           | answered=2, closedBeforeAnswer=2   |
          a POST after a long pause is late | request, page, request        | POST       |  4 | --post-keep-alive --body=10 --think=30 --grace=20     | answered=2, late=2                 |
          only a POST is not sent again     | request, page                 | PIPELINE   |  3 | --methods=GET,POST,GET --body=10 --expect=hello       | answered=2, closedBeforeAnswer=1, retryable=1 |
          reset before the answer           | request, reset                | NEW        |  3 |                                                       | reset=3                            |
          reset before the answer           | request, reset                | KEEP_ALIVE |  3 |                                                       | reset=3                            |
          reset before the answer           | request, reset                | POST       |  3 |                                                       | reset=3                            |
          reset before the answer           | request, reset                | DOWNLOAD   |  3 |                                                       | reset=3                            |
          reset amid an answer              | request, page, request, part of a page, reset | KEEP_ALIVE | 6 |                                        | answered=3, reset=3                |
          reset amid a request              | line, reset                   | POST       |  3 |                                                       | reset=3                            |
          closed before the answer          | request                       | NEW        |  3 |                                                       | closedBeforeAnswer=3               |
          closed before the answer          | request                       | KEEP_ALIVE |  3 |                                                       | closedBeforeAnswer=3               |
          closed before the answer          | request                       | POST       |  3 |                                                       | closedBeforeAnswer=3               |
          closed before the answer          | request                       | DOWNLOAD   |  3 |                                                       | closedBeforeAnswer=3               |
          the rest of a pipeline is repeated | request, page, request, page, request      | PIPELINE | 4 |                                             | answered=4, retryable=2            |
          the rest of a pipeline is repeated | request, page, request, last page, request | PIPELINE | 4 |                                             | answered=4, retryable=2            |
          a pipeline without an answer      | request, request, request, request, part of a page | PIPELINE | 4 |                                      | closedBeforeAnswer=3, closedMidAnswer=1 |
          """)
  void whatAServerDoesIsCounted(
      String title,
      String deeds,
      Kind kind,
      int requests,
      String options,
      String outcomes,
      Integer connections)
      throws Exception {
    String[] all = options == null ? new String[0] : options.split(" ");
    try (var server = new FakeServer(does(deeds))) {
      assertOutcomes(outcomes, run(server.address(), kind, requests, all));
      if (connections != null) {
        assertEquals(connections, server.connections.get());
      }
    }
  }

  // Connections

  @Test
  void methodsOfAPipelineHaveTheirOwnAnswers() throws Exception {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    Report report =
        run(
            client -> {
              while (true) {
                boolean bodiless = client.request().startsWith("HEAD");
                client.send(bodiless ? head : head + "hello");
              }
            },
            Kind.PIPELINE,
            8,
            "--methods=POST,HEAD,GET,HEAD",
            "--body=10",
            "--expect=hello",
            "--length=5");
    assertOutcomes("answered=8", report);
  }

  @Test
  void anAnswerOfAnotherLengthIsWrong() throws Exception {
    Report report = run(always(PAGE), Kind.NEW, 2, "--length=6");
    assertOutcomes("wrongAnswer=2", report);
    assertTrue(report.examples().get(0).endsWith("5 bytes instead of 6"), report::toString);
  }

  @Test
  void aBodyIsSentAfter100Continue() throws Exception {
    FakeServer.Behaviour asks =
        client -> {
          while (!client.line().equals("\r\n")) {}
          client.send("HTTP/1.1 100 Continue\r\n\r\n");
          client.bytes(10);
          client.send(PAGE);
        };
    String[] options = {"--expect-continue", "--body=10"};
    assertOutcomes("answered=2", run(asks, Kind.POST, 2, options));
    assertOutcomes("wrongAnswer=2", run(client -> client.send(PAGE), Kind.POST, 2, options));
  }

  @Test
  void aBodyTricklesForAsLongAsItShould() throws Exception {
    Report report = run(always(PAGE), Kind.POST, 1, "--trickle=400", "--body=7");
    assertOutcomes("answered=1", report);
    assertTrue(report.get("max") >= 400_000, report::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void aProxyIntroducesItsClient(String version) throws Exception {
    var lines = new CopyOnWriteArrayList<String>();
    FakeServer.Behaviour hears =
        client -> {
          if (version.equals("v1")) {
            lines.add(client.line());
          } else { // The signature, two bytes that say what comes, and the length of the addresses.
            lines.add(client.bytes(16));
            client.bytes(12);
          }
          client.request();
          client.send(PAGE);
        };
    Report report = run(hears, Kind.NEW, 1, "--preamble=" + version);
    assertOutcomes("answered=1", report);
    String v2 = "\r\n\r\n\0\r\nQUIT\n!\21\0\f";
    assertEquals(
        version.equals("v1") ? "PROXY TCP4 127.0.0.1 127.0.0.1 40000 80\r\n" : v2, lines.get(0));
  }

  @Test
  void halfARequestIsHeldOpenAndNotCounted() throws Exception {
    var closed = new CountDownLatch(2);
    FakeServer.Behaviour waits =
        client -> {
          client.bytes(8);
          closed.countDown();
        };
    try (var server = new FakeServer(waits);
        Load load = Load.to(server.address()).clients(Kind.HALF, 1).start()) {
      load.awaitGoing();
      closed.await();
      assertOutcomes("", load.stop());
    }
  }

  @Test
  void anEarlyClientGoesBeforeItsAnswer() throws Exception {
    var answer = new CountDownLatch(1);
    FakeServer.Behaviour slow =
        client -> {
          client.request();
          answer.await();
          client.send(PAGE);
        };
    try (var server = new FakeServer(slow);
        Load load = Load.to(server.address()).newConnections(1).with("--early").start()) {
      load.awaitGoing();
      assertOutcomes("", load.report());
      answer.countDown();
      assertEquals(0, load.stop().failed());
    }
  }

  @Test
  void allKindsWorkOverAUnixSocket() throws Exception {
    Path path = folder.resolve("socket");
    Plan plan = new Plan(null).with("--unix=" + path, "--requests=100");
    for (Kind kind : EnumSet.range(Kind.NEW, Kind.DOWNLOAD)) {
      plan.clients(kind, 1);
    }
    try (var server = new FakeServer(path, always(PAGE));
        Load load = plan.start()) {
      assertOutcomes("answered=100", load.awaitEnd());
      assertTrue(server.connections.get() < 100);
    }
    Report report = run(UnixDomainSocketAddress.of(path), Kind.NEW, 2);
    assertOutcomes("refused=2", report);
  }

  // What goes wrong

  @Test
  void aPortWithoutAListenerRefuses() throws Exception {
    try (var bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Report report = run(bound.getLocalSocketAddress(), Kind.NEW, 3);
      assertOutcomes("refused=3", report);
      assertTrue(report.examples().get(0).startsWith("new refused after "), report::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "H",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        CHUNKED,
        CHUNKED + "5\r\nhel",
        CHUNKED + "5\r\nhello\r\n",
        CHUNKED + "5\r\nhello\r\n0\r\n"
      })
  void anAnswerThatIsCutIsClosedMidAnswer(String part) throws Exception {
    for (Kind kind : List.of(Kind.NEW, Kind.KEEP_ALIVE, Kind.DOWNLOAD)) {
      assertOutcomes("closedMidAnswer=2", run(once(part), kind, 2));
    }
    Report report =
        run(
            client -> {
              client.request();
              client.send(PAGE);
              client.request();
              client.send(part);
            },
            Kind.KEEP_ALIVE,
            4);
    assertOutcomes("answered=2, closedMidAnswer=2", report);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        CHUNKED + "4\r\nhello\r\n0\r\n\r\n",
        CHUNKED + "hello\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n",
        "HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n"
      })
  void anAnswerThatIsMalformedOrUnexpectedIsWrong(String answer) throws Exception {
    for (Kind kind : List.of(Kind.NEW, Kind.KEEP_ALIVE)) {
      Report report = run(always(answer), kind, 3, "--expect=hello");
      assertOutcomes("wrongAnswer=3", report);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "H", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"})
  void anAnswerThatDoesNotComeTimesOut(String part) throws Exception {
    var over = new CountDownLatch(1);
    Report report =
        run(
            client -> {
              client.request();
              client.send(part);
              over.await();
            },
            Kind.KEEP_ALIVE,
            2,
            "--timeout=100");
    over.countDown();
    assertOutcomes("timedOut=2", report);
    assertTrue(report.get("millis") >= 200, report::toString);
  }

  @Test
  void aRequestThatIsNotReadTimesOut() throws Exception {
    var over = new CountDownLatch(1);
    Report report = run(client -> over.await(), Kind.POST, 2, "--timeout=100", "--body=100000000");
    over.countDown();
    assertOutcomes("timedOut=2", report);
  }

  @Test
  void aConnectionThatIsNotMadeTimesOut() throws Exception {
    List<Socket> queue = new ArrayList<>();
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (int i = 0; i < 2; i++) { // Linux queues one more than it is told.
        queue.add(new Socket(server.getInetAddress(), server.getLocalPort()));
      }
      Report report = run(server.getLocalSocketAddress(), Kind.NEW, 2, "--timeout=100");
      assertOutcomes("timedOut=2", report);
    } finally {
      for (Socket socket : queue) {
        socket.close();
      }
    }
  }

  // Answers

  @ParameterizedTest
  @ValueSource(
      strings = {
        PAGE,
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
        "HTTP/1.1 200 \r\ncontent-length:5\r\n\r\nhello",
        "HTTP/1.1 200\nContent-Length: 5\n\nhello",
        "HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 102 Soon\r\nA: b\r\n\r\n" + PAGE,
        CHUNKED + "2\r\nhe\r\n3;very=small\r\nllo\r\n000\r\nTrailer: 1\r\n\r\n"
      })
  void answersAreReadAsTheyCome(String answer) throws Exception {
    try (var server = new FakeServer(always(answer))) {
      Report report = run(server.address(), Kind.KEEP_ALIVE, 3, "--expect=hello");
      assertOutcomes("answered=3", report);
      assertEquals(1, server.connections.get());
    }
    Report inPieces =
        run(
            client -> {
              while (!client.request().isEmpty()) {
                for (int i = 0; i < answer.length(); i++) {
                  client.send(answer.substring(i, i + 1));
                  LockSupport.parkNanos(100_000);
                }
              }
            },
            Kind.KEEP_ALIVE,
            2,
            "--expect=hello");
    assertOutcomes("answered=2", inPieces);
  }

  @Test
  void aLongAnswerIsReadToItsEnd() throws Exception {
    String answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + "0123456789".repeat(1_000_000);
    for (Kind kind : List.of(Kind.NEW, Kind.KEEP_ALIVE, Kind.PIPELINE, Kind.DOWNLOAD)) {
      assertOutcomes("answered=4", run(always(answer), kind, 4));
    }
  }

  @Test
  void theAnswersOfEachWorkerAreCounted() throws Exception {
    String head = "HTTP/1.1 200 OK\r\nX-Worker: w 1\r\nContent-Length: 11\r\n\r\n";
    var number = new AtomicInteger();
    FakeServer.Behaviour behaviour =
        client -> {
          client.request();
          client.send(head + "I am no. 2" + number.incrementAndGet() % 3);
        };
    Report byBody = run(behaviour, Kind.NEW, 6, "--expect=I am no. (?<worker>\\d+)");
    assertEquals(Map.of("20", 2L, "21", 2L, "22", 2L), byBody.workers());
    Report byHeader = run(behaviour, Kind.NEW, 6, "--worker-header=x-worker");
    assertEquals(Map.of("w_1", 6L), byHeader.workers());
  }

  // Kinds

  /** Reads {@code depth} requests before it answers the first. */
  private static FakeServer.Behaviour together(int depth, String answer) {
    return client -> {
      while (true) {
        for (int i = 0; i < depth; i++) {
          if (client.request().isEmpty()) {
            return;
          }
        }
        for (int i = 0; i < depth; i++) {
          client.send(answer);
        }
      }
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"SLOW", "PIPELINE"})
  void severalRequestsAreSentAtOnce(Kind kind) throws Exception {
    Report report =
        run(together(5, PAGE), kind, 20, "--depth=5", "--rate=1000000", "--expect=hello");
    assertOutcomes("answered=20", report);
  }

  @Test
  void aSlowClientTakesItsTime() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + "x".repeat(20_000);
    Report report = run(together(2, answer), Kind.SLOW, 2, "--depth=2", "--rate=100000");
    assertOutcomes("answered=2", report);
    assertTrue(report.get("max") >= 400_000, report::toString);
  }

  @Test
  void aPostHasItsBodyAndMayHaveAConnectionOfItsOwn() throws Exception {
    FakeServer.Behaviour behaviour =
        client -> {
          for (String head = client.request(); !head.isEmpty(); head = client.request()) {
            String answer = head.startsWith("POST /up HTTP/1.1\r\n") ? "taken" : "what?";
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + answer);
          }
        };
    String[] options = {"--post-path=/up", "--post-expect=taken", "--expect=hello"};
    try (var server = new FakeServer(behaviour)) {
      Report report = run(server.address(), Kind.POST, 4, options);
      assertOutcomes("answered=4", report);
      assertEquals(4, server.connections.getAndSet(0));
      var plan = Load.to(server.address()).clients(Kind.POST, 1).with(options);
      try (Load load = plan.with("--post-keep-alive", "--body=1", "--requests=4").start()) {
        assertOutcomes("answered=4", load.awaitEnd());
      }
      assertEquals(1, server.connections.get());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connectionCloseIsSentOnDemand(boolean close) throws Exception {
    List<String> heads = new CopyOnWriteArrayList<>();
    FakeServer.Behaviour behaviour =
        client -> {
          heads.add(client.request());
          client.send(PAGE);
        };
    if (close) {
      run(behaviour, Kind.NEW, 1, "--path=/a?b", "--close");
    } else {
      run(behaviour, Kind.NEW, 1, "--path=/a?b");
    }
    String head = "GET /a?b HTTP/1.1\r\nHost: localhost\r\n";
    assertEquals(List.of(head + (close ? "Connection: close\r\n\r\n" : "\r\n")), heads);
  }

  @Test
  void aDownloadGoesOnceItHasBegun() throws Exception {
    var rest = new CountDownLatch(1);
    FakeServer.Behaviour behaviour =
        client -> {
          client.request();
          client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
          rest.await();
          client.send("b");
        };
    try (var server = new FakeServer(behaviour);
        Load load =
            Load.to(server.address()).clients(Kind.DOWNLOAD, 3).with("--requests=3").start()) {
      load.awaitGoing();
      assertEquals(0, load.report().requests());
      rest.countDown();
      assertOutcomes("answered=3", load.stop());
    }
  }

  @Test
  void echoedLinesAreCompared() throws Exception {
    var number = new AtomicInteger();
    Report report =
        run(
            client -> {
              String line = client.line();
              switch (number.incrementAndGet()) {
                case 1, 2 -> client.send(line);
                case 3 -> client.send("other\n");
                case 4 -> client.send("line");
                case 5 -> client.reset();
                default -> {}
              }
            },
            Kind.ECHO,
            6);
    assertOutcomes(
        "answered=2, closedBeforeAnswer=1, closedMidAnswer=1, reset=1, wrongAnswer=1", report);
  }

  @Test
  void echoedDatagramsAreCompared() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (var server = new DatagramSocket(0, loopback);
        var other = new DatagramSocket(0, loopback);
        Load load =
            Load.to(server.getLocalSocketAddress())
                .clients(Kind.UDP, 1)
                .with("--requests=6")
                .start()) {
      server.setSoTimeout(20_000);
      var packet = new DatagramPacket(new byte[100], 100);
      for (int number = 1; number <= 6; number++) {
        server.receive(packet);
        String text =
            new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
        assertEquals(String.valueOf(number), text);
        switch (number) {
          case 1 -> {} // Lost, and the next comes late.
          case 2 -> server.send(datagram("1", packet.getSocketAddress()));
          case 3 -> {
            server.send(datagram("2", packet.getSocketAddress()));
            server.send(packet);
          }
          case 4 -> other.send(packet);
          case 5 -> server.send(datagram("five", packet.getSocketAddress()));
          default -> server.send(packet);
        }
      }
      assertOutcomes("answered=2, timedOut=2, wrongAnswer=2", load.awaitEnd());
    }
  }

  private static DatagramPacket datagram(String text, SocketAddress to) {
    return new DatagramPacket(text.getBytes(StandardCharsets.US_ASCII), text.length(), to);
  }

  // A load as a whole

  @Test
  void itIsGoingWhenEachClientHasAnAnswer() throws Exception {
    var number = new AtomicInteger();
    var last = new CountDownLatch(1);
    FakeServer.Behaviour behaviour =
        client -> {
          if (number.incrementAndGet() == 3) {
            last.await();
          }
          always(PAGE).serve(client);
        };
    try (var server = new FakeServer(behaviour);
        Load load = Load.to(server.address()).keepAlive(3).start()) {
      var going = CompletableFuture.runAsync(() -> awaitGoing(load));
      while (load.report().answered() < 1000) {
        Thread.onSpinWait();
      }
      assertFalse(going.isDone());
      last.countDown();
      going.get(20, TimeUnit.SECONDS);
      assertEquals(0, load.stop().failed());
      assertEquals(3, server.connections.get());
    }
  }

  @Test
  void itIsNotGoingIfItEndsBefore() throws Exception {
    try (var server = new FakeServer(FakeServer.Peer::request);
        Load load = Load.to(server.address()).keepAlive(2).with("--requests=5").start()) {
      var e = assertThrows(IllegalStateException.class, load::awaitGoing);
      assertTrue(e.getMessage().startsWith("some clients have no answer:\n"), e.getMessage());
      assertEquals(5, load.stop().failed());
    }
  }

  private static void awaitGoing(Load load) {
    try {
      load.awaitGoing();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void itLetsEachClientFinishItsRequest() throws Exception {
    var begun = new CountDownLatch(4);
    var over = new CountDownLatch(1);
    FakeServer.Behaviour behaviour =
        client -> {
          client.request();
          begun.countDown();
          over.await();
          client.send(PAGE);
        };
    try (var server = new FakeServer(behaviour);
        Load load = Load.to(server.address()).newConnections(4).start()) {
      assertTrue(begun.await(20, TimeUnit.SECONDS));
      load.end();
      over.countDown();
      assertOutcomes("answered=4", load.awaitEnd());
    }
  }

  @Test
  void closingItEndsAllClientsAtOnce() throws Exception {
    var begun = new CountDownLatch(4);
    var over = new CountDownLatch(1);
    FakeServer.Behaviour behaviour =
        client -> {
          client.request();
          begun.countDown();
          over.await();
        };
    try (var server = new FakeServer(behaviour)) {
      Load load = Load.to(server.address()).newConnections(4).with("--timeout=1000000").start();
      assertTrue(begun.await(20, TimeUnit.SECONDS));
      load.close();
      load.awaitEnd();
      over.countDown();
    }
  }

  @Test
  void itHurriesSlowClientsAtTheEnd() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + "x".repeat(10_000);
    try (var server = new FakeServer(always(answer));
        Load load =
            Load.to(server.address())
                .keepAlive(2)
                .clients(Kind.SLOW, 2)
                .with("--rate=100", "--think=1000000")
                .start()) {
      load.awaitGoing();
      assertEquals(0, load.stop().failed());
    }
  }

  @Test
  void itEndsAfterItsTime() throws Exception {
    try (var server = new FakeServer(always(PAGE));
        Load load = Load.to(server.address()).keepAlive(1).with("--seconds=1").start()) {
      Report report = load.awaitEnd();
      assertEquals(0, report.failed());
      assertTrue(report.get("millis") >= 990, report::toString);
    }
  }

  @Test
  void anErrorOfTheLoadItselfIsNoOutcome() throws Exception {
    var unix = UnixDomainSocketAddress.of(folder.resolve("socket"));
    assertThrows(IllegalStateException.class, () -> run(unix, Kind.UDP, 1));
  }

  /** A server that misbehaves at random, and keeps books. */
  @Test
  void theCountsOfRandomFailuresAreThoseOfTheServer() throws Exception {
    var random = new Random();
    var books = new ConcurrentSkipListMap<String, Long>();
    FakeServer.Behaviour behaviour =
        client -> {
          for (boolean used = false; !client.request().isEmpty(); used = true) {
            switch (random.nextInt(12)) {
              case 0 -> {
                books.merge(used ? "retryable" : "reset", 1L, Long::sum);
                client.reset();
                return;
              }
              case 1 -> {
                books.merge(used ? "retryable" : "closedBeforeAnswer", 1L, Long::sum);
                return;
              }
              case 2 -> {
                books.merge("reset", 1L, Long::sum);
                client.send(PAGE.substring(0, 1 + random.nextInt(PAGE.length() - 1)));
                client.reset();
                return;
              }
              case 3 -> {
                books.merge("closedMidAnswer", 1L, Long::sum);
                client.send(PAGE.substring(0, 1 + random.nextInt(PAGE.length() - 1)));
                return;
              }
              case 4 -> {
                books.merge("answered", 1L, Long::sum);
                client.send(PAGE.replace("OK", "OK\r\nConnection: close"));
                return;
              }
              case 5 -> {
                books.merge("wrongAnswer", 1L, Long::sum);
                client.send(PAGE.replace("200", "500"));
              }
              default -> {
                books.merge("answered", 1L, Long::sum);
                client.send(PAGE);
              }
            }
          }
        };
    try (var server = new FakeServer(behaviour);
        Load load =
            Load.to(server.address())
                .newConnections(8)
                .keepAlive(24)
                .with("--requests=20000", "--expect=hello")
                .start()) {
      Report report = load.awaitEnd();
      assertOutcomes(books.toString().replaceAll("[{}]", ""), report);
      assertEquals(20_000, report.requests());
      assertEquals(20_000, report.of(Kind.NEW).requests() + report.of(Kind.KEEP_ALIVE).requests());
      assertEquals(0, report.of(Kind.NEW).retryable());
    }
  }
}
