package jcluster.control;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Sockets;
import jcluster.text.Printable;
import jcluster.text.Reason;
import jdk.net.ExtendedSocketOptions;

/** The client's end of the control socket. */
public final class ControlClient {
  private ControlClient() {}

  /**
   * The result of a request.
   *
   * @param status the exit status
   * @param text the answer, for people; may be empty or of several lines
   */
  public record Reply(int status, String text) {}

  /**
   * The control socket of the cluster {@code name}, if there is one that only root or this user can
   * have put there. If this process runs in the unit of that cluster, the unit's directory comes
   * first.
   */
  public static Optional<Path> find(String name, Map<String, String> environment) {
    Optional<Path> given =
        RuntimeDirectory.given(environment)
            .flatMap(ControlClient::socketIn)
            .filter(socket -> serves(socket, name));
    return given.or(
        () ->
            RuntimeDirectory.candidates(name, environment).stream()
                .flatMap(folder -> socketIn(folder).stream())
                .findFirst());
  }

  private static Optional<Path> socketIn(Path folder) {
    return Optional.of(folder.resolve(RuntimeDirectory.CONTROL))
        .filter(socket -> RuntimeDirectory.isTrusted(folder) && isThere(socket));
  }

  /**
   * Whether the socket is there, and not a symbolic link: a link could lead to a place that
   * somebody else controls.
   */
  private static boolean isThere(Path socket) {
    try {
      return !Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isSymbolicLink();
    } catch (AccessDeniedException e) {
      return true; // This user may not search the directory: connecting will tell.
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether the socket's supervisor is that of the cluster: a unit may give its directory any name.
   */
  private static boolean serves(Path socket, String name) {
    if (String.valueOf(socket.getParent().getFileName()).equals(name)) {
      return true;
    }
    try {
      return ask(socket, "status", line -> {}).text().startsWith(name + ": ");
    } catch (IOException e) {
      return false;
    }
  }

  /** The names of the clusters whose control socket has a supervisor behind it. */
  public static List<String> running(Map<String, String> environment) {
    return RuntimeDirectory.candidates("x", environment).stream()
        .map(Path::getParent)
        .flatMap(ControlClient::folders)
        .filter(RuntimeDirectory::isTrusted)
        .filter(
            d ->
                Files.exists(
                    d.resolve(
                        RuntimeDirectory.NOTIFY))) // Other programs have control sockets, too.
        .filter(d -> isServed(d.resolve(RuntimeDirectory.CONTROL)))
        .map(d -> d.getFileName().toString())
        .sorted()
        .toList();
  }

  private static Stream<Path> folders(Path parent) {
    try (var folders = Files.list(parent)) {
      return folders.toList().stream();
    } catch (IOException e) {
      return Stream.empty();
    }
  }

  /** Whether someone listens on the socket at {@code path}. */
  public static boolean answers(Path path) {
    if (!Files.exists(path)) {
      return false;
    }
    try (var channel = connectNow(path)) {
      return channel.isOpen();
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      return true; // Someone does, but not for this user.
    }
  }

  /** Whether a user who may serve there listens on the socket at {@code path}. */
  private static boolean isServed(Path path) {
    if (!isThere(path)) {
      return false;
    }
    try (var channel = connectNow(path)) {
      return !channel.isConnected() || mayServe(peer(channel), path.getParent());
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      return true; // Someone does, but not for this user.
    }
  }

  /**
   * Connects, or begins to. Never waits, not even for a listener that accepts nothing and whose
   * queue is full.
   */
  private static SocketChannel connectNow(Path path) throws IOException {
    var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.configureBlocking(false);
      channel.connect(UnixDomainSocketAddress.of(path));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The user of the process that listens. */
  private static UserPrincipal peer(SocketChannel channel) throws IOException {
    return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
  }

  /**
   * Whether the peer is root, this user or the owner of the directory. A directory that is mounted
   * with another owner inside its service does not show that owner; any peer may serve there, since
   * nobody else can reach it.
   */
  static boolean mayServe(UserPrincipal peer, Path folder) throws IOException {
    return peer.equals(Files.getOwner(Path.of("/proc/self")))
        || peer.equals(Files.getOwner(folder))
        || RuntimeDirectory.isMapped(folder)
        || peer.equals(
            folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("0"));
  }

  /**
   * Sends a request and waits for its answer, however long that takes. The lines and the answer are
   * safe to print on a terminal.
   *
   * @param progress gets each progress line as it arrives
   * @throws ConnectException if nobody listens
   * @throws EOFException if the supervisor ended before it answered
   * @throws IOException if the answer is too long, somebody else serves the socket, or this user
   *     may not connect
   */
  public static Reply ask(Path socket, String request, Consumer<String> progress)
      throws IOException {
    try (var channel = connect(socket);
        var input = new BufferedInputStream(Channels.newInputStream(channel))) {
      UserPrincipal peer = peer(channel);
      if (!mayServe(peer, socket.getParent())) {
        throw new IOException(
            socket
                + " is served by "
                + uid(socket, peer)
                + ", which is neither root nor this user nor the owner of the folder");
      }
      try {
        channel.write(StandardCharsets.UTF_8.encode(request + "\n"));
      } catch (IOException e) {
        throw Reason.with("cannot write the request to " + socket, e);
      }
      return answer(socket, input, progress);
    }
  }

  private static SocketChannel connect(Path socket) throws IOException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (ConnectException e) {
      throw e;
    } catch (IOException e) {
      throw Reason.with("cannot connect to " + socket, e);
    }
  }

  private static Reply answer(Path socket, InputStream input, Consumer<String> progress)
      throws IOException {
    var text = new StringBuilder();
    long size = 0;
    while (true) {
      byte[] bytes = line(socket, input);
      String line = Printable.of(new String(bytes, StandardCharsets.UTF_8));
      if (Protocol.isProgress(line)) {
        progress.accept(Protocol.text(line));
        continue;
      }
      size += bytes.length;
      if (size > Protocol.MAX_ANSWER) {
        throw new IOException(socket + " gives an answer of more than 1 MiB");
      }
      text.append(Protocol.text(line));
      if (Protocol.isLast(line)) {
        return new Reply(Protocol.status(line), text.toString());
      }
      text.append('\n');
    }
  }

  private static byte[] line(Path socket, InputStream input) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int c = read(socket, input); c != '\n'; c = read(socket, input)) {
      if (c < 0) {
        throw new EOFException("the supervisor ended before it answered");
      }
      if (line.size() == Protocol.MAX_LINE) {
        throw new IOException(socket + " gives a line of more than 64 KiB");
      }
      line.write(c);
    }
    return line.toByteArray();
  }

  private static int read(Path socket, InputStream input) throws IOException {
    try {
      return input.read();
    } catch (IOException e) {
      throw Reason.with("cannot read the answer from " + socket, e);
    }
  }

  /** A user as a number, which cannot mislead as a name can; the JDK tells only the name. */
  private static String uid(Path socket, UserPrincipal user) {
    try (Fd connection = Sockets.connectUnixStream(socket.toString())) {
      return "uid " + Sockets.peerUid(connection);
    } catch (OsException e) {
      return "user " + user.getName();
    }
  }
}
