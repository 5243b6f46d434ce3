package jcluster.systemd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Sockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagerTest {
  @TempDir Path folder;

  @Test
  void notifiesAPathAndAnAbstractAddress() throws OsException {
    String name = "@jcluster-manager-" + ProcessHandle.current().pid();
    for (String address : new String[] {folder.resolve("notify").toString(), name}) {
      try (Fd receiver = Sockets.receiverUnix(address)) {
        Manager manager = Manager.of(Map.of("NOTIFY_SOCKET", address), 1);
        assertTrue(manager.listens());
        manager.tell("READY=1\nSTATUS=äöü");
        assertArrayEquals(
            "READY=1\nSTATUS=äöü".getBytes(StandardCharsets.UTF_8),
            Sockets.receive(receiver, 64).orElseThrow().bytes());
        manager.tell("STATUS=a\u001bb\u0085c\nERRNO=1");
        assertArrayEquals(
            "STATUS=a b c\nERRNO=1".getBytes(StandardCharsets.UTF_8),
            Sockets.receive(receiver, 64).orElseThrow().bytes());
      }
    }
  }

  @Test
  void aManagerThatDoesNotReadDelaysNobodyAndIsNotifiedLater() throws OsException {
    String address = folder.resolve("notify").toString();
    try (Fd receiver = Sockets.receiverUnix(address)) {
      Manager manager = Manager.of(Map.of("NOTIFY_SOCKET", address), 1);
      var poll = new Poll();
      manager.attach(poll);
      manager.tell("RELOADING=1");
      for (int i = 0; i < 2000; i++) { // More than a socket's queue holds (unix(7)).
        manager.tell("STATUS=" + i);
      }
      manager.tell("READY=1");
      List<String> heard = new ArrayList<>();
      while (!heard.contains("READY=1")) {
        Optional<Sockets.Datagram> next = Sockets.receive(receiver, 64);
        if (next.isPresent()) {
          heard.add(new String(next.get().bytes(), StandardCharsets.UTF_8));
        } else {
          poll.await(5_000_000_000L);
        }
      }
      assertEquals("RELOADING=1", heard.get(0));
      assertEquals(
          List.of("STATUS=1999", "READY=1"), heard.subList(heard.size() - 2, heard.size()));
      assertEquals(Optional.empty(), Sockets.receive(receiver, 64));
    }
  }

  @Test
  void withoutAManagerNothingIsSent() throws OsException {
    Manager manager = Manager.of(Map.of(), 1);
    assertFalse(manager.listens());
    manager.tell("READY=1");
  }

  @Test
  void failureToDeliverIsAnError() {
    String nowhere = folder.resolve("nobody").toString();
    Manager manager = Manager.of(Map.of("NOTIFY_SOCKET", nowhere), 1);
    OsException e = assertThrows(OsException.class, () -> manager.tell("READY=1"));
    assertEquals("connect " + nowhere + ": No such file or directory (errno 2)", e.getMessage());
  }

  @Test
  void theWatchdogHoldsForTheProcessThatItNames() {
    assertEquals(2_000_000_000L, Manager.of(Map.of("WATCHDOG_USEC", "2000000"), 7).watchdog());
    assertEquals(
        2_000_000_000L,
        Manager.of(Map.of("WATCHDOG_USEC", "2000000", "WATCHDOG_PID", "7"), 7).watchdog());
    assertEquals(
        0, Manager.of(Map.of("WATCHDOG_USEC", "2000000", "WATCHDOG_PID", "8"), 7).watchdog());
    assertEquals(0, Manager.of(Map.of("WATCHDOG_USEC", "x"), 7).watchdog());
    assertEquals(0, Manager.of(Map.of(), 7).watchdog());
  }
}
