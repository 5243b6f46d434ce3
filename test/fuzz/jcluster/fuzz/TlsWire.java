package jcluster.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import sun.nio.ch.JclusterConnection;
import sun.nio.ch.JclusterConversation;

/**
 * A conversation under TLS, with a client and a server of the JDK's. What the server has encrypted
 * reaches its client at once, but the agent hears later, and bit by bit, that it was written.
 */
final class TlsWire extends Wire {
  private static final int LARGEST = 1 << 15;

  /** It does not get on if it takes more rounds than this. */
  private static final int MOST_ROUNDS = 1000;

  private final Tls tls;
  private final Random random;
  private final JclusterConnection connection;
  private final SSLEngine client;
  private final Server server;

  /** Bytes that the client has encrypted and the server has not read yet. */
  private final ByteArrayOutputStream toServer = new ByteArrayOutputStream();

  /** Bytes at the client that are not a whole record yet. */
  private ByteBuffer toClient = ByteBuffer.allocate(0);

  /** How many bytes went to the client that the agent has not heard of. */
  private int unheard;

  /** An end of TLS, by an engine or by a socket. */
  private interface Server {
    /** The next bytes of the client's come. */
    void read(byte[] bytes) throws IOException;

    /** The application writes this; returns how much of it went. */
    int write(ByteBuffer... pieces) throws IOException;

    /** How many bytes the application has read. */
    long asked();

    boolean isShakingHands();

    /** Goes on with what is not the application's. */
    void goOn() throws IOException;

    void setLargestPacket(int size);

    SSLSession session();

    /** Whether it has something to send of which the application knows. */
    boolean wantsToSend();
  }

  TlsWire(Tls tls, Random random, JclusterConnection connection) throws IOException {
    super(connection.conversation);
    this.tls = tls;
    this.random = random;
    this.connection = connection;
    client = tls.client.createSSLEngine("localhost", 443);
    client.setUseClientMode(true);
    if (random.nextInt(3) == 0) {
      client.setEnabledProtocols(new String[] {"TLSv1.2"});
    }
    if (random.nextInt(6) == 0) {
      // The application does not give this to TLS.
      tls.read(connection, "PROXY UNKNOWN\r\n".getBytes(ISO_8859_1));
    }
    server = random.nextInt(3) == 0 ? new Socket() : new Engine();
    shakeHands();
    if (random.nextBoolean()) {
      server.setLargestPacket(60 + random.nextInt(200));
    }
    if (random.nextBoolean()) {
      client.setSSLParameters(largestPacket(client.getSSLParameters(), 60 + random.nextInt(200)));
    }
  }

  private static SSLParameters largestPacket(SSLParameters parameters, int size) {
    parameters.setMaximumPacketSize(size);
    return parameters;
  }

  private void shakeHands() throws IOException {
    client.beginHandshake();
    clientGoesOn();
    for (int i = 0; i < MOST_ROUNDS; i++) {
      settle();
      if (!isShakingHands(client) && !server.isShakingHands()) {
        hear(unheard);
        return;
      }
    }
    throw new AssertionError("hands are shaken for ever");
  }

  private static boolean isShakingHands(SSLEngine engine) {
    HandshakeStatus status = engine.getHandshakeStatus();
    return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
  }

  private static boolean wantsMore(SSLEngine engine) {
    HandshakeStatus status = engine.getHandshakeStatus();
    return status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP;
  }

  private static void runTasks(SSLEngine engine) {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  /** Both sides do the work of TLS itself, such as new keys. */
  private void settle() throws IOException {
    for (int i = 0; i < MOST_ROUNDS; i++) {
      serverReads();
      server.goOn();
      clientGoesOn();
      if (toServer.size() == 0 && !server.isShakingHands() && !isShakingHands(client)) {
        return;
      }
    }
    throw new AssertionError("it does not settle: " + client.getHandshakeStatus());
  }

  // The client

  /** The client continues its handshake and reads, as far as it can. */
  private void clientGoesOn() throws IOException {
    while (true) {
      switch (client.getHandshakeStatus()) {
        case NEED_TASK -> runTasks(client);
        case NEED_WRAP -> clientWraps(ByteBuffer.allocate(0));
        default -> {
          if (!clientUnwraps() && !wantsMore(client)) {
            return;
          }
        }
      }
    }
  }

  private void clientWraps(ByteBuffer text) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(LARGEST);
    client.wrap(text, record);
    toServer.write(record.array(), 0, record.position());
  }

  private boolean clientUnwraps() throws IOException {
    if (!toClient.hasRemaining()) {
      return false;
    }
    ByteBuffer text = ByteBuffer.allocate(LARGEST);
    SSLEngineResult result = client.unwrap(toClient, text);
    got(Arrays.copyOf(text.array(), text.position()));
    return result.bytesConsumed() > 0;
  }

