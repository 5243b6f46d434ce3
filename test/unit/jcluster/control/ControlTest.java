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
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jcluster.model.Outcome;
import jcluster.os.Poll;
import jcluster.os.Sys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both ends of the control socket, over a real one; the test is the loop. */
class ControlTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;
  private Poll poll = new Poll();
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

  /** Runs the loop until this holds, for 20 s at most. */
  private void until(BooleanSupplier so) throws IOException {
    long end = System.nanoTime() + 20 * SECOND;
    while (!so.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "what the loop waits for has not come");
      poll.await(SECOND / 100);
    }
  }

  private CompletableFuture<ControlClient.Reply> ask(String request, List<String> shown) {
    return aside(() -> ControlClient.ask(path, request, shown::add));
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(path));
  }

  /** A client whose request, the nth of all, has been heard. */
  private SocketChannel asking(String line, int nth) throws IOException {
    SocketChannel client = connect();
    write(client, line + "\n");
    until(() -> requests.size() == nth);
    return client;
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Runs a task beside the loop. */
  private static <T> CompletableFuture<T> aside(Callable<T> task) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return task.call();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  /** All that comes until the end, which must come. */
  private String drain(SocketChannel channel) throws Exception {
    var rest =
        aside(
            () ->
                new String(
                    Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8));
    until(rest::isDone);
    return rest.get();
  }

  @Test
  void aClientIsShownTheProgressOfItsRequestAndTheAnswer() throws Exception {
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
  void aSecondRequestEndsItsConnection() throws Exception {
    try (SocketChannel client = asking("reload", 1)) {
      write(client, "reload\n");
      assertEquals("", drain(client));
      server.answer(0, Outcome.DONE, "nobody hears this");
    }
    assertEquals(1, requests.size());
  }

  @Test
  void aClientThatAsksNothingIsDisconnected() throws Exception {
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
  void idleClientsDelayOthersOnlyForAMoment() throws Exception {
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
  void aClientThatDoesNotReadIsDisconnected() throws Exception {
    try (SocketChannel client = asking("status", 1)) {
      for (int i = 0; i < 40; i++) {
        server.progress(0, ("x".repeat(10_000) + "\n").repeat(10));
      }
      String heard = drain(client);
      assertTrue(heard.length() < 4_000_000, () -> "all of it was kept: " + heard.length());
    }
  }

  @Test
  void aClientThatDisconnectsIsForgotten() throws Exception {
    asking("reload", 1).close();
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

  // What a client accepts, and from whom

  /** Asks a server that answers with these bytes, and then says no more. */
  private ControlClient.Reply answered(byte[] bytes, List<String> shown) throws Exception {
    Path other = folder.resolve("other.sock");
    try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(other));
      var said =
          CompletableFuture.runAsync(
              () -> {
                try (SocketChannel client = listener.accept()) {
                  client.read(ByteBuffer.allocate(Protocol.MAX_REQUEST));
                  client.write(ByteBuffer.wrap(bytes));
                } catch (IOException e) {
                  // The client has heard enough.
                }
              });
      try {
        return ControlClient.ask(other, "status", shown::add);
      } finally {
        said.get(20, TimeUnit.SECONDS);
        Files.delete(other);
      }
    }
  }

  private ControlClient.Reply answered(String text, List<String> shown) throws Exception {
    return answered(text.getBytes(StandardCharsets.UTF_8), shown);
  }

  @Test
  void controlCharactersOfAnAnswerAreNotShown() throws Exception {
    List<String> shown = new ArrayList<>();
    var reply =
        answered(
            "+ a\u001b]0;x\u0007b\n+ c\u202ed\n- e\u2028f\rg\n- h\u0085\u009bi\n= 0 j\u2029k\tl\n",
            shown);
    assertEquals(List.of("a ]0;x b", "c d"), shown);
    assertEquals(new ControlClient.Reply(0, "e f g\nh  i\nj k l"), reply);
  }

  @Test
  void aLineOfAnAnswerIsBounded() throws Exception {
    String most = "x".repeat(Protocol.MAX_LINE - 4);
    assertEquals(most, answered("= 1 " + most + "\n", List.of()).text());
    Path other = folder.resolve("other.sock");
    for (String start : List.of("= 1 ", "+ ", "- ", "")) {
      String more = start + "x".repeat(Protocol.MAX_LINE + 1 - start.length());
      var e = assertThrows(IOException.class, () -> answered(more + "\n", List.of()));
      assertEquals(other + " gives a line of more than 64 KiB", e.getMessage());
    }
  }

  @Test
  void anAnswerIsBounded() throws Exception {
    String line = "- " + "x".repeat(1022);
    String most = (line + "\n").repeat(1023) + "= 0 " + "x".repeat(1020) + "\n";
    assertEquals(1023 * 1023 + 1020, answered(most, List.of()).text().length());
    var e = assertThrows(IOException.class, () -> answered("- \n" + most, List.of()));
    assertEquals(
        folder.resolve("other.sock") + " gives an answer of more than 1 MiB", e.getMessage());
  }

  @Test
  void progressIsNotBounded() throws Exception {
    List<String> shown = new ArrayList<>();
    String line = "+ " + "x".repeat(1022) + "\n";
    assertEquals(0, answered(line.repeat(3000) + "= 0 \n", shown).status());
    assertEquals(3000, shown.size());
  }

  @Test
  void theSupervisorSendsNoLineThatIsTooLong() throws Exception {
    List<String> shown = new ArrayList<>();
    var reply = ask("reload", shown);
    until(() -> !requests.isEmpty());
    String text = "\u20ac".repeat(100_000);
    server.progress(0, text);
    server.answer(0, Outcome.FAILED, text + "\n" + text);
    until(reply::isDone);
    String most = text.substring(0, Protocol.MAX_TEXT);
    assertEquals(new ControlClient.Reply(1, most + "\n" + most), reply.get());
    assertEquals(List.of(most), shown);
  }

  @Test
  void onlyRootThisUserAndTheOwnerOfTheFolderMayServe() throws IOException {
    var users = folder.getFileSystem().getUserPrincipalLookupService();
    assertTrue(ControlClient.mayServe(users.lookupPrincipalByName("0"), folder));
    assertTrue(ControlClient.mayServe(Files.getOwner(folder), folder));
    assertTrue(ControlClient.mayServe(Files.getOwner(folder), Path.of("/proc")));
    assertFalse(ControlClient.mayServe(users.lookupPrincipalByName("54321"), folder));
  }

  /** The owner and the mode of an application's folder, and the mode of the one that it is in. */
  @ParameterizedTest
  @CsvSource({
    "65534, rwxr-xr-x, rwx------, true",
    "65534, rwxr-xr-x, rwx--x--x, false",
    "65534, rwxrwxrwx, rwx------, false",
    "1234, rwxr-xr-x, rwx------, false"
  })
  void aStrangerMayServeInAFolderOfNobodysThatOnlyRootCanReach(
      int owner, String mode, String modeAbove, boolean may) throws IOException {
    Assumptions.assumeTrue(Sys.getuid() == 0, "only root can give a folder away");
    var stranger =
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("54321");
    Path parent = Files.createDirectory(folder.resolve("private"));
    Path app = Files.createDirectory(parent.resolve("app"));
    Files.setAttribute(app, "unix:uid", owner);
    Files.setPosixFilePermissions(app, PosixFilePermissions.fromString(mode));
    Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString(modeAbove));
    assertEquals(may, ControlClient.mayServe(stranger, app));
  }

  @Test
  void aStrangersSocketIsNotAsked() throws Exception {
    Assumptions.assumeTrue(Sys.getuid() == 0, "only root can be somebody else");
    Path app = Files.createDirectory(folder.resolve("app"));
    Path socket = app.resolve("control.sock");
    Files.createFile(app.resolve("notify.sock"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setAttribute(app, "unix:uid", 54321);
    var words =
        List.of(
            "setpriv",
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups",
            "systemd-socket-activate",
            "--accept",
            "--inetd",
            "--listen=" + socket,
            "/bin/sh",
            "-c",
            "read request; echo = 0 deceived");
    Process listener =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    try {
      until(() -> Files.exists(socket) || !listener.isAlive());
      until(() -> ControlClient.answers(socket) || !listener.isAlive());
      assertTrue(listener.isAlive(), () -> "it ended, see " + words);
      Map<String, String> environment = Map.of("XDG_RUNTIME_DIR", folder.toString());
      assertEquals(Optional.of(socket), ControlClient.find("app", environment));
      assertEquals("deceived", ControlClient.ask(socket, "status", l -> {}).text());
      assertTrue(ControlClient.running(environment).contains("app"));
      Files.setAttribute(app, "unix:uid", 0);
      var e = assertThrows(IOException.class, () -> ControlClient.ask(socket, "status", l -> {}));
      assertEquals(
          socket
              + " is served by uid 54321, which is neither root nor this user nor the owner of the"
              + " folder",
          e.getMessage());
      assertFalse(ControlClient.running(environment).contains("app"));
      Files.setAttribute(folder, "unix:uid", 54321);
      assertEquals(Optional.empty(), ControlClient.find("app", environment));
      assertFalse(ControlClient.running(environment).contains("app"));
    } finally {
      Files.setAttribute(folder, "unix:uid", 0);
      listener.destroyForcibly();
      listener.waitFor();
    }
  }

  @Test
  void aLinkIsNoControlSocket() throws IOException {
    Path app = Files.createDirectory(folder.resolve("app"));
    Map<String, String> environment = Map.of("XDG_RUNTIME_DIR", folder.toString());
    Path link = Files.createSymbolicLink(app.resolve("control.sock"), path);
    assertEquals(Optional.empty(), ControlClient.find("app", environment));
    Files.delete(link);
    Files.createFile(link);
    assertEquals(Optional.of(link), ControlClient.find("app", environment));
  }

  // What the next program goes on with after an upgrade

  /** Replaces the server by one that goes on from its state, as after an upgrade. */
  private void handOver() throws IOException {
    poll = new Poll();
    server =
        new ControlServer(
            poll,
            () -> clock,
            path,
            (id, line) -> requests.add("other " + id + " " + line),
            server.state());
  }

  @Test
  void requestsUnreadAtAnUpgradeAreReadByTheNextProgram() throws Exception {
    try (SocketChannel silent = connect();
        SocketChannel half = connect();
        SocketChannel whole = connect();
        SocketChannel unseen = connect()) {
      write(half, "rel\u00f6");
      until(() -> server.state().waiting().size() == 4);
      until(
          () -> server.state().waiting().get(1).received().equals(Optional.of("rel\u00c3\u00b6")));
      write(whole, "status\n");
      write(unseen, "sta");
      handOver();
      assertEquals(List.of(), requests);
      write(half, "d\n");
      write(unseen, "tus\n");
      write(silent, "upgrade\n");
      until(() -> requests.size() == 4);
      requests.sort(null);
      assertEquals(
          List.of("other 0 upgrade", "other 1 rel\u00f6d", "other 2 status", "other 3 status"),
          requests);
      for (int i = 0; i < 4; i++) {
        server.answer(i, Outcome.DONE, "told " + i);
      }
      List<SocketChannel> channels = List.of(silent, half, whole, unseen);
      for (int i = 0; i < 4; i++) {
        assertEquals("= 0 told " + i + "\n", drain(channels.get(i)));
      }
    }
  }

  @Test
  void anUpgradeCutsNoAnswer() throws Exception {
    String answer = "x\n".repeat(300_000);
    try (SocketChannel waits = asking("reload", 1);
        SocketChannel reads = asking("status", 2)) {
      server.answer(1, Outcome.DONE, answer);
      assertEquals(Optional.of("yes"), server.state().waiting().get(1).answered());
      handOver();
      assertEquals(clock + ControlServer.REQUEST_TIMEOUT, server.deadline());
      assertEquals(answer.length() * 2 + 5, drain(reads).length());
      assertEquals(Long.MAX_VALUE, server.deadline());
      server.answer(0, Outcome.DONE, "late");
      assertEquals("= 0 late\n", drain(waits));
    }
  }

  @Test
  void theNextProgramDisconnectsClientsThatAskNothing() throws Exception {
    List<SocketChannel> idle = new ArrayList<>();
    for (int i = 0; i < ControlServer.MAX_CLIENTS; i++) {
      idle.add(connect());
      poll.await(SECOND);
    }
    handOver();
    idle.add(connect());
    poll.await(SECOND / 10);
    assertEquals(ControlServer.MAX_CLIENTS, server.state().waiting().size());
    clock = server.deadline();
    server.expire();
    assertEquals(List.of(), server.state().waiting());
    until(() -> server.state().waiting().size() == 1);
    for (SocketChannel channel : idle) {
      channel.close();
    }
  }

  // The folder of a unit

  @Test
  void theRuntimeDirectoryOfAUnitIsForItsClusterAlone() throws Exception {
    Map<String, String> environment =
        Map.of(
            "RUNTIME_DIRECTORY",
            folder + ":/run/else",
            "XDG_RUNTIME_DIR",
            Files.createDirectories(folder.resolve("xdg")).toString());
    for (String name : List.of("t", "u")) {
      var found = CompletableFuture.supplyAsync(() -> ControlClient.find(name, environment));
      int asked = requests.size();
      until(() -> requests.size() > asked);
      assertTrue(requests.get(asked).endsWith(" status"), requests::toString);
      server.answer(asked, Outcome.DONE, "t: 2/2 ready\nSLOT");
      until(found::isDone);
      assertEquals(name.equals("t") ? Optional.of(path) : Optional.empty(), found.get());
    }
    // Its own name is the folder's: no supervisor has to be asked.
    String name = folder.getFileName().toString();
    assertEquals(Optional.of(path), ControlClient.find(name, environment));
    server.close();
    Path usual = Files.createDirectory(folder.resolve("xdg/t")).resolve("control.sock");
    Files.createFile(usual);
    assertEquals(Optional.of(usual), ControlClient.find("t", environment));
  }
}
