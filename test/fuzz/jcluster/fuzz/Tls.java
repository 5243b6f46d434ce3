package jcluster.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import sun.nio.ch.JclusterConnection;
import sun.nio.ch.JclusterMemory;

/** Makes TLS connections, and does to the agent's what its dispatcher would. */
final class Tls {
  private static final String PASSWORD = "changeit";

  final SSLContext server;
  final SSLContext client;

  /** Through which socket the drain speaks, and where that comes out. */
  private final SocketChannel socket;

  private final SocketChannel peer;
  private final Constructor<JclusterConnection> constructor =
      JclusterConnection.class.getDeclaredConstructor(FileDescriptor.class);
  private final Method descriptor;
  private final Method read = method("read", long.class, long.class);
  private final Method written = method("written", long.class, long.class);
  private final Method state = method("state");
  private final Method say = method("say");
  private final Method close = method("close");
  private final Method isOpaque = method("isOpaque");

  /** The agent's records of TLS connections. */
  private final Map<?, ?> kept;

  private final ByteBuffer memory = ByteBuffer.allocateDirect(1 << 17);

  Tls(Path folder)
      throws IOException,
          InterruptedException,
          GeneralSecurityException,
          ReflectiveOperationException {
    KeyStore keys = keys(folder);
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, PASSWORD.toCharArray());
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    server = SSLContext.getInstance("TLS");
    server.init(keyManagers.getKeyManagers(), null, null);
    client = SSLContext.getInstance("TLS");
    client.init(null, trust.getTrustManagers(), null);
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      peer = SocketChannel.open(listener.getLocalAddress());
      socket = listener.accept();
    }
    constructor.setAccessible(true);
    descriptor = socket.getClass().getDeclaredMethod("getFD");
    descriptor.setAccessible(true);
    Field all = Class.forName("sun.security.ssl.JclusterTls").getDeclaredField("ALL");
    all.setAccessible(true);
    kept = (Map<?, ?>) all.get(null);
  }

  private static KeyStore keys(Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path file = folder.resolve("keys.p12");
    String options =
        "-genkeypair -alias server -keyalg EC -dname CN=localhost -ext bc=ca:true -keystore ";
    Process keytool =
        new ProcessBuilder(
                (System.getProperty("java.home") + "/bin/keytool " + options + file).split(" "))
            .redirectErrorStream(true)
            .start();
    keytool.getOutputStream().write((PASSWORD + "\n" + PASSWORD + "\n").getBytes(UTF_8));
    keytool.getOutputStream().close();
    String output = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException(output);
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream bytes = Files.newInputStream(file)) {
      keys.load(bytes, PASSWORD.toCharArray());
    }
    KeyStore withTrust = KeyStore.getInstance("PKCS12");
    withTrust.load(null, null);
    withTrust.setCertificateEntry("trusted", keys.getCertificate("server"));
    withTrust.setKeyEntry(
        "server",
        keys.getKey("server", PASSWORD.toCharArray()),
        PASSWORD.toCharArray(),
        keys.getCertificateChain("server"));
    return withTrust;
  }

  private static Method method(String name, Class<?>... types) throws NoSuchMethodException {
    Method method = JclusterConnection.class.getDeclaredMethod(name, types);
    method.setAccessible(true);
    return method;
  }

  /** A connection whose TLS handshake is over. */
  TlsWire connect(Random random) throws IOException, ReflectiveOperationException {
    return new TlsWire(this, random, constructor.newInstance(descriptor.invoke(socket)));
  }

  // Calls that the agent's dispatcher makes

  void read(JclusterConnection connection, byte[] bytes) {
    memory.put(0, bytes);
    call(read, connection, JclusterMemory.address(memory), (long) bytes.length);
  }

  void written(JclusterConnection connection, long count) {
    if (!(boolean) call(isOpaque, connection)) {
      throw new AssertionError("it is taken for plain text");
    }
    call(written, connection, count, count);
  }

  int state(JclusterConnection connection) {
    return (int) call(state, connection);
  }

  /**
   * Has the drain speak.
   *
   * @param isEngine whether the server has an SSLEngine, and so knows nothing of what is said
   * @return what went past it
   */
  byte[] say(JclusterConnection connection, boolean isEngine) throws IOException {
    long before = connection.written();
    call(say, connection);
    long count = isEngine ? connection.written() - before : 0;
    ByteBuffer records = ByteBuffer.allocate((int) count);
    while (records.hasRemaining()) {
      peer.read(records);
    }
    return records.array();
  }

  /** Closes it; nothing may be left of it. */
  void close(JclusterConnection connection) {
    call(close, connection);
    if (!kept.isEmpty()) {
      throw new AssertionError(kept.size() + " entries are left of a closed connection");
    }
  }

  private static Object call(Method method, Object on, Object... arguments) {
    try {
      return method.invoke(on, arguments);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(method.getName() + ": " + e.getCause(), e);
    }
  }
}
