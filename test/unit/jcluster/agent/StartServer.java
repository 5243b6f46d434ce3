package jcluster.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.TreeMap;

/** Answers with all that an application can easily see of where it runs. */
final class StartServer {
  private StartServer() {}

  /** The port to bind; {@code inherit} to take the socket that is there; {@code end}. */
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("end")) {
      return;
    }
    boolean inherits = arguments[0].equals("inherit");
    try (ServerSocketChannel server =
        inherits
            ? (ServerSocketChannel) System.inheritedChannel()
            : ServerSocketChannel.open()
                .bind(new InetSocketAddress(Integer.parseInt(arguments[0])))) {
      while (true) {
        try (SocketChannel client = server.accept()) {
          client.read(ByteBuffer.allocate(1000));
          client.write(
              ByteBuffer.wrap(("HTTP/1.1 200 OK\r\n\r\n" + description()).getBytes(UTF_8)));
        }
      }
    }
  }

  private static String description() {
    Map<String, String> found = new TreeMap<>();
    System.getProperties().forEach((name, value) -> found.put("property " + name, "" + value));
    System.getenv().forEach((name, value) -> found.put("variable " + name, value));
    Thread.getAllStackTraces().keySet().forEach(t -> found.put("thread " + t.getName(), ""));
    // Any agent has to have one that waits for the end of the supervisor.
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().equals("jcluster supervisor"))
        .forEach(thread -> found.merge("threads", "*", String::concat));
    var text = new StringBuilder();
    found.forEach(
        (name, value) ->
            text.append(name).append('=').append(value.replaceAll("\\R", "|")).append('\n'));
    return text.toString();
  }
}
