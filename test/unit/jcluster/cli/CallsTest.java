package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.os.Fd;
import jcluster.os.Sockets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All system calls of the supervisor's loop in a life with everything in it, as strace(1) shows
 * them: but for its poll there is none that may wait.
 */
class CallsTest {
  private static final boolean CI = "true".equals(System.getenv("CI"));

  /** Calls that are done at once, whatever they are about. */
  private static final Set<String> NEVER_WAIT =
      Set.of(
          ("access bind brk chmod clock_gettime close dup dup2 dup3 execve exit exit_group"
               + " faccessat2 fchmod fstat ftruncate getcwd getdents64 getegid geteuid getgid"
               + " getpid getppid getrandom getrusage getsockname getsockopt gettid getuid ioctl"
               + " kill listen lseek lstat madvise memfd_create mkdir mmap mprotect mremap munmap"
               + " newfstatat pidfd_getfd pidfd_open pidfd_send_signal pipe2 prctl pread64"
               + " prlimit64 pwrite64 readlink readlinkat rename renameat rmdir rt_sigaction"
               + " rt_sigprocmask rt_sigreturn sched_getaffinity set_robust_list setsockopt"
               + " shutdown signalfd4 sigaltstack socket stat statfs statx sysinfo timerfd_settime"
               + " uname unlink unlinkat utimensat")
              .split(" "));

  /** Calls that wait on a pipe or a socket, unless that or the call says otherwise. */
  private static final Set<String> MAY_WAIT =
      Set.of(
          "accept accept4 connect read readv recvfrom recvmsg sendmsg sendto write writev"
              .split(" "));

  private static final Pattern CALL =
      Pattern.compile("([a-z0-9_]+)\\((?:(\\d+)<(.*?)>)?(.*?)\\) += (\\?|-?\\d+).*");

  @TempDir Path folder;
  private Cluster cluster;

  @BeforeEach
  void prepare() throws IOException {
    Assumptions.assumeTrue(
        CI || Stream.of(System.getenv("PATH").split(":")).anyMatch(this::hasStrace),
        "strace not found: apt-get install strace");
    cluster = new Cluster(folder).defaults("MinUptime=0");
    cluster.listen(cluster.port);
    cluster.environment.put("NOTIFY_SOCKET", folder.resolve("notify").toString());
    cluster.environment.put("WATCHDOG_USEC", "1000000");
  }

  private boolean hasStrace(String of) {
    return Files.isExecutable(Path.of(of, "strace"));
  }

  private int ask(String... words) throws Exception {
    return cluster.ask(words).await();
  }