  /** Delivers bytes to the client. */
  private void toClient(byte[] bytes) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(toClient.remaining() + bytes.length);
    toClient = all.put(toClient).put(bytes).flip();
    clientGoesOn();
  }

  /** The agent hears that this many of the server's bytes were written. */
  private void hear(int count) {
    for (int left = count; left > 0; ) {
      int n = 1 + random.nextInt(left);
      tls.written(connection, n);
      left -= n;
      unheard -= n;
    }
  }

  /** The server reads the bytes that have arrived, in pieces. */
  private void serverReads() throws IOException {
    byte[] all = toServer.toByteArray();
    toServer.reset();
    for (int from = 0; from < all.length; ) {
      int n = random.nextInt(3) == 0 ? all.length - from : 1 + random.nextInt(all.length - from);
      byte[] piece = Arrays.copyOfRange(all, from, from + n);
      tls.read(connection, piece);
      server.read(piece);
      from += n;
    }
  }

  // The conversation

  @Override
  public long ask(String text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
      long before = server.asked();
      for (int i = 0, left = bytes.remaining(); left > 0; i++) {
        if (i > MOST_ROUNDS) {
          throw new AssertionError("the client cannot write: " + client.getHandshakeStatus());
        }
        clientWraps(bytes);
        if (isShakingHands(client)) {
          settle();
        }
        if (bytes.remaining() < left) {
          left = bytes.remaining();
          i = 0;
        }
      }
      settle();
      hear(unheard);
      return server.asked() - before;
    } catch (IOException e) {
      throw new AssertionError(e.toString(), e);
    }
  }

  @Override
  public int write(String text, int... sizes) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    ByteBuffer[] pieces = new ByteBuffer[sizes.length];
    int from = 0;
    for (int i = 0; i < sizes.length; i++) {
      pieces[i] = buffer(bytes, from, sizes[i]);
      from += sizes[i];
    }
    try {
      putValue();
      int written = server.write(pieces);
      checkUnheard();
      hear(random.nextInt(unheard + 1));
      checkUnheard();
      hear(unheard);
      settle();
      hear(unheard);
      return written;
    } catch (IOException e) {
      throw new AssertionError(e.toString(), e);
    }
  }

  /** Some applications keep a value in a session, for which it gets a new ticket (TLS 1.3). */
  private void putValue() {
    if (random.nextInt(4) == 0) {
      server.session().putValue("of the application", random.nextInt());
    }
  }

  /** A random kind of buffer. */
  private ByteBuffer buffer(byte[] bytes, int from, int size) {
    int before = random.nextInt(9);
    ByteBuffer buffer =
        random.nextBoolean()
            ? ByteBuffer.allocate(before + size)
            : ByteBuffer.allocateDirect(before + size);
    buffer.position(before);
    if (random.nextBoolean()) {
      buffer = buffer.slice();
      before = 0;
    }
    buffer.put(bytes, from, size).position(before);
    return random.nextInt(4) == 0 ? buffer.asReadOnlyBuffer() : buffer;
  }

  /**
   * Encrypted bytes that are not written yet are in flight: the agent must not write before them.
   */
  private void checkUnheard() throws IOException {
    int state = tls.state(connection);
    int expected = unheard > 0 ? JclusterConversation.BUSY : conversation.state();
    if (state != expected) {
      throw new AssertionError("a connection is in state " + state + " and not " + expected);
    }
    if (unheard > 0 && tls.say(connection, server instanceof Engine).length > 0) {
      throw new AssertionError("a word of ours comes before what is not written");
    }
  }

  @Override
  public String say() {
    try {
      putValue();
      int before = gotLength();
      boolean wanted = server.wantsToSend();
      toClient(tls.say(connection, server instanceof Engine));
      if (server.wantsToSend() && !wanted) {
        throw new AssertionError("TLS has something to send that the application is not told of");
      }
      settle();
      hear(unheard);
      return got().substring(before);
    } catch (IOException e) {
      throw new AssertionError(e.toString(), e);
    }
  }

  @Override
  boolean takesFiles() {
    return false;
  }

  void close() {
    tls.close(connection);
  }

  /** A server with an SSLEngine. */
  private final class Engine implements Server {
    private final SSLEngine engine = tls.server.createSSLEngine();
    private ByteBuffer in = ByteBuffer.allocate(0);
    private long asked;

    Engine() {
      engine.setUseClientMode(false);
    }

    @Override
    public void read(byte[] bytes) throws IOException {
      in = ByteBuffer.allocate(in.remaining() + bytes.length).put(in).put(bytes).flip();
      for (int i = 0; in.hasRemaining(); i++) {
        if (i > MOST_ROUNDS) {
          throw new AssertionError("the server cannot read: " + engine.getHandshakeStatus());
        }
        ByteBuffer few = ByteBuffer.allocate(random.nextInt(20));
        ByteBuffer text = ByteBuffer.allocateDirect(LARGEST + 9);
        int before = random.nextInt(9);
        text.position(before);
        SSLEngineResult result = engine.unwrap(in, new ByteBuffer[] {few, text});
        asked += few.position() + text.position() - before;
        goOn();
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
          return;
        }
      }
    }

    @Override
    public int write(ByteBuffer... pieces) throws IOException {
      ByteBuffer record = ByteBuffer.allocate(LARGEST);
      int consumed = engine.wrap(pieces, record).bytesConsumed();
      send(record);
      return consumed;
    }

    private void send(ByteBuffer record) throws IOException {
      unheard += record.position();
      byte[] bytes = new byte[record.position()];
      record.get(0, bytes);
      toClient(bytes);
    }

    @Override
    public long asked() {
      return asked;
    }

    @Override
    public boolean isShakingHands() {
      return TlsWire.isShakingHands(engine);
    }

    @Override
    public void goOn() throws IOException {
      while (true) {
        switch (engine.getHandshakeStatus()) {
          case NEED_TASK -> runTasks(engine);
          case NEED_WRAP -> {
            ByteBuffer record = ByteBuffer.allocate(LARGEST);
            engine.wrap(ByteBuffer.allocate(0), record);
            send(record);
          }
          default -> {
            return;
          }
        }
      }
    }

    @Override
    public SSLSession session() {
      return engine.getSession();
    }

    @Override
    public boolean wantsToSend() {
      return engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    }

    @Override
    public void setLargestPacket(int size) {
      engine.setSSLParameters(largestPacket(engine.getSSLParameters(), size));
    }
  }

  /** A server with an SSLSocket, over a socket that is only simulated. */
  private final class Socket implements Server {
    private final SSLSocket socket;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private long asked;
    private boolean isGoing;

    Socket() throws IOException {
      socket = (SSLSocket) tls.server.getSocketFactory().createSocket(new Below(), null, true);
      socket.setUseClientMode(false);
    }

    @Override
    public void read(byte[] bytes) {
      waiting.write(bytes, 0, bytes.length);
    }

    @Override
    public int write(ByteBuffer... pieces) throws IOException {
      var all = new ByteArrayOutputStream();
      for (ByteBuffer piece : pieces) {
        byte[] bytes = new byte[piece.remaining()];
        piece.get(bytes);
        all.write(bytes, 0, bytes.length);
      }
      socket.getOutputStream().write(all.toByteArray());
      return all.size();
    }

    @Override
    public long asked() {
      return asked;
    }

    @Override
    public boolean isShakingHands() {
      return !isGoing;
    }

    @Override
    public void goOn() throws IOException {
      if (!isGoing) {
        isGoing = true;
        socket.startHandshake();
      }
      InputStream text = socket.getInputStream();
      try {
        while (waiting.size() > 0 || text.available() > 0) {
          byte[] bytes = new byte[10 + random.nextInt(2000)];
          int before = random.nextInt(9);
          asked += Math.max(text.read(bytes, before, bytes.length - before), 0);
        }
      } catch (SocketTimeoutException e) {
        // That was no text.
      }
    }

    @Override
    public SSLSession session() {
      return socket.getSession();
    }

    @Override
    public boolean wantsToSend() {
      return false; // What it has to send it sends itself.
    }

    @Override
    public void setLargestPacket(int size) {
      socket.setSSLParameters(largestPacket(socket.getSSLParameters(), size));
    }

    /** What is below it. */
    private final class Below extends java.net.Socket {
      @Override
      public boolean isConnected() {
        return true;
      }

      @Override
      public InputStream getInputStream() {
        return new InputStream() {
          @Override
          public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            if (waiting.size() == 0) {
              clientGoesOn();
              serverReads();
            }
            if (waiting.size() == 0) {
              throw new SocketTimeoutException("that was all");
            }
            byte[] all = waiting.toByteArray();
            int n = 1 + random.nextInt(Math.min(length, all.length));
            System.arraycopy(all, 0, bytes, offset, n);
            waiting.reset();
            waiting.write(all, n, all.length - n);
            return n;
          }
        };
      }

      @Override
      public OutputStream getOutputStream() {
        return new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            tls.written(connection, length);
            toClient(Arrays.copyOfRange(bytes, offset, offset + length));
          }
        };
      }
    }
  }
}
