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
import jcluster.os.Processes;
import jcluster.os.Sys;
import jcluster.text.Printable;
import jcluster.text.Reason;

/**
 * Replaces this program with the one that is installed now, in the same process. Before that, the
 * installed program runs beside this one to check whether it can take over; if it cannot, this one
 * goes on. For the loop's thread.
 */
final class Upgrade {
  /** How long the check may take, in nanoseconds. */
  static final long TIMEOUT = 30 * Time.SECOND;

  /** How much is read of the end of the check's output, in bytes. */
  private static final int TAIL = 4096;

  /** The file for the check's output, in the runtime directory. */
  private static final String OUTPUT = RuntimeDirectory.HANDOVER + ".log";

  private final Poll poll;
  private final LongSupplier clock;
  private final List<String> program;
  private final Map<String, String> environment;
  private final Path directory;
  private final Consumer<String> failed;
  private Optional<ChildProcess> check = Optional.empty();
  private long request;
  private long begunAt;
  private long deadline = Fleet.NEVER;
  private boolean due;

  /**
   * No upgrade is under way yet.
   *
   * @param program the command line of the installed program, beginning with its path; empty if not
   *     known
   * @param environment the supervisor's environment
   * @param failed told why an upgrade failed, at most once for each that was begun
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

  /** Whether an upgrade is under way. */
  boolean begun() {
    return check.isPresent() || due;
  }

  /** The request for the upgrade that was begun last. */
  long request() {
    return request;
  }

  /** When that request came, in nanoseconds. */
  long begunAt() {
    return begunAt;
  }

  /** The process id of the check, while it runs. */
  Optional<Integer> process() {
    return check.map(ChildProcess::pid);
  }

  /** Whether the check has passed and {@link #finish} is to be called. */
  boolean due() {
    return due;
  }

  /** When {@link #expire} is to be called, in nanoseconds; {@link Fleet#NEVER} for never. */
  long deadline() {
    return deadline;
  }

  /** Takes note of who asks for an upgrade, and when. */
  void asked(long by) {
    request = by;
    begunAt = clock.getAsLong();
  }

  /**
   * Begins an upgrade: runs the installed program to check whether it can go on from {@code
   * handover}.
   */
  void begin(Handover handover) {
    if (program.isEmpty()) {
      failed.accept("this process was not started by the jcluster launcher");
      return;
    }
    Path output = directory.resolve(OUTPUT);
    try {
      handover.write(directory);
      clear(output);
      Map<String, String> variables = Launch.inherited(environment);
      variables.put(Handover.VARIABLE, Handover.Purpose.CHECK.name());
      Launch launch = new Launch(program, variables, Optional.empty());
      try (Fd file = Sys.open(output.toString())) {
        ChildProcess child = ChildProcess.start(launch, List.of(file, file, file));
        check = Optional.of(child);
        poll.onReadable(child.pidfd(), this::checked);
      }
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
    Optional<Processes.Ending> ending;
    try {
      ending = Processes.reap(check.orElseThrow().pid());
      if (ending.isEmpty()) {
        return;
      }
    } catch (OsException e) {
      ending = Optional.empty(); // ECHILD: something else in this process has reaped it.
    }
    forget();
    if (ending.map(Processes.Ending::success).orElse(false)) {
      due = true;
    } else {
      fail(ending.map(this::said).orElse("how its check ended is not known"));
    }
  }

  /** The last line that the check wrote, if there is one, and how it ended. */
  private String said(Processes.Ending ending) {
    String how = "it ended with " + ending.text();
    try {
      String last = lastLine(directory.resolve(OUTPUT));
      return last.isEmpty() ? how : Printable.of(last) + " (" + how + ")";
    } catch (IOException e) {
      return how;
    }
  }

  /** The last line of a file, or the end of it if it is longer than {@link #TAIL} bytes. */
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
   * Executes the installed program in place of this one. Returns only if that failed, after telling
   * why.
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

  /** Ends the check, if it is under way, and cleans up. */
  void close() {
    if (check.isPresent()) {
      stop();
    }
    cleanUp();
  }

  private void stop() {
    ChildProcess.destroy(check.orElseThrow().pid());
    forget();
  }

  private void forget() {
    Fd pidfd = check.orElseThrow().pidfd();
    poll.forget(pidfd);
    pidfd.close();
    check = Optional.empty();
    deadline = Fleet.NEVER;
  }

  private void fail(String why) {
    cleanUp();
    failed.accept(why);
  }

  /** Removes the files of an upgrade; the program that has taken over calls this, too. */
  void cleanUp() {
    try {
      Files.deleteIfExists(directory.resolve(RuntimeDirectory.HANDOVER));
      Files.deleteIfExists(directory.resolve(OUTPUT));
    } catch (IOException e) {
      // The next upgrade replaces them.
    }
  }
}
