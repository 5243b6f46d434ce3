package jcluster.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real child processes, and their state as the kernel shows it. */
class SpawnTest {
  private static final int SIGHUP = 1;
  private static final int SIGTERM = 15;
  private static final int SIG_BLOCK = 0;

  /**
   * Calls by which a test blocks and ignores signals of its own, which a child must not inherit.
   */
  private static final class C {
    static {
      Native.register(C.class, "c");
    }

    static native int pthread_sigmask(int how, Memory set, Memory old);

    static native int sigaddset(Memory set, int signal);

    static native Pointer signal(int number, Pointer handler);

    static native int open(String path, int flags);
  }

  @TempDir Path folder;
  private final List<Fd> open = new ArrayList<>();
  private Fd output;

  @BeforeEach
  void open() throws OsException {
    output = descriptor(folder.resolve("output").toString(), 0x1 | 0x40);
  }

  @AfterEach
  void close() {
    open.forEach(Fd::close);
  }

  /** Not close-on-exec, as the JDK's own are. */
  private Fd descriptor(String path, int flags) throws OsException {
    if ((flags & 0x40) != 0) {
      try {
        Files.createFile(Path.of(path));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    Fd fd = new Fd(Sys.check("open " + path, C.open(path, flags & ~0x40)));
    open.add(fd);
    return fd;
  }

  private int shell(String script, Map<String, String> environment, List<Fd> fds)
      throws OsException {
    return Spawn.spawn("/bin/sh", List.of("sh", "-c", script), environment, Optional.empty(), fds);
  }

  private int shell(String script) throws OsException {
    return shell(script, Map.of("PATH", "/usr/bin:/bin"), List.of(output, output, output));
  }

  private Processes.Ending end(int pid) throws OsException {
    var endings = new ArrayList<Processes.Ending>();
    try (Fd pidfd = Processes.pidfd(pid)) {
      var poll = new Poll();
      poll.onReadable(pidfd, () -> {});
      poll.await(20_000_000_000L);
      Processes.reap(pid).ifPresent(endings::add);
    }
    assertEquals(1, endings.size(), "it did not end within 20 s");
    return endings.get(0);
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }

  @Test
  void childHasTheDescriptorsItIsGivenAndNoOther() throws IOException {
    Fd zero = descriptor("/dev/zero", 0);
    Fd nul = descriptor("/dev/null", 0);
    descriptor("/dev/full", 0); // Open, and not passed on.
    int pid =
        shell(
            "for i in 0 3 4 5; do echo $i $(readlink /proc/$$/fd/$i); done; ls /proc/$$/fd; :",
            Map.of("PATH", "/usr/bin:/bin"),
            List.of(zero, output, output, nul, zero, zero));
    assertEquals(new Processes.Ending.Exited(0), end(pid));
    assertEquals(
        "0 /dev/zero\n3 /dev/null\n4 /dev/zero\n5 /dev/zero\n0\n1\n2\n3\n4\n5\n", output());
  }

  @Test
  void sourcesAndTargetsMayOverlap() throws IOException {
    // 2 → 0, 1 → 1, 0 → 2: each dup2 would overwrite the source of a later one.
    List<Fd> low = new ArrayList<>();
    for (String path : List.of("/dev/null", "/dev/zero", "/dev/full")) {
      low.add(descriptor(path, 0));
    }
    int pid =
        shell(
            "for i in 3 4 5; do readlink /proc/$$/fd/$i; done",
            Map.of("PATH", "/usr/bin:/bin"),
            List.of(output, output, output, low.get(2), low.get(1), low.get(0)));
    end(pid);
    assertEquals("/dev/full\n/dev/zero\n/dev/null\n", output());
  }

  @Test
  void childHasNoBlockedAndNoIgnoredSignal() throws IOException {
    try (var set = new Memory(Libc.SIZEOF_SIGSET_T);
        var old = new Memory(Libc.SIZEOF_SIGSET_T)) {
      Libc.sigemptyset(set);
      C.sigaddset(set, SIGTERM);
      C.pthread_sigmask(SIG_BLOCK, set, old);
      Pointer handler = C.signal(SIGHUP, Pointer.createConstant(1)); // SIG_IGN
      try {
        String own = Files.readString(Path.of("/proc/thread-self/status"));
        assertTrue((set(own, "SigBlk") & 1L << (SIGTERM - 1)) != 0, own);
        assertTrue((set(own, "SigIgn") & 1L << (SIGHUP - 1)) != 0, own);
        // cat, because a shell has dispositions of its own.
        end(
            Spawn.spawn(
                "/bin/cat",
                List.of("cat", "/proc/self/status"),
                Map.of(),
                Optional.empty(),
                List.of(output, output, output)));
      } finally {
        C.signal(SIGHUP, handler);
        C.pthread_sigmask(2, old, set); // SIG_SETMASK
      }
    }
    assertEquals(0, set(output(), "SigBlk"));
    assertEquals(0, set(output(), "SigIgn"));
  }

  /** A set of signals in /proc/PID/status, as bits. */
  private static long set(String status, String name) {
    String line = status.lines().filter(l -> l.startsWith(name + ":")).findFirst().orElseThrow();
    return Long.parseUnsignedLong(line.substring(name.length() + 1).strip(), 16);
  }

  @Test
  void environmentIsAllItIsGiven() throws IOException {
    end(
        Spawn.spawn(
            "/usr/bin/env",
            List.of("env"),
            new TreeMap<>(Map.of("A", "1", "B", "zwei und ä", "C", "")),
            Optional.empty(),
            List.of(output, output, output)));
    assertEquals("A=1\nB=zwei und ä\nC=\n", output());
  }

  @Test
  void argumentsAndDirectoryArriveUnchanged() throws IOException {
    end(
        Spawn.spawn(
            "/bin/sh",
            List.of("sh", "-c", "pwd; printf '%s|' \"$@\"", "x", "a b", "", "ü'\"$\n"),
            Map.of("PATH", "/usr/bin:/bin"),
            Optional.of("/usr"),
            List.of(output, output, output)));
    assertEquals("/usr\na b||ü'\"$\n|", output());
  }

  @Test
  void childLeadsAProcessGroupOfItsOwn() throws IOException {
    int pid = shell("cut -d' ' -f5 /proc/$$/stat");
    end(pid);
    assertEquals(pid + "\n", output());
  }

  @Test
  void exitStatusAndKillingSignalAreTold() throws OsException {
    for (int status : List.of(0, 1, 3, 78, 255)) {
      assertEquals(new Processes.Ending.Exited(status), end(shell("exit " + status)));
    }
    for (int signal : List.of(2, 9, 15)) {
      assertEquals(
          new Processes.Ending.Killed(signal), end(shell("kill -" + signal + " $$; sleep 20")));
    }
  }

  @Test
  void missingProgramIsAnError() {
    OsException e =
        assertThrows(
            OsException.class,
            () ->
                Spawn.spawn(
                    "/no/such/program",
                    List.of("x"),
                    Map.of(),
                    Optional.empty(),
                    List.of(output, output, output)));
    assertEquals(
        "posix_spawn /no/such/program: No such file or directory (errno 2)", e.getMessage());
    assertEquals(2, e.errno());
  }

  @Test
  void manyShortLivesLeaveNoZombieAndNoDescriptor() throws IOException {
    long before = descriptors();
    List<Integer> pids = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      pids.add(
          Spawn.spawn(
              "/bin/true",
              List.of("true"),
              Map.of(),
              Optional.empty(),
              List.of(output, output, output)));
    }
    for (int pid : pids) {
      assertEquals(new Processes.Ending.Exited(0), end(pid));
    }
    assertEquals(before, descriptors());
    for (int pid : pids) {
      assertFalse(zombie(pid), () -> pid + " is a zombie");
      assertThrows(OsException.class, () -> Processes.reap(pid));
    }
  }

  private static boolean zombie(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
    } catch (IOException e) {
      return false;
    }
  }

  /** The descriptors that spawning makes: the JVM around has others, which come and go. */
  private long descriptors() throws IOException {
    long count = 0;
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : fds.toList()) {
        String target = target(fd);
        count += target.contains("pidfd") || target.startsWith(folder.toString()) ? 1 : 0;
      }
    }
    return count;
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return ""; // It was closed meanwhile.
    }
  }
}
