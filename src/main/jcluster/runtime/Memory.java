package jcluster.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import jcluster.model.Fleet;
import jcluster.model.Generation;
import jcluster.model.Phase;
import jcluster.model.Time;
import jcluster.model.Worker;
import jcluster.text.Amounts;

/** Checks from time to time how much memory the workers use that have a limit (MemoryRecycle=). */
final class Memory {
  /** The time between two checks, in nanoseconds. */
  static final long INTERVAL = 10 * Time.SECOND;

  private final IntFunction<Optional<Long>> resident;
  private final Function<Generation, Optional<Long>> limit;
  private long lookAt = Fleet.NEVER;

  /**
   * No check is due yet.
   *
   * @param resident the resident memory of a process in bytes, if it exists
   * @param limit how much a worker of a generation may use, in bytes; empty for no limit
   */
  Memory(IntFunction<Optional<Long>> resident, Function<Generation, Optional<Long>> limit) {
    this.resident = resident;
    this.limit = limit;
  }

  /** When {@link #look} is due, in nanoseconds; {@link Fleet#NEVER} if no worker has a limit. */
  long deadline() {
    return lookAt;
  }

  /**
   * Checks the workers, if that is due.
   *
   * @param listener told how much each worker over its limit uses, as in {@code at 612.3M}, and its
   *     id
   */
  void look(Fleet fleet, long now, ObjIntConsumer<String> listener) {
    List<Worker> limited = new ArrayList<>();
    for (Worker worker : fleet.workers()) {
      if (limit.apply(worker.generation()).isPresent()) {
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
        if (worker.phase() == Phase.READY && worker.recycleReason().isEmpty()) {
          long bytes = worker.pid().flatMap(resident::apply).orElse(0L);
          if (bytes > limit.apply(worker.generation()).orElseThrow()) {
            listener.accept("at " + Amounts.mebibytes(bytes), worker.id());
          }
        }
      }
    }
  }

  /** The resident memory of a process in bytes (VmRSS in proc(5)), unless it is gone. */
  static Optional<Long> resident(int pid) {
    try {
      // The file has the process's name in it, which may be any bytes.
      Path status = Path.of("/proc/" + pid + "/status");
      for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
        if (line.startsWith("VmRSS:")) {
          return Optional.of(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
        }
      }
    } catch (IOException e) {
      // It has just exited.
    }
    return Optional.empty();
  }
}
