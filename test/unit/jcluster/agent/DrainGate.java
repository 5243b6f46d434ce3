package jcluster.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;

/** Where an application's handlers knock, and wait until the test tells them to go on. */
final class DrainGate implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 30_000;

  private final ServerSocket server;
  private final Map<String, Socket> waiting = new HashMap<>();

  DrainGate() throws IOException {
    server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    server.setSoTimeout(DEADLINE_MILLIS);
  }

  int port() {
    return server.getLocalPort();
  }

  /**
   * What an application does: says who it is and goes on when a byte can be read, or the end of
   * them.
   */
  static InputStream knock(int gate, String name) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), gate);
    socket.getOutputStream().write((name + "\n").getBytes(US_ASCII));
    return socket.getInputStream();
  }

  /** Waits until one is at the gate. */
  DrainGate await(String name) throws IOException {
    while (!waiting.containsKey(name)) {
      Socket socket = server.accept();
      socket.setSoTimeout(DEADLINE_MILLIS);
      var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      waiting.put(reader.readLine(), socket);
    }
    return this;
  }

  /** Lets one take a step. */
  void step(String name) throws IOException {
    waiting.get(name).getOutputStream().write('.');
  }

  /** Lets one go. */
  void open(String name) throws IOException {
    waiting.remove(name).close();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : waiting.values()) {
      socket.close();
    }
  }
}
