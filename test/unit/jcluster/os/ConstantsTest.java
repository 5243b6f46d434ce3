package jcluster.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import jcluster.model.Signal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The constants in the code against those of this machine's C headers, as constants.c prints them.
 */
class ConstantsTest {
  private static final Map<String, Long> HEADERS = new HashMap<>();

  @BeforeAll
  static void read() throws IOException {
    for (String line : Files.readAllLines(Path.of(System.getProperty("jcluster.constants")))) {
      HEADERS.put(line.split(" ")[0], Long.valueOf(line.split(" ")[1]));
    }
  }

  @Test
  void everyConstantOfLibcIsTheHeaders() throws IllegalAccessException {
    int compared = 0;
    for (Field field : Libc.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
        Long expected = HEADERS.get(field.getName());
        assertNotNull(expected, () -> "constants.c does not print " + field.getName());
        assertEquals(expected, field.getInt(null), field.getName());
        compared++;
      }
    }
    assertTrue(compared > 40, "hardly any constant was compared");
    assertEquals(HEADERS.get("EADDRINUSE"), OsException.EADDRINUSE);
  }

  @Test
  void everySignalIsTheHeaders() {
    for (Signal signal : Signal.values()) {
      assertEquals(HEADERS.get("SIG" + signal), signal.number(), () -> "SIG" + signal);
    }
  }

  @Test
  void everyLayoutIsTheHeaders() {
    // As Sys, Poll, Terminal and Address have them written in.
    assertEquals(
        Map.ofEntries(
            Map.entry("pollfd.events", 4L),
            Map.entry("pollfd.revents", 6L),
            Map.entry("termios.c_lflag", 12L),
            Map.entry("termios.c_cc", 17L),
            Map.entry("winsize.ws_row", 0L),
            Map.entry("winsize.ws_col", 2L),
            Map.entry("iovec.iov_len", 8L),
            Map.entry("msghdr.msg_iov", 16L),
            Map.entry("msghdr.msg_iovlen", 24L),
            Map.entry("msghdr.msg_control", 32L),
            Map.entry("msghdr.msg_controllen", 40L),
            Map.entry("msghdr.msg_flags", 48L),
            Map.entry("cmsghdr.cmsg_level", 8L),
            Map.entry("cmsghdr.cmsg_type", 12L),
            Map.entry("sigaction.sa_handler", 0L),
            Map.entry("ucred.uid", 4L),
            Map.entry("siginfo_t.si_pid", 16L),
            Map.entry("signalfd_siginfo.ssi_signo", 0L),
            Map.entry("sockaddr_un.sun_path", 2L),
            Map.entry("sockaddr_in.sin_port", 2L),
            Map.entry("sockaddr_in.sin_addr", 4L),
            Map.entry("sockaddr_in6.sin6_port", 2L),
            Map.entry("sockaddr_in6.sin6_addr", 8L),
            Map.entry("sockaddr_in6.sin6_scope_id", 24L)),
        layouts());
  }

  private static Map<String, Long> layouts() {
    var layouts = new HashMap<>(HEADERS);
    layouts.keySet().removeIf(name -> !name.contains("."));
    return layouts;
  }
}
