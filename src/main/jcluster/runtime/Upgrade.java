package jcluster.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Fleet;
import jcluster.model.Time;
import jcluster.os.Exec;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Spawn;
import jcluster.os.Sys;
import jcluster.text.Printable;
import jcluster.text.Reason;

/**
 * Lets the program as it is installed now take the place of this one, in the same process. Before
 * that it is run beside this one to see whether it can; if not, this one goes on. For the loop's
 * thread.
 */
final class Upgrade {
  /** How long the program may take to see whether it can, in nanoseconds. */
  static final long TIMEOUT = 30 * Time.SECOND;

  /** How much is read of what the check has written, in bytes. */
  private static final int TAIL = 4096;

  /** What the check writes, in the runtime directory. */
  private static final String OUTPUT = RuntimeDirectory.HANDOVER + ".log";

  private final Poll poll;
  private final LongSupplier clock;
  private final List<String> program;
  private final Map<String, String> environment;
  private final Path directory;
  private final Consumer<String> failed;
  private int pid;
  private Fd pidfd;
  private long deadline = Fleet.NEVER;
  private boolean due;

  /**
   * None is under way.
   *
   * @param program the words that run the program, the first its path; none if that is not known
   * @param environment the supervisor's
   * @param failed told why it cannot be, once for each that was begun
   */
  Upgrade(
      Poll poll,
      LongSupplier clock,
      List<String> program,
      Map<String, String> environment,
      Path directory,
      Consumer<String> failed) {
    this.poll = poll;
    this.clock = clock;
    this.program = program;
    this.environment = environment;
    this.directory = directory;
    this.failed = failed;
  }

  /** Whether one is under way. */
  boolean begun() {
    return pidfd != null || due;
  }

  /** The process that checks, while it does. */
  Optional<Integer> process() {
    return pidfd == null ? Optional.empty() : Optional.of(pid);
  }

  /** Whether the program has been found able: {@link #finish} is to be called. */
  boolean due() {
    return due;
  }

  /** When {@link #expire} is to be called, in nanoseconds; {@link Fleet#NEVER} for never. */
  long deadline() {
    return deadline;
  }

  /** Begins, by running the program to see whether it can go on from there. */
  void begin(Handover handover) {
    if (program.isEmpty()) {
      failed.accept("this process was not started by the jcluster launcher");
      return;
    }
    Path output = directory.resolve(OUTPUT);
    try {
      handover.write(directory);
      clear(output);
      try (Fd file = Sys.open(output.toString())) {
        Map<String, String> variables = Launch.inherited(environment);
        variables.put(Handover.VARIABLE, Handover.Purpose.CHECK.name());
        List<Fd> fds = List.of(file, file, file);
        pid = Spawn.spawn(program.get(0), program, variables, Optional.empty(), fds);
      }
      pidfd = Workers.watched(pid);
      poll.onReadable(pidfd, this::checked);
      deadline = clock.getAsLong() + TIMEOUT;
    } catch (IOException e) {
      cleanUp();
      failed.accept(Reason.of(e));
    }
  }

  private static void clear(Path file) throws IOException {
    try {
      Files.writeString(file, "");
    } catch (IOException e) {
      throw Reason.with("cannot write " + file, e);
    }
  }

  private void checked() {
    Optional<Sys.Ending> ending;
    try {
      ending = Sys.reap(pid);
      if (ending.isEmpty()) {
        return;
      }
    } catch (OsException e) {
      ending = Optional.empty(); // ECHILD: something else in this process has reaped it.
    }
    forget();
    if (ending.isPresent() && ending.get().signal() == 0 && ending.get().status() == 0) {
      due = true;
    } else {
      fail(ending.map(this::said).orElse("how its check ended is not known"));
    }
  }

  /** The last that it wrote, or else how it ended. */
  private String said(Sys.Ending ending) {
    String how =
        "it ended with "
            + (ending.signal() == 0 ? "status " + ending.status() : "signal " + ending.signal());
    try {
      String last = lastLine(directory.resolve(OUTPUT));
      return last.isEmpty() ? how : Printable.of(last) + " (" + how + ")";
    } catch (IOException e) {
      return how;
    }
  }

  /** The last line of a file, or the last of it that {@link #TAIL} bytes hold. */
  private static String lastLine(Path file) throws IOException {
    try (var channel = FileChannel.open(file)) {
      ByteBuffer tail = ByteBuffer.allocate(TAIL);
      channel.read(tail, Math.max(0, channel.size() - TAIL));
      String text = new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8);
      return text.lines().reduce("", (before, line) -> line);
    }
  }

  /** Gives up a check that takes too long. */
  void expire() {
    if (deadline <= clock.getAsLong()) {
      stop();
      fail("it was not done with checking within " + Time.text(TIMEOUT));
    }
  }

  /**
   * Becomes the program. Does not return unless that failed, which is then told.
   *
   * @param handover the state that the program is to go on from
   */
  void finish(Handover handover) {
    due = false;
    try {
      var runner = Handover.Runner.read(directory);
      handover.write(directory);
      Map<String, String> variables = new HashMap<>(runner.environment());
      variables.putAll(Launch.ownPart(environment));
      variables.put(Handover.VARIABLE, Handover.Purpose.TAKE.name());
      List<String> argv = runner.argv();
      Exec.exec(argv.get(0), argv, variables, handover.fds());
    } catch (IOException e) {
      fail(Reason.of(e));
    }
  }

  /** Ends what is under way. */
  void close() {
    if (pidfd != null) {
      stop();
    }
    cleanUp();
  }

  private void stop() {
    try {
      Sys.destroy(pid);
    } catch (OsException e) {
      // ECHILD: it has ended, and something else in this process has reaped it.
    }
    forget();
  }

  private void forget() {
    poll.forget(pidfd);
    pidfd.close();
    pidfd = null;
    deadline = Fleet.NEVER;
  }

  private void fail(String why) {
    cleanUp();
    failed.accept(why);
  }

  /** Removes what an upgrade leaves, in the program that it was to, too. */
  void cleanUp() {
    try {
      Files.deleteIfExists(directory.resolve(RuntimeDirectory.HANDOVER));
      Files.deleteIfExists(directory.resolve(OUTPUT));
    } catch (IOException e) {
      // The next one replaces them.
    }
  }
}
