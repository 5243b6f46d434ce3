package jcluster.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import java.util.function.ToLongFunction;
import jcluster.model.Fleet;
import jcluster.model.Generation;
import jcluster.model.Phase;
import jcluster.model.Time;
import jcluster.model.Worker;

/** Looks from time to time how much memory the workers have that may have only so much. */
final class Memory {
  /** How often is looked, in nanoseconds. */
  static final long INTERVAL = 10 * Time.SECOND;

  private final IntFunction<OptionalLong> resident;
  private final ToLongFunction<Generation> limit;
  private long lookAt = Fleet.NEVER;

  /**
   * Has not looked yet.
   *
   * @param resident the resident memory of a process in bytes, if it is there
   * @param limit how much a worker of a generation may have, in bytes; 0 for any
   */
  Memory(IntFunction<OptionalLong> resident, ToLongFunction<Generation> limit) {
    this.resident = resident;
    this.limit = limit;
  }

  /**
   * When {@link #look} is due, in nanoseconds; {@link Fleet#NEVER} if nobody is to be looked at.
   */
  long deadline() {
    return lookAt;
  }

  /**
   * Looks, if it is time.
   *
   * @param listener told the id of each worker that has more than it may, and what it has, as in
   *     {@code at 612.3M}
   */
  void look(Fleet fleet, long now, ObjIntConsumer<String> listener) {
    List<Worker> limited = new ArrayList<>();
    for (Worker worker : fleet.workers()) {
      if (limit.applyAsLong(worker.generation()) > 0) {
        limited.add(worker);
      }
    }
    if (limited.isEmpty()) {
      lookAt = Fleet.NEVER;
    } else if (lookAt == Fleet.NEVER) {
      lookAt = now + INTERVAL;
    } else if (lookAt <= now) {
      lookAt = now + INTERVAL;
      for (Worker worker : limited) {
        if (worker.phase() == Phase.READY && worker.due().isEmpty()) {
          long bytes = resident.apply(worker.pid()).orElse(0);
          if (bytes > limit.applyAsLong(worker.generation())) {
            listener.accept("at " + text(bytes), worker.id());
          }
        }
      }
    }
  }

  /** The resident memory of a process in bytes (VmRSS in proc(5)), unless it is gone. */
  static OptionalLong resident(int pid) {
    try {
      // With the process's name, which may be of any bytes.
      Path status = Path.of("/proc/" + pid + "/status");
      for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
        if (line.startsWith("VmRSS:")) {
          return OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
        }
      }
    } catch (IOException e) {
      // It exited this moment.
    }
    return OptionalLong.empty();
  }

  /** A number of bytes in MiB, as in {@code 612.3M}. */
  static String text(long bytes) {
    return String.format(Locale.ROOT, "%.1fM", bytes / 1048576.0);
  }
}
