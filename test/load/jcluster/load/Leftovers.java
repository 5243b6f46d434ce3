package jcluster.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * What a test has started, also what its processes have started and then left to init: each has the
 * test's mark in its environment, or one below it. The runner of the tests ends in the same way
 * what a suite leaves.
 */
public final class Leftovers {
  /** The variable that has the mark. */
  private static final String VARIABLE = "JCLUSTER_TEST";

  private static final long DEADLINE = TimeUnit.SECONDS.toNanos(10);
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String mark =
      System.getenv().getOrDefault(VARIABLE, String.valueOf(ProcessHandle.current().pid()))
          + "/"
          + NEXT.incrementAndGet();

  /** Marks all processes that are started with this environment. */
  public void mark(Map<String, String> environment) {
    environment.put(VARIABLE, mark);
  }

  /** Kills all that carries the mark, and waits until it is gone; returns how many those were. */
  public int end() {
    int killed = 0;
    long end = System.nanoTime() + DEADLINE;
    for (List<ProcessHandle> left = left(); !left.isEmpty(); left = left()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("processes that cannot be killed: " + left);
      }
      killed = Math.max(killed, left.size());
      for (ProcessHandle process : left) {
        process.destroyForcibly();
        process.onExit().completeOnTimeout(process, 1, TimeUnit.SECONDS).join();
      }
    }
    return killed;
  }

  private List<ProcessHandle> left() {
    String entry = "\0" + VARIABLE + "=" + mark;
    List<ProcessHandle> left = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        String name = process.getFileName().toString();
        if (name.matches("\\d+")) {
          String environment = environment(process);
          if (environment.contains(entry + "\0") || environment.contains(entry + "/")) {
            ProcessHandle.of(Long.parseLong(name)).ifPresent(left::add);
          }
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return left;
  }

  /** Empty for a process that has ended, or is another user's. */
  private static String environment(Path process) {
    try {
      byte[] bytes = Files.readAllBytes(process.resolve("environ"));
      return "\0" + new String(bytes, StandardCharsets.ISO_8859_1) + "\0";
    } catch (IOException e) {
      return "";
    }
  }
}