  @Test
  void theLoopWaitsForNothingButItsPoll() throws Exception {
    String words =
        "systemd-notify --ready --status=warm; while sleep 0.2; do systemd-notify x=1; done";
    cluster.configure(
        "Command=/bin/sh -c '" + words + "'", "Adopt=no", "Ready=notify", "StopSignal=TERM");
    Path trace = folder.resolve("trace");
    Set<String> pipes = new HashSet<>();
    try (Fd manager = Sockets.receiverUnix(cluster.environment.get("NOTIFY_SOCKET"));
        Program program = cluster.start(2)) {
      program.await("started 2 workers");
      Set<String> nonBlocking = new HashSet<>();
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + program.pid() + "/fdinfo"))) {
        for (Path descriptor : descriptors.toList()) {
          if (isNonBlocking(descriptor)) {
            nonBlocking.add(descriptor.getFileName().toString());
          }
        }
      }
      Process strace = attach(program, trace);
      live(program, manager);
      try (Stream<Path> files = Files.list(cluster.runtime())) {
        files
            .filter(f -> !Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
            .forEach(f -> pipes.add(f.toString()));
      }
      program.signal("TERM");
      assertEquals(0, program.await());
      assertTrue(strace.waitFor(30, TimeUnit.SECONDS), "strace does not end");
      List<String> calls = Files.readAllLines(trace, StandardCharsets.ISO_8859_1);
      assertEquals(List.of(), new Judge(nonBlocking, pipes).waiting(calls));
      for (String call : List.of("poll", "accept4", "recvmsg", "sendto", "wait4", "rename")) {
        assertTrue(
            calls.stream().anyMatch(c -> c.startsWith(call + "(")),
            "there is no " + call + ": this is not the whole life of the loop");
      }
    }
  }

  private static boolean isNonBlocking(Path descriptor) throws IOException {
    String text;
    try {
      text = Files.readString(descriptor);
    } catch (NoSuchFileException e) {
      return false; // It has been closed since.
    }
    Matcher flags = Pattern.compile("flags:\\s*(\\d+)").matcher(text);
    return flags.find() && (Integer.parseInt(flags.group(1), 8) & 04000) != 0;
  }

  /** Has the loop's thread traced, which is the first that the launcher of the JVM starts. */
  private static Process attach(Program program, Path trace) throws IOException {
    String thread;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + program.pid() + "/task"))) {
      thread =
          tasks
              .map(t -> Integer.parseInt(t.getFileName().toString()))
              .sorted()
              .skip(1)
              .findFirst()
              .orElseThrow()
              .toString();
    }
    Process strace =
        new ProcessBuilder("strace", "-y", "-s", "32", "-o", trace.toString(), "-p", thread)
            .redirectErrorStream(true)
            .start();
    String said = strace.inputReader().readLine();
    Assumptions.assumeTrue(CI || !said.contains("not permitted"), said);
    assertTrue(said.endsWith(" attached"), said);
    return strace;
  }

  /** All that can happen to a supervisor but its end. */
  private void live(Program program, Fd manager) throws Exception {
    assertEquals(0, ask("status", "t"));
    assertEquals(0, ask("reload", "t"));
    assertEquals(0, ask("scale", "t", "3"));
    assertEquals(0, ask("scale", "t", "2"));
    Matcher ready = program.await("worker 0 \\(pid (\\d+)\\) ready", 2);
    new ProcessBuilder("kill", "-KILL", ready.group(1)).start().waitFor();
    program.await("worker 0 \\(pid \\d+\\) ready", 3);
    try (SocketChannel half = SocketChannel.open(StandardProtocolFamily.UNIX);
        SocketChannel garbage = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      var address = UnixDomainSocketAddress.of(cluster.runtime().resolve("control.sock"));
      half.connect(address);
      half.write(ByteBuffer.wrap("relo".getBytes(StandardCharsets.US_ASCII)));
      garbage.connect(address);
      garbage.write(ByteBuffer.allocate(5000));
      // A build that never gets ready; an invalid configuration; and one with other features.
      cluster.configure("Command=sleep 600", "Adopt=no", "Ready=notify", "ReadyTimeout=1s");
      assertNotEquals(0, ask("reload", "t"));
      cluster.configure("Command=sleep 600", "Ready=later");
      assertNotEquals(0, ask("reload", "t"));
      cluster.configure(
          "Command=java -XX:TieredStopAtLevel=1 -jar " + Program.demo(),
          "PortMap=8080:$PORT",
          "ReadyCommand=sh -c 'exit 0'",
          "MemoryRecycle=1G",
          "Watchdog=9s");
      program.signal("HUP");
      program.await("reloaded 2 workers in", 2);
    }
    while (Sockets.receive(manager, 4096).isPresent()) {
      // A socket of systemd's that nobody reads has the loop try again.
    }
    assertEquals(0, ask("status", "t"));
  }

  @Test
  void callsThatWouldWaitAreFound() {
    String fifo = "/run/t/agent";
    for (String call :
        List.of(
            "read(5<pipe:[7]>, \"\", 9) = 0",
            "read(6<" + fifo + ">, \"\", 9) = 0",
            "accept4(7<socket:[8]>, NULL, NULL, SOCK_CLOEXEC) = 9<socket:[9]>",
            "sendmsg(7<socket:[8]>, {...}, MSG_NOSIGNAL) = 4",
            "connect(7<socket:[8]>, {...}, 20) = 0",
            "openat(AT_FDCWD</>, \"" + fifo + "\", O_WRONLY) = 9<" + fifo + ">",
            "wait4(77, [{WIFEXITED(s)}], 0, NULL) = 77",
            "fcntl(5</a>, F_SETLKW, {...}) = 0",
            "flock(5</a>, LOCK_EX) = 0",
            "fsync(5</a>) = 0",
            "clock_nanosleep(CLOCK_MONOTONIC, 0, {...}, NULL) = 0")) {
      assertEquals(
          List.of(call), new Judge(Set.of("4"), Set.of(fifo)).waiting(List.of(call)), call);
    }
    assertEquals(
        List.of("read(12<pipe:[7]>, \"\", 9) = 0", "read(4<pipe:[1]>, \"\", 9) = 0"),
        new Judge(Set.of("4"), Set.of(fifo))
            .waiting(
                List.of(
                    "read(4<pipe:[1]>, \"\", 9) = 0",
                    "read(5</a/file>, \"\", 9) = 0",
                    "accept4(4<socket:[8]>, NULL, NULL, SOCK_NONBLOCK) = 11<socket:[9]>",
                    "fcntl(11<socket:[9]>, F_DUPFD_CLOEXEC, 4) = 12<socket:[9]>",
                    "sendto(12<socket:[9]>, \"\", 9, MSG_NOSIGNAL, NULL, 0) = 9",
                    "recvmsg(7<socket:[9]>, {...}, MSG_DONTWAIT) = 9",
                    "wait4(77, 0x7f, WNOHANG, NULL) = 0",
                    "socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0) = 13<socket:[14]>",
                    "connect(13<socket:[14]>, {...}, 20) = 0",
                    "close(12<socket:[9]>) = 0",
                    "close(4<socket:[8]>) = 0",
                    "read(12<pipe:[7]>, \"\", 9) = 0",
                    "read(4<pipe:[1]>, \"\", 9) = 0")));
  }

  /** Tells calls that may wait from those that cannot, along a trace. */
  private static final class Judge {
    private final Set<String> nonBlocking;
    private final Set<String> pipes;
    private final Set<String> datagrams = new HashSet<>();

    /**
     * Begins.
     *
     * @param nonBlocking the descriptors that have O_NONBLOCK
     * @param pipes the files that have a name and are pipes or sockets
     */
    Judge(Set<String> nonBlocking, Set<String> pipes) {
      this.nonBlocking = new HashSet<>(nonBlocking);
      this.pipes = pipes;
    }

    /** Those that may wait. */
    List<String> waiting(List<String> calls) {
      List<String> waiting = new ArrayList<>();
      for (String line : calls) {
        Matcher call = CALL.matcher(line);
        if (call.matches()) {
          if (mayWait(call)) {
            waiting.add(line);
          }
          follow(call);
        } else if (!line.startsWith("---") && !line.startsWith("+++")) {
          waiting.add(line); // It is not understood.
        }
      }
      return waiting;
    }

    private boolean mayWait(Matcher call) {
      String name = call.group(1);
      String words = call.group(4);
      if (name.equals("connect") && datagrams.contains(call.group(2))) {
        return false; // That only takes a note of the address.
      }
      if (MAY_WAIT.contains(name)) {
        boolean isFile = call.group(3).startsWith("/") && !pipes.contains(call.group(3));
        return !isFile && !nonBlocking.contains(call.group(2)) && !words.contains("MSG_DONTWAIT");
      }
      return switch (name) {
        case "poll", "ppoll", "restart_syscall" -> false; // The loop's own.
        case "futex", "sched_yield" -> false; // What the JVM does among its threads.
        case "clone", "clone3", "vfork" -> false; // posix_spawn(3): until the child's execve(2).
        case "wait4", "waitid" -> !words.contains("WNOHANG");
        case "flock" -> !words.contains("LOCK_NB");
        case "fcntl" -> words.contains("SETLKW");
        case "open", "openat" ->
            !words.contains("O_NONBLOCK") && pipes.stream().anyMatch(words::contains);
        default -> !NEVER_WAIT.contains(name);
      };
    }

    /** Keeps in mind which descriptors are non-blocking. */
    private void follow(Matcher call) {
      String words = call.group(4);
      String result = call.group(5);
      switch (call.group(1)) {
        case "close" -> {
          nonBlocking.remove(call.group(2));
          datagrams.remove(call.group(2));
        }
        case "fcntl" -> {
          if (words.contains("F_DUPFD") && nonBlocking.contains(call.group(2))) {
            nonBlocking.add(result);
          } else if (words.contains("F_SETFL") && words.contains("O_NONBLOCK")) {
            nonBlocking.add(call.group(2));
          }
        }
        default -> {
          if (words.contains("SOCK_DGRAM")) {
            datagrams.add(result);
          }
          if (words.matches(".*(SOCK|O|SFD|TFD|EFD|PIDFD)_NONBLOCK.*")) {
            nonBlocking.add(result);
          }
        }
      }
    }
  }
}
