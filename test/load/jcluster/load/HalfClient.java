package jcluster.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** Sends half a request line, and holds the connection open until the server closes it. */
final class HalfClient extends Client {
  private static final int LOOK_MILLIS = 100;

  private Socket socket;

  HalfClient(Load load) {
    super(load, Kind.HALF);
  }

  @Override
  boolean turn() throws IOException {
    if (!load.begin()) {
      disconnect();
      return false;
    }
    try {
      if (socket == null) {
        connect();
      }
      if (socket.getInputStream().read() < 0) {
        disconnect();
      }
    } catch (SocketTimeoutException e) {
      // It is still open.
    } catch (IOException e) {
      disconnect();
    }
    return true;
  }

  private void connect() throws IOException {
    socket = new Socket();
    var address = (InetSocketAddress) load.plan.address;
    socket.connect(address);
    socket.setSoTimeout(LOOK_MILLIS);
    socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
    going();
  }

  private void disconnect() throws IOException {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }
}
