package jcluster.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The commands' end of the control socket. */
public final class ControlClient {
  private ControlClient() {}

  /**
   * What came of a request.
   *
   * @param status the exit status
   * @param text the answer, for people; may be empty or of several lines
   */
  public record Reply(int status, String text) {}

  /** The control socket of the cluster {@code name}, if there is one. */
  public static Optional<Path> find(String name, Map<String, String> environment) {
    return RuntimeDirectory.candidates(name, environment).stream()
        .map(d -> d.resolve(RuntimeDirectory.CONTROL))
        .filter(p -> Files.exists(p) || hidden(p.getParent()))
        .findFirst();
  }

  /** Whether a folder is there that this user may not look into: a try to connect will tell. */
  private static boolean hidden(Path folder) {
    return Files.isDirectory(folder) && !Files.isExecutable(folder);
  }

  /** The names of the clusters that have a control socket and a supervisor behind it. */
  public static List<String> running(Map<String, String> environment) {
    return RuntimeDirectory.candidates("x", environment).stream()
        .map(Path::getParent)
        .flatMap(ControlClient::folders)
        .filter(
            d ->
                Files.exists(
                    d.resolve(
                        RuntimeDirectory.NOTIFY))) // Other programs have control sockets, too.
        .filter(d -> answers(d.resolve(RuntimeDirectory.CONTROL)))
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
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return channel.isConnected();
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      return true; // Someone does, but not for this user.
    }
  }

  /**
   * Makes a request and waits for its end, however long that takes.
   *
   * @param progress shown each line as it comes
   * @throws ConnectException if nobody listens
   * @throws IOException if the supervisor went away before it answered, or this user may not
   *     connect
   */
  public static Reply ask(Path socket, String request, Consumer<String> progress)
      throws IOException {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        var lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
      channel.write(StandardCharsets.UTF_8.encode(request + "\n"));
      var text = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (Protocol.isProgress(line)) {
          progress.accept(Protocol.text(line));
          continue;
        }
        text.append(Protocol.text(line));
        if (Protocol.isLast(line)) {
          return new Reply(Protocol.status(line), text.toString());
        }
        text.append('\n');
      }
      throw new IOException("the supervisor ended before it answered");
    }
  }
}
