package jcluster.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLSocket;

/** A socket, or TLS over a socket. */
interface Wire extends AutoCloseable {
  /** The receive buffer of a client that reads slowly. */
  int SLOW_RECEIVE_BUFFER = 4096;

  /** Connects, and sends the plan's preamble. */
  void connect(Plan plan) throws IOException;

  /** Reads what there is, at least a byte; returns a negative number at the end. */
  int read(ByteBuffer into) throws IOException;

  /** Writes all of it. */
  void write(ByteBuffer from) throws IOException;

  /** Ends it as the protocol has it. */
  @Override
  void close() throws IOException;

  /** Closes the socket, which ends a call that another thread waits in. */
  void abort() throws IOException;

  /** One of the kind that the plan asks for, not yet connected. */
  static Wire of(Plan plan, boolean slow) throws IOException {
    return plan.tls == null ? new Plain(plan.address, slow) : new Tls(slow);
  }

  /** Without TLS. */
  final class Plain implements Wire {
    private final SocketChannel channel;

    Plain(SocketAddress address, boolean slow) throws IOException {
      boolean tcp = address instanceof InetSocketAddress;
      channel = tcp ? SocketChannel.open() : SocketChannel.open(StandardProtocolFamily.UNIX);
      if (tcp) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      if (slow) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SLOW_RECEIVE_BUFFER);
      }
    }

    @Override
    public void connect(Plan plan) throws IOException {
      channel.connect(plan.address);
      write(ByteBuffer.wrap(plan.preamble));
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      return channel.read(into);
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
      while (from.hasRemaining()) {
        channel.write(from);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }

    @Override
    public void abort() throws IOException {
      channel.close();
    }
  }

  /** With TLS; the handshake comes with the first write. */
  final class Tls implements Wire {
    private final Socket socket = new Socket();
    private final byte[] piece = new byte[16_384];
    private SSLSocket tls;

    Tls(boolean slow) throws IOException {
      socket.setTcpNoDelay(true);
      if (slow) {
        socket.setReceiveBufferSize(SLOW_RECEIVE_BUFFER);
      }
    }

    @Override
    public void connect(Plan plan) throws IOException {
      socket.connect(plan.address);
      socket.getOutputStream().write(plan.preamble);
      int port = socket.getPort();
      // The name and the port are what the client remembers sessions by.
      tls = (SSLSocket) plan.tls.getSocketFactory().createSocket(socket, "localhost", port, true);
      if (!plan.tlsVersion.isEmpty()) {
        tls.setEnabledProtocols(new String[] {plan.tlsVersion});
      }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      InputStream in = tls.getInputStream();
      int length = in.read(piece, 0, Math.min(piece.length, into.remaining()));
      if (length > 0) {
        into.put(piece, 0, length);
      }
      return length;
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
      OutputStream out = tls.getOutputStream();
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      out.write(bytes);
    }

    @Override
    public void close() throws IOException {
      try (socket) {
        if (tls != null) {
          tls.close();
        }
      }
    }

    @Override
    public void abort() throws IOException {
      socket.close();
    }
  }
}
