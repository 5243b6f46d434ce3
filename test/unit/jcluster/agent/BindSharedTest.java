package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcluster.load.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets that several workers share. */
@Timeout(120)
class BindSharedTest {
  @Test
  void everyKindOfBindWorksBesideTheOthersInEachWorker() throws Exception {
    try (BindRun run = new BindRun()) {
      List<BindKind> kinds = new ArrayList<>();
      List<String> addresses = new ArrayList<>();
      for (BindKind kind : BindKind.of(BindKind.Family.DATAGRAM)) {
        kinds.add(kind);
        addresses.add(String.valueOf(Ports.free()));
        run.datagrams(addresses.get(addresses.size() - 1));
      }
      for (BindKind kind : BindKind.of(BindKind.Family.STREAM)) {
        kinds.add(kind);
        addresses.add("127.0.0.1:" + Ports.free());
        run.listen(addresses.get(addresses.size() - 1));
      }
      for (BindKind kind : BindKind.of(BindKind.Family.UNIX)) {
        kinds.add(kind);
        addresses.add(run.folder.resolve(kind + ".sock").toString());
        run.listen(addresses.get(addresses.size() - 1));
      }
      List<String> binds = new ArrayList<>();
      for (int i = 0; i < kinds.size(); i++) {
        binds.add(kinds.get(i).word() + "=" + addresses.get(i));
      }
      run.start(2, binds.toArray(String[]::new));
      for (int slot = 0; slot < 2; slot++) {
        int worker = slot;
        run.alone(
            worker,
            () -> {
              for (int i = 0; i < kinds.size(); i++) {
                BindKind kind = kinds.get(i);
                assertEquals(2, run.holds(worker, i), kind::word);
                assertEquals(run.inherited(0, i), run.inherited(worker, i), kind::word);
                boolean datagram = kind.family == BindKind.Family.DATAGRAM;
                SocketAddress server =
                    datagram
                        ? BindRun.loopback(Integer.parseInt(addresses.get(i)))
                        : BindKind.address(addresses.get(i));
                assertEquals(kind.word() + " " + run.worker(worker), BindRun.ask(kind, server));
                assertFalse(run.blocking(worker, i), kind::word);
              }
            });
      }
    }
  }

  /** The descriptor of the connection that a process has accepted from a client. */
  private static Optional<String> accepted(int pid, SocketChannel client) throws IOException {
    var local = (InetSocketAddress) client.getLocalAddress();
    var remote = (InetSocketAddress) client.getRemoteAddress();
    List<String> connection = BindRun.sockets("tcp", remote.getPort(), local.getPort());
    try (var fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return fds.filter(
              fd -> {
                try {
                  return connection.contains(Files.readSymbolicLink(fd).toString());
                } catch (IOException e) {
                  return false; // Closed meanwhile.
                }
              })
          .map(fd -> fd.getFileName().toString())
          .findFirst();
    }
  }

  @Test
  void aSharedSocketStaysNonBlockingWithItsBacklogAndConnectionsBlock() throws Exception {
    int deaf = Ports.free();
    int channel = Ports.free();
    int socket = Ports.free();
    int timed = Ports.free();
    int adaptor = Ports.free();
    try (BindRun run = new BindRun()) {
      run.listen("127.0.0.1:" + deaf).listen(channel).listen(socket).listen(timed).listen(adaptor);
      run.start(
          1,
          "deaf=127.0.0.1:" + deaf,
          "channel=" + channel,
          "socket=" + socket,
          "socket_with_timeout=" + timed,
          "adaptor_with_timeout=" + adaptor);
      int pid = run.worker(0);
      for (int port : List.of(channel, socket, timed, adaptor)) {
        try (SocketChannel client = SocketChannel.open(BindRun.loopback(port))) {
          BindRun.await(() -> accepted(pid, client).isPresent());
          String fd = accepted(pid, client).orElseThrow();
          assertTrue(BindRun.blocking(pid, fd), "a connection to " + port);
          assertTrue(BindRun.ask(client).endsWith(" " + pid));
        }
      }
      for (int i = 0; i < 5; i++) {
        assertFalse(run.blocking(0, i), "socket " + i);
      }
      List<Socket> clients = new ArrayList<>();
      try {
        for (int i = 0; i < 50; i++) {
          clients.add(new Socket());
          // With no room in the queue, the kernel tries again after a second.
          clients.get(i).connect(BindRun.loopback(deaf), 900);
        }
      } finally {
        for (Socket client : clients) {
          client.close();
        }
      }
    }
  }
}
