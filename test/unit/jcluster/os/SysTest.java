package jcluster.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import jcluster.load.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SysTest {
  private static final long LONG = 20_000_000_000L;

  @TempDir Path folder;
  private int fifos;

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void listensWhereItIsTold(String host) throws Exception {
    var address = new InetSocketAddress(InetAddress.getByName(host), Ports.free());
    try (Fd listener = Sockets.listen(Address.inet(address), 16);
        var client = new Socket(address.getAddress(), address.getPort())) {
      assertTrue(client.isConnected());
      Sockets.SocketKind kind = Sockets.socketKind(listener).orElseThrow();
      assertTrue(kind.listening() && kind.serves() && !kind.datagram());
      OsException e =
          assertThrows(OsException.class, () -> Sockets.listen(Address.inet(address), 16));
      assertEquals("bind: Address already in use (errno 98)", e.getMessage());
    }
  }

  @Test
  void anAddressIsReadBackAsItWasWritten() throws Exception {
    for (String host : List.of("127.0.0.1", "0.0.0.0", "::1", "::")) {
      var address = new InetSocketAddress(InetAddress.getByName(host), Ports.free());
      try (Fd listener = Sockets.listen(Address.inet(address), 16)) {
        Address local = Sockets.localAddress(listener);
        assertEquals(Optional.of(address), local.toInet());
        assertEquals(Optional.empty(), local.toUnix());
      }
    }
    String abstractName = "@jcluster-address-" + ProcessHandle.current().pid();
    String longest = folder.resolve("x").toString();
    longest += "x".repeat(107 - longest.length());
    for (String name : List.of(folder.resolve("s").toString(), longest, abstractName)) {
      try (Fd listener = Sockets.listen(Address.unix(name), 16)) {
        Address local = Sockets.localAddress(listener);
        assertEquals(Optional.of(name), local.toUnix());
        assertEquals(Optional.empty(), local.toInet());
      }
    }
  }

  @Test
  void aFifoIsForThisUserAndNeverAtItsEndOfFile() throws Exception {
    Path path = folder.resolve("fifo");
    try (Fd fifo = Sys.fifo(path.toString())) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertEquals(OptionalInt.empty(), Sys.read(fifo, new byte[8]));
      Files.write(path, new byte[] {1, 2}, StandardOpenOption.WRITE);
      assertEquals(OptionalInt.of(2), Sys.read(fifo, new byte[8]));
      assertEquals(OptionalInt.empty(), Sys.read(fifo, new byte[8]));
      OsException e = assertThrows(OsException.class, () -> Sys.fifo(path.toString()));
      assertEquals("mkfifo " + path + ": File exists (errno 17)", e.getMessage());
    }
  }

  private Fd fifo() throws Exception {
    return Sys.fifo(folder.resolve("fifo" + fifos++).toString());
  }

  @Test
  void aFileIsNoSocketAndAConnectionDoesNotServe() throws Exception {
    assertEquals(Optional.empty(), Sockets.socketKind(fifo()));
    String path = folder.resolve("s").toString();
    try (Fd listener = Sockets.listenUnix(path);
        Fd connection = Sockets.connectUnixStream(path)) {
      assertFalse(Sockets.socketKind(connection).orElseThrow().serves());
      assertTrue(Sockets.socketKind(listener).orElseThrow().serves());
    }
  }

  @Test
  void aDatagramTellsItsSender() throws Exception {
    String path = folder.resolve("s").toString();
    try (Fd receiver = Sockets.receiverUnix(path);
        Fd sender = Sockets.connectUnixDatagram(path)) {
      assertEquals(Optional.empty(), Sockets.receive(receiver, 64));
      Sockets.send(sender, "READY=1".getBytes(StandardCharsets.UTF_8));
      Sockets.Datagram datagram = Sockets.receive(receiver, 64).orElseThrow();
      assertEquals(ProcessHandle.current().pid(), datagram.pid());
      assertArrayEquals("READY=1".getBytes(StandardCharsets.UTF_8), datagram.bytes());
      Sockets.send(sender, new byte[65]);
      assertEquals(0, Sockets.receive(receiver, 64).orElseThrow().bytes().length);
    }
  }

  @Test
  void abstractAddressesWork() throws Exception {
    String name = "@jcluster-test-" + ProcessHandle.current().pid();
    try (Fd receiver = Sockets.receiverUnix(name);
        Fd sender = Sockets.connectUnixDatagram(name)) {
      Sockets.send(sender, new byte[] {7});
      assertArrayEquals(new byte[] {7}, Sockets.receive(receiver, 8).orElseThrow().bytes());
    }
  }

  @Test
  void addressesOfTheWrongLengthAreRefused() {
    String longest = "/" + "x".repeat(106);
    assertEquals(110, Address.unix(longest).bytes().length);
    var e = assertThrows(IllegalArgumentException.class, () -> Address.unix(longest + "x"));
    assertEquals(
        "'" + longest + "x' cannot be a Unix socket's name: it has 108 bytes, allowed are 1 to 107",
        e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Address.unix(""));
  }

  @Test
  void peersAreKnownByTheirUser() throws Exception {
    String path = folder.resolve("s").toString();
    try (Fd listener = Sockets.listenUnix(path)) {
      assertEquals(Optional.empty(), Sockets.accept(listener));
      Fd client = Sockets.connectUnixStream(path);
      try (Fd server = Sockets.accept(listener).orElseThrow()) {
        assertEquals(Sys.getuid(), Sockets.peerUid(server));
        assertEquals(OptionalInt.empty(), Sys.read(server, new byte[8]));
        Sockets.send(client, new byte[] {1, 2});
        assertEquals(OptionalInt.of(2), Sys.read(server, new byte[8]));
        client.close();
        assertEquals(OptionalInt.of(0), Sys.read(server, new byte[8]));
      }
    }
  }

  @Test
  void pollRunsReadyHandlersInOrderAndNoneThatWasForgotten() throws Exception {
    List<String> ran = new ArrayList<>();
    try (Fd first = fifo();
        Fd second = fifo();
        Fd third = fifo()) {
      var poll = new Poll();
      poll.onReadable(
          first,
          () -> {
            ran.add("first");
            poll.forget(second);
          });
      poll.onReadable(second, () -> ran.add("second"));
      poll.onReadable(third, () -> ran.add("third"));
      poll.await(0);
      assertEquals(List.of(), ran);
      for (Fd fd : List.of(third, second, first)) {
        assertEquals(1, Libc.write(fd.number(), new byte[1], 1));
      }
      poll.await(LONG);
      assertEquals(List.of("first", "third"), ran);
    }
  }

  @Test
  void pollWaitsAtLeastAsLongAsAsked() throws Exception {
    long start = System.nanoTime();
    new Poll().await(2_500_001);
    assertTrue(System.nanoTime() - start >= 2_500_001);
  }

  @Test
  void aClosedDescriptorHasNoNumber() throws Exception {
    Fd fd = fifo();
    fd.close();
    fd.close();
    assertThrows(IllegalStateException.class, fd::number);
  }
}
