import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * What a server is told on its command line: a port, and then any of these words.
 *
 * <ul>
 *   <li>{@code tls}: speak TLS, with the key store {@code -Dkeys=FILE}
 *   <li>{@code mutual}: ask clients for their certificate
 *   <li>{@code http2}: offer HTTP/2 too, where it is not offered anyway
 *   <li>{@code proxy}: connections begin with a header of the PROXY protocol
 *   <li>{@code stop}: the application's shutdown hook stops the server at once
 * </ul>
 *
 * <p>All answer the same: {@code /} says hello, a POST how long its body was; {@code /slow} is a
 * stream of ten pieces a second, for 3 s or {@code ?s=} seconds; {@code /wait?ms=} takes its time;
 * {@code /file?size=} is a file of so many bytes, {@code /events?s=} sends server-sent events, and
 * {@code /echo} is a WebSocket. Not all of them have all.
 */
final class Options {
  static final String PASSWORD = "changeit";

  final int port;
  private final Set<String> words;

  Options(String[] args) {
    port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    words = Set.of(args);
  }

  boolean has(String word) {
    return words.contains(word);
  }

  boolean tls() {
    return has("tls");
  }

  boolean mutual() {
    return has("mutual");
  }

  boolean http2() {
    return has("http2");
  }

  /** How an application stops its server. */
  interface Stop {
    void run() throws Exception;
  }

  /** Has the application stop its server when the JVM ends, if it was told to. */
  void atShutdown(Stop stop) {
    if (has("stop")) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> run(stop)));
    }
  }

  private static void run(Stop stop) {
    try {
      stop.run();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  /** The key store that serves as trust store, too. */
  String keyFile() {
    return System.getProperty("keys");
  }

  private KeyStore keys() throws IOException, GeneralSecurityException {
    try (InputStream in = new FileInputStream(keyFile())) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      return keys;
    }
  }

  KeyManagerFactory keyManagers() throws IOException, GeneralSecurityException {
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys(), PASSWORD.toCharArray());
    return managers;
  }

  /** The certificates that clients may have. */
  KeyStore trusted() throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", keys().getCertificate("server"));
    return trusted;
  }

  TrustManagerFactory trustManagers() throws IOException, GeneralSecurityException {
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted());
    return managers;
  }

  SSLContext context() throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers().getKeyManagers(), trustManagers().getTrustManagers(), null);
    return context;
  }

  /** A number in the query of a request, {@code s=20&ms=5}. */
  static long number(String query, String name, long otherwise) {
    for (String pair : query == null ? new String[0] : query.split("&")) {
      if (pair.startsWith(name + "=")) {
        return Long.parseLong(pair.substring(name.length() + 1));
      }
    }
    return otherwise;
  }

  /** How long it is, in nanoseconds, until a piece of a stream is due, ten a second. */
  static long untilDue(long begun, long piece) {
    return Math.max(0, begun + 100_000_000 * piece - System.nanoTime());
  }

  /** A file of so many bytes, which takes no room on the disk. */
  static Path file(long size) throws IOException {
    Path file = Path.of("file-" + size).toAbsolutePath();
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(size);
    }
    return file;
  }
}
