package jcluster.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jcluster.config.Config;
import jcluster.control.ControlServer;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action;
import jcluster.model.Fleet;
import jcluster.os.Sys;
import jcluster.systemd.Endpoint;
import jcluster.systemd.ListenFds;
import jcluster.text.Reason;

/**
 * All that a supervisor knows, in a file in the runtime directory, for the program that takes its
 * place: at an upgrade, in the same process; once the supervisor is gone, usually in another one.
 *
 * <p>Other versions read and write it, too (see {@link RecordText}). So a component that is added
 * here, or to a type used here, must be one that may be empty, and no component may change its
 * meaning.
 *
 * @param version the version of the program that hands over
 * @param request the request for the upgrade, to be answered
 * @param begunAt when that request came, in nanoseconds
 * @param fleet the fleet
 * @param configs the configurations of its generations, by their numbers
 * @param sockets the sockets to serve from
 * @param workers the workers' processes
 * @param control the control socket
 * @param sends the signals that were about to be sent to workers, and perhaps were
 */
public record Handover(
    String version,
    long request,
    long begunAt,
    Fleet fleet,
    Map<Integer, Config> configs,
    List<Socket> sockets,
    Workers.State workers,
    ControlServer.State control,
    List<Action.Send> sends) {
  /**
   * The environment variable that tells a program what to do with a handover: a {@link Purpose}.
   */
  static final String VARIABLE = "JCLUSTER_HANDOVER";

  /**
   * The longest file that is read, in bytes. No cluster needs as much, and it fits into the heap.
   */
  private static final int LONGEST = 1 << 23;

  /** What a program is to do with a handover. */
  public enum Purpose {
    /** Nothing: there is none. */
    NONE,
    /** Check whether it could go on from it. */
    CHECK,
    /** Go on from it. */
    TAKE;

    /**
     * What the environment asks for.
     *
     * @throws IllegalArgumentException if the value is unknown
     */
    public static Purpose of(Map<String, String> environment) {
      String text = environment.getOrDefault(VARIABLE, NONE.name());
      for (Purpose purpose : values()) {
        if (purpose.name().equals(text)) {
          return purpose;
        }
      }
      throw new IllegalArgumentException(
          VARIABLE + "='" + text + "' is not one of " + List.of(values()) + ": leave it unset");
    }
  }

  /** A socket to serve from, with the number of its descriptor. */
  public record Socket(Endpoint endpoint, int fd) {}

  /** The numbers of the descriptors that must stay open. */
  List<Integer> fds() {
    List<Integer> fds = new ArrayList<>();
    sockets.forEach(s -> fds.add(s.fd()));
    fds.addAll(workers.fds());
    fds.addAll(control.fds());
    return fds;
  }

  /** Writes it for the next program in the same process. */
  void write(Path directory) throws IOException {
    write(RecordText.write(this), directory.resolve(RuntimeDirectory.HANDOVER));
  }

  /**
   * Writes it for the supervisor that comes after this one, and replaces the previous state
   * atomically: whenever this process ends, either the old or the new state is there in full.
   *
   * @param writer the writer of the previous state
   */
  void writeState(Path directory, RecordText.Writer writer) throws IOException {
    Path file = directory.resolve(RuntimeDirectory.STATE);
    Path next = directory.resolve(RuntimeDirectory.STATE + ".new");
    write(writer.text(this), next);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Writes a file that only this user can read: it may hold parts of the workers' environment. */
  private static void write(String value, Path file) throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    RuntimeDirectory.remove(file);
    try (var channel = Files.newByteChannel(file, options, mode)) {
      ByteBuffer text = StandardCharsets.UTF_8.encode(value);
      while (text.hasRemaining()) { // A full file system shortens a write; the next one fails.
        channel.write(text);
      }
    } catch (IOException e) {
      throw Reason.with("cannot write " + file, e);
    }
  }

  /**
   * Reads what {@link #write(Path)} has written.
   *
   * @throws IOException if it is missing, or this version cannot go on from it
   */
  public static Handover read(Path directory) throws IOException {
    return consistent(read(directory.resolve(RuntimeDirectory.HANDOVER), Handover.class));
  }

  /** Reads what {@link #writeState} has written. */
  static Handover readState(Path directory) throws IOException {
    return consistent(read(directory.resolve(RuntimeDirectory.STATE), Handover.class));
  }

  /** Rejects a state on which a supervisor would fail each time it is started. */
  private static Handover consistent(Handover read) throws IOException {
    if (!read.configs.keySet().containsAll(read.fleet.generations())) {
      throw new IOException("what is known of a supervisor before this one lacks a configuration");
    } else if (read.sockets.isEmpty()) {
      throw new IOException("what is known of a supervisor before this one lacks its sockets");
    }
    return read;
  }

  private static <T extends Record> T read(Path file, Class<T> type) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(file + " is not a regular file");
    }
    try {
      if (Files.size(file) > LONGEST) {
        throw new IOException("it has more than " + LONGEST + " bytes");
      }
      return RecordText.read(Files.readString(file), type);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is of a version that is too different: " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new IOException(file + " is nested too deeply", e);
    } catch (IOException e) {
      throw Reason.with("cannot read " + file, e);
    }
  }

  /**
   * How to run a program that has passed its check, without having the launcher work that out
   * again.
   *
   * @param argv its command line, the program first
   * @param environment its environment
   */
  record Runner(List<String> argv, Map<String, String> environment) {
    static Runner read(Path directory) throws IOException {
      return Handover.read(directory.resolve(RuntimeDirectory.HANDOVER), Runner.class);
    }
  }

  /**
   * Answers the check: this program can take over, and is to be run with its present command line
   * and environment.
   */
  public static void accept(Path directory, Map<String, String> environment) throws IOException {
    String words;
    try {
      words = Files.readString(Path.of("/proc/self/cmdline"));
    } catch (IOException e) {
      throw Reason.with("cannot read the command line of this process", e);
    }
    Path file = directory.resolve(RuntimeDirectory.HANDOVER);
    write(RecordText.write(new Runner(words(words), environment)), file);
  }

  /** The words of a command line as the kernel shows it: each ends with a NUL (proc(5)). */
  static List<String> words(String cmdline) {
    List<String> words = List.of(cmdline.split("\0", -1));
    return words.subList(0, words.size() - 1);
  }

  /** Takes over the sockets, which have stayed open in this process. */
  public List<ListenFds.Socket> take() throws IOException {
    List<ListenFds.Socket> taken = new ArrayList<>();
    for (Socket socket : sockets) {
      taken.add(new ListenFds.Socket(socket.endpoint(), Sys.adopt(socket.fd())));
    }
    return taken;
  }
}
