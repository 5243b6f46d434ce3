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
 * All that a supervisor knows, for the program that takes its place, in the same process at an
 * upgrade or in another one when it is gone; it goes through a file in the runtime directory. Other
 * versions read and write it, too, see {@link RecordText}: a component that is added here, or in
 * what is used here, must be one that may be empty, and none may change its meaning.
 *
 * @param version the version of who hands over
 * @param request whose request it is, to be answered
 * @param begunAt when that came, in nanoseconds
 * @param fleet the fleet
 * @param configs the configurations of its generations
 * @param sockets the sockets to serve from
 * @param workers the workers' processes
 * @param control the control socket
 * @param sends what was about to be sent to workers, and perhaps was
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
  /** The variable that tells a program that there is one, and what to do: a {@link Purpose}. */
  static final String VARIABLE = "JCLUSTER_HANDOVER";

  /** The longest text that is read, in bytes: no cluster has so much, and it fits into the heap. */
  private static final int LONGEST = 1 << 23;

  /** What a program is to do with it. */
  public enum Purpose {
    /** Nothing: there is none. */
    NONE,
    /** To see whether it could go on with it. */
    CHECK,
    /** To go on with it. */
    TAKE;

    /**
     * What the environment asks for.
     *
     * @throws IllegalArgumentException if it is nothing known
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

  /** The descriptors that stay open. */
  List<Integer> fds() {
    List<Integer> fds = new ArrayList<>();
    sockets.forEach(s -> fds.add(s.fd()));
    fds.addAll(workers.fds());
    fds.addAll(control.fds());
    return fds;
  }

  /** Writes it for a program in the same process. */
  void write(Path directory) throws IOException {
    write(RecordText.write(this), directory.resolve(RuntimeDirectory.HANDOVER));
  }

  /**
   * Writes it for another process, in the place of what was written before; whenever this process
   * ends meanwhile, one of the two is there whole.
   *
   * @param writer the one that wrote it before
   */
  void writeState(Path directory, RecordText.Writer writer) throws IOException {
    Path file = directory.resolve(RuntimeDirectory.STATE);
    Path next = directory.resolve(RuntimeDirectory.STATE + ".new");
    write(writer.text(this), next);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** For this user alone: it may hold what the workers' environment does. */
  private static void write(String value, Path file) throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    RuntimeDirectory.remove(file);
    try (var channel = Files.newByteChannel(file, options, mode)) {
      ByteBuffer text = StandardCharsets.UTF_8.encode(value);
      while (text.hasRemaining()) { // What is left of it when there is no more room is refused.
        channel.write(text);
      }
    } catch (IOException e) {
      throw Reason.with("cannot write " + file, e);
    }
  }

  /**
   * Reads what was written.
   *
   * @throws IOException if it is not there, or nothing that this version can go on with
   */
  public static Handover read(Path directory) throws IOException {
    return consistent(read(directory.resolve(RuntimeDirectory.HANDOVER), Handover.class));
  }

  /** Reads what another process has written, see {@link #writeState}. */
  static Handover readState(Path directory) throws IOException {
    return consistent(read(directory.resolve(RuntimeDirectory.STATE), Handover.class));
  }

  /** Not one on which a supervisor would fail again and again, each time that it is started. */
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
   * How a program that has found itself able is to be run, which the launcher would have to find
   * out again.
   *
   * @param argv its command line, the program first
   * @param environment its environment
   */
  record Runner(List<String> argv, Map<String, String> environment) {
    static Runner read(Path directory) throws IOException {
      return Handover.read(directory.resolve(RuntimeDirectory.HANDOVER), Runner.class);
    }
  }

  /** Answers the check: this program is able, and is to be run as it is run now. */
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

  /** Takes over the sockets, in the process that they were left to. */
  public List<ListenFds.Socket> take() throws IOException {
    List<ListenFds.Socket> taken = new ArrayList<>();
    for (Socket socket : sockets) {
      taken.add(new ListenFds.Socket(socket.endpoint(), Sys.adopt(socket.fd())));
    }
    return taken;
  }
}
