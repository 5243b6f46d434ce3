package jcluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jcluster.model.Outcome;
import jcluster.os.Poll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of the control socket, over a real one; the test is the loop. */
class ControlTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;
  private final Poll poll = new Poll();
  private final List<String> requests = new ArrayList<>();
  private long clock = SECOND;
  private Path path;
  private ControlServer server;

  @BeforeEach
  void open() throws IOException {
    path = folder.resolve("control.sock");
    server =
        new ControlServer(poll, () -> clock, path, (id, line) -> requests.add(id + " " + line));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** Runs the loop until something is so, for 20 s at most. */
  private void until(BooleanSupplier so) throws IOException {
    long end = System.nanoTime() + 20 * SECOND;
    while (!so.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "it did not come to pass");
      poll.await(SECOND / 100);
    }
  }

  private CompletableFuture<ControlClient.Reply> ask(String request, List<String> shown) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return ControlClient.ask(path, request, shown::add);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(path));
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** All that comes until the end, which must come. */
  private String drain(SocketChannel channel) throws Exception {
    var rest =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new String(
                    java.nio.channels.Channels.newInputStream(channel).readAllBytes(),
                    StandardCharsets.UTF_8);
              } catch (IOException e) {
                return "error: " + e.getMessage();
              }
            });
    until(rest::isDone);
    return rest.get();
  }

  @Test
  void aRequestIsShownItsProgressAndItsEnd() throws Exception {
    List<String> shown = new ArrayList<>();
    var reply = ask("reload", shown);
    until(() -> !requests.isEmpty());
    assertEquals(List.of("0 reload"), requests);
    server.progress(0, "worker 0: pid 1 → 2\nworker 1");
    server.answer(0, Outcome.FAILED, "because\nof this");
    until(reply::isDone);
    assertEquals(new ControlClient.Reply(1, "because\nof this"), reply.get());
    assertEquals(List.of("worker 0: pid 1 → 2", "worker 1"), shown);
  }

  @Test
  void theSocketIsForItsOwnerAlone() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
  }

  @Test
  void aSocketLeftBehindIsReplacedAndAServedOneIsNot() throws IOException {
    var e =
        assertThrows(
            IOException.class, () -> new ControlServer(new Poll(), () -> 0, path, (id, l) -> {}));
    assertEquals("another supervisor already serves " + path, e.getMessage());
    server.close();
    assertFalse(Files.exists(path));
    try (var leftBehind = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      leftBehind.bind(UnixDomainSocketAddress.of(path));
    }
    assertTrue(Files.exists(path));
    assertThrows(ConnectException.class, () -> ControlClient.ask(path, "status", l -> {}));
    server = new ControlServer(poll, () -> clock, path, (id, line) -> {});
    assertTrue(ControlClient.answers(path));
  }

  @Test
  void aRequestTooLongIsRefused() throws Exception {
    try (SocketChannel client = connect()) {
      write(client, "x".repeat(Protocol.MAX_REQUEST));
      assertEquals("= 2 the request is too long\n", drain(client));
    }
    assertEquals(List.of(), requests);
  }

  @Test
  void garbageAndBinaryAreARequestLikeAnyOther() throws Exception {
    try (SocketChannel client = connect()) {
      client.write(ByteBuffer.wrap(new byte[] {0, -1, -2, 7, '\n'}));
      until(() -> requests.size() == 1);
      server.answer(0, Outcome.USAGE, "no");
      assertEquals("= 2 no\n", drain(client));
    }
  }

  @Test
  void aSecondRequestOnOneConnectionEndsIt() throws Exception {
    try (SocketChannel client = connect()) {
      write(client, "reload\n");
      until(() -> requests.size() == 1);
      write(client, "reload\n");
      assertEquals("", drain(client));
      server.answer(0, Outcome.DONE, "nobody hears this");
    }
    assertEquals(1, requests.size());
  }

  @Test
  void whoSaysNothingIsHungUpOn() throws Exception {
    try (SocketChannel client = connect()) {
      until(() -> server.deadline() != Long.MAX_VALUE);
      assertEquals(clock + ControlServer.REQUEST_TIMEOUT, server.deadline());
      server.expire();
      assertEquals(clock + ControlServer.REQUEST_TIMEOUT, server.deadline());
      clock = server.deadline();
      server.expire();
      assertEquals("", drain(client));
      assertEquals(Long.MAX_VALUE, server.deadline());
    }
  }

  @Test
  void idleClientsKeepOthersWaitingForAMoment() throws Exception {
    List<SocketChannel> idle = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      idle.add(connect());
      poll.await(0); // Those that are not accepted must fit into the socket's queue.
    }
    long begun = clock;
    var reply = ask("status", new ArrayList<>());
    until(
        () -> {
          if (server.deadline() == clock + ControlServer.CROWDED_TIMEOUT) {
            clock = server.deadline();
            server.expire();
          }
          return !requests.isEmpty();
        });
    assertEquals(1, requests.size());
    assertEquals(begun + ControlServer.CROWDED_TIMEOUT, clock);
    server.answer(Long.parseLong(requests.get(0).split(" ")[0]), Outcome.DONE, "");
    until(reply::isDone);
    assertEquals(0, reply.get().status());
    for (SocketChannel channel : idle) {
      channel.close();
    }
  }

  @Test
  void whoDoesNotReadIsHungUpOn() throws Exception {
    try (SocketChannel client = connect()) {
      write(client, "status\n");
      until(() -> requests.size() == 1);
      for (int i = 0; i < 40; i++) {
        server.progress(0, "x".repeat(100_000));
      }
      String heard = drain(client);
      assertTrue(heard.length() < 4_000_000, () -> "all of it was kept: " + heard.length());
    }
  }

  @Test
  void whoHangsUpIsForgotten() throws Exception {
    try (SocketChannel client = connect()) {
      write(client, "reload\n");
      until(() -> requests.size() == 1);
    }
    poll.await(SECOND);
    server.progress(0, "nobody");
    server.answer(0, Outcome.DONE, "nobody");
    assertEquals(Long.MAX_VALUE, server.deadline());
  }

  @Test
  void aSupervisorThatEndsEarlyIsAnError() throws Exception {
    var reply = ask("reload", new ArrayList<>());
    until(() -> !requests.isEmpty());
    server.close();
    var e = assertThrows(ExecutionException.class, () -> reply.get(20, TimeUnit.SECONDS));
    assertTrue(
        e.getCause().getMessage().contains("the supervisor ended before it answered"), e::toString);
    assertFalse(ControlClient.answers(path));
  }
}
