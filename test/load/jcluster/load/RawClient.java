package jcluster.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/**
 * One connection of a test that says itself what goes over it, and sees what comes byte for byte. A
 * read that waits for longer than 30 seconds fails.
 */
public final class RawClient implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;

  /** Connects to a port of this machine. */
  public RawClient(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Takes over a connection, such as one with TLS. */
  public RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(DEADLINE_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Asks for a path on a connection of its own, and returns the answer as it came. */
  public static String get(int port, String path) throws IOException {
    try (var client = new RawClient(port)) {
      return client.ask(path).answer();
    }
  }

  /** The body of such an answer, which must be a good one. */
  public static String page(int port, String path) throws IOException {
    String answer = get(port, path);
    if (!answer.startsWith("HTTP/1.1 200 ")) {
      throw new IOException("not a page: " + answer);
    }
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  /** Lets each read from now on wait for so long. */
  public RawClient patience(int millis) throws IOException {
    socket.setSoTimeout(millis);
    return this;
  }

  public RawClient ask(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }

  public RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return this;
  }

  /** A line with its end. */
  public String line() throws IOException {
    var line = new ByteArrayOutputStream();
    int b;
    do {
      b = in.read();
      if (b < 0) {
        throw new EOFException("the end after '" + line.toString(ISO_8859_1) + "'");
      }
      line.write(b);
    } while (b != '\n');
    return line.toString(ISO_8859_1);
  }

  /** Lines up to the empty one, as they came. */
  public String head() throws IOException {
    var head = new StringBuilder();
    String line;
    do {
      line = line();
      head.append(line);
    } while (line.length() > 2);
    return head.toString();
  }

  /** So many bytes. */
  public String bytes(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("the end after " + bytes.length + " of " + count + " bytes");
    }
    return new String(bytes, ISO_8859_1);
  }

  /** The content of the next chunk; nothing for the last one. */
  public String chunk() throws IOException {
    String chunk = bytes(Integer.parseInt(line().trim(), 16));
    line();
    return chunk;
  }

  /** One whole answer: its head as it came, its body without the framing; to the end if need be. */
  public String answer() throws IOException {
    String head = head();
    String fields = head.toLowerCase(java.util.Locale.ROOT);
    if (fields.contains("\r\ntransfer-encoding: chunked\r\n")) {
      var body = new StringBuilder();
      for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
        body.append(chunk);
      }
      return head + body;
    }
    int length = fields.indexOf("\r\ncontent-length: ");
    if (length < 0) {
      return head + rest();
    }
    int from = length + "\r\ncontent-length: ".length();
    return head + bytes(Integer.parseInt(fields.substring(from, fields.indexOf("\r\n", from))));
  }

  /** All that comes until the end; a reset is an exception. */
  public String rest() throws IOException {
    return new String(in.readAllBytes(), ISO_8859_1);
  }

  /** Whether nothing at all comes for so long, not even the end. */
  public boolean isQuietFor(int millis) throws IOException {
    socket.setSoTimeout(millis);
    in.mark(1);
    try {
      in.read();
      in.reset();
      return false;
    } catch (SocketTimeoutException e) {
      return true;
    } finally {
      socket.setSoTimeout(DEADLINE_MILLIS);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
