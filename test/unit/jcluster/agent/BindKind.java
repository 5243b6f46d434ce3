package jcluster.agent;

import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A way to bind an address and to serve on it. To whatever it is sent, each answers with a line of
 * its name and its process.
 */
enum BindKind {
  SOCKET(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var inet = (InetSocketAddress) address;
      boolean any = inet.getAddress().isAnyLocalAddress();
      int port = inet.getPort();
      return accept(any ? new ServerSocket(port) : new ServerSocket(port, 0, inet.getAddress()));
    }
  },
  SOCKET_WITH_BACKLOG(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var inet = (InetSocketAddress) address;
      return accept(new ServerSocket(inet.getPort(), 1, inet.getAddress()));
    }
  },
  SOCKET_BOUND_LATER(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = new ServerSocket();
      server.setReuseAddress(true);
      return bound(server, () -> server.bind(address), () -> accept(server));
    }
  },
  SOCKET_WITH_TIMEOUT(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = new ServerSocket();
      server.setSoTimeout(20);
      return bound(server, () -> server.bind(address, 7), () -> accept(server));
    }
  },
  CHANNEL(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open();
      return bound(
          server,
          () -> server.bind(address).configureBlocking(false).configureBlocking(true),
          () -> accept(server));
    }
  },
  CHANNEL_OF_IPV4(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open(StandardProtocolFamily.INET);
      return bound(server, () -> server.bind(address, 1), () -> accept(server));
    }
  },
  SELECTOR(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open();
      return bound(server, () -> server.bind(address), () -> select(server, Selector.open()));
    }
  },
  SELECTOR_BEFORE_BIND(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open();
      var selector = Selector.open();
      server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
      return bound(server, () -> server.bind(address), () -> select(server, selector));
    }
  },
  ADAPTOR(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open();
      return bound(server, () -> server.socket().bind(address, 3), () -> accept(server.socket()));
    }
  },
  ADAPTOR_WITH_TIMEOUT(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open();
      server.socket().setSoTimeout(20);
      return bound(server, () -> server.socket().bind(address, 3), () -> accept(server.socket()));
    }
  },
  ASYNCHRONOUS(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = AsynchronousServerSocketChannel.open();
      return bound(server, () -> server.bind(address), () -> accept(server));
    }
  },
  HTTP(Family.STREAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      HttpServer server = HttpServer.create((InetSocketAddress) address, 0);
      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, answer().length);
            exchange.getResponseBody().write(answer());
            exchange.close();
          });
      server.start();
      report(server.getAddress());
      return () -> server.stop(0);
    }
  },
  PACKETS(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      return receive(new DatagramSocket(address));
    }
  },
  PACKETS_WITH_TIMEOUT(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var socket = new DatagramSocket(null);
      socket.setSoTimeout(20);
      return bound(socket, () -> socket.bind(address), () -> receive(socket));
    }
  },
  MULTICAST(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      return receive(new MulticastSocket(address));
    }
  },
  DATAGRAMS(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      return receive(DatagramChannel.open(), address);
    }
  },
  DATAGRAMS_OF_IPV4(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      return receive(DatagramChannel.open(StandardProtocolFamily.INET), address);
    }
  },
  DATAGRAMS_OF_IPV6(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      return receive(DatagramChannel.open(StandardProtocolFamily.INET6), address);
    }
  },
  DATAGRAMS_OF_ADAPTOR(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var socket = DatagramChannel.open().socket();
      return bound(socket, () -> socket.bind(address), () -> receive(socket));
    }
  },
  DATAGRAM_SELECTOR(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var channel = DatagramChannel.open();
      return bound(channel, () -> channel.bind(address), () -> select(channel, Selector.open()));
    }
  },
  DATAGRAM_SELECTOR_BEFORE_BIND(Family.DATAGRAM) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var channel = DatagramChannel.open();
      var selector = Selector.open();
      channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
      return bound(channel, () -> channel.bind(address), () -> select(channel, selector));
    }
  },
  UNIX(Family.UNIX) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      return bound(server, () -> server.bind(address), () -> accept(server));
    }
  },
  UNIX_SELECTOR(Family.UNIX) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      return bound(server, () -> server.bind(address, 2), () -> select(server, Selector.open()));
    }
  },
  /** Asks for the port to be shared with others that ask so, too. */
  REUSED_PORT(Family.OTHER) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var server = ServerSocketChannel.open();
      server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      return bound(server, () -> server.bind(address), () -> accept(server));
    }
  },
  /** Never accepts. */
  DEAF(Family.OTHER) {
    @Override
    Closeable serve(SocketAddress address) throws IOException {
      var inet = (InetSocketAddress) address;
      var server = new ServerSocket(inet.getPort(), 1, inet.getAddress());
      report(server.getLocalSocketAddress());
      return server;
    }
  };

  /** The kinds of sockets. */
  enum Family {
    STREAM,
    DATAGRAM,
    UNIX,
    OTHER
  }

  final Family family;

  BindKind(Family family) {
    this.family = family;
  }

  static List<BindKind> of(Family family) {
    return Stream.of(values()).filter(k -> k.family == family).toList();
  }

  /** As it is called in {@link Binder}'s words and in answers. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Binds an address, says so, and serves until it is closed.
   *
   * @throws IOException if it cannot be bound
   */
  abstract Closeable serve(SocketAddress address) throws IOException;

  /** A step that can fail. */
  interface Task {
    void run() throws IOException;
  }

  /** Begins to serve, and returns what ends that. */
  interface Rest {
    Closeable run() throws IOException;
  }

  /** Binds a socket and then serves from it; a socket that cannot be bound is closed. */
  static Closeable bound(Closeable socket, Task bind, Rest rest) throws IOException {
    try {
      bind.run();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return rest.run();
  }

  byte[] answer() {
    return (word() + " " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  void report(SocketAddress local) {
    System.out.println(word() + " has " + text(local));
  }

  static String text(SocketAddress address) {
    if (address instanceof UnixDomainSocketAddress unix) {
      return unix.getPath().toString();
    }
    var inet = (InetSocketAddress) address;
    return inet.getAddress().getHostAddress() + " " + inet.getPort();
  }

  /**
   * Runs until it is closed; any other end is told.
   *
   * @return closes the socket, and waits for the thread that uses it
   */
  Closeable inBackground(Closeable socket, BooleanSupplier open, Task task) {
    Runnable told =
        () -> {
          try {
            task.run();
          } catch (IOException | RuntimeException e) {
            if (open.getAsBoolean()) {
              System.out.println(word() + " failed: " + e);
            }
          }
        };
    var thread = new Thread(told, word());
    thread.start();
    return () -> {
      socket.close();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    };
  }

  /** Serves a client, which may disconnect at any time. */
  void inConversation(Closeable connection, Task task) {
    inBackground(connection, () -> false, task);
  }

  Closeable accept(ServerSocket server) {
    report(server.getLocalSocketAddress());
    return inBackground(
        server,
        () -> !server.isClosed(),
        () -> {
          while (true) {
            try {
              Socket connection = server.accept();
              inConversation(connection, () -> converse(connection));
            } catch (SocketTimeoutException e) {
              // Once more.
            }
          }
        });
  }

  void converse(Socket connection) throws IOException {
    try (connection) {
      InputStream in = connection.getInputStream();
      for (byte[] bytes = new byte[1000]; in.read(bytes) >= 0; ) {
        connection.getOutputStream().write(answer());
      }
    }
  }

  Closeable accept(ServerSocketChannel server) throws IOException {
    report(server.getLocalAddress());
    return inBackground(
        server,
        server::isOpen,
        () -> {
          while (true) {
            SocketChannel connection = server.accept();
            inConversation(connection, () -> converse(connection));
          }
        });
  }

  void converse(SocketChannel connection) throws IOException {
    try (connection) {
      int count = connection.read(ByteBuffer.allocate(1000));
      while (count >= 0) {
        if (count == 0) {
          throw new IOException("it does not wait for a request");
        }
        connection.write(ByteBuffer.wrap(answer()));
        count = connection.read(ByteBuffer.allocate(1000));
      }
    }
  }

  Closeable accept(AsynchronousServerSocketChannel server) throws IOException {
    report(server.getLocalAddress());
    server.accept(
        null,
        new CompletionHandler<AsynchronousSocketChannel, Void>() {
          @Override
          public void completed(AsynchronousSocketChannel connection, Void nothing) {
            server.accept(null, this);
            converse(connection);
          }

          @Override
          public void failed(Throwable e, Void nothing) {
            if (server.isOpen()) {
              System.out.println(word() + " failed: " + e);
            }
          }
        });
    return server;
  }

  void converse(AsynchronousSocketChannel connection) {
    connection.read(
        ByteBuffer.allocate(1000),
        null,
        new CompletionHandler<Integer, Void>() {
          @Override
          public void completed(Integer count, Void nothing) {
            if (count < 0) {
              failed(null, null);
              return;
            }
            var next = this;
            connection.write(
                ByteBuffer.wrap(answer()),
                null,
                new CompletionHandler<Integer, Void>() {
                  @Override
                  public void completed(Integer written, Void nothing) {
                    connection.read(ByteBuffer.allocate(1000), null, next);
                  }

                  @Override
                  public void failed(Throwable e, Void nothing) {
                    next.failed(e, null);
                  }
                });
          }

          @Override
          public void failed(Throwable e, Void nothing) {
            try {
              connection.close();
            } catch (IOException closing) {
              throw new UncheckedIOException(closing);
            }
          }
        });
  }

  Closeable receive(DatagramSocket socket) {
    report(socket.getLocalSocketAddress());
    return inBackground(
        socket,
        () -> !socket.isClosed(),
        () -> {
          while (true) {
            var packet = new DatagramPacket(new byte[1000], 1000);
            try {
              socket.receive(packet);
              packet.setData(answer());
              socket.send(packet);
            } catch (SocketTimeoutException e) {
              // Once more.
            }
          }
        });
  }

  Closeable receive(DatagramChannel channel, SocketAddress address) throws IOException {
    return bound(channel, () -> channel.bind(address), () -> receive(channel));
  }

  Closeable receive(DatagramChannel channel) throws IOException {
    report(channel.getLocalAddress());
    return inBackground(
        channel,
        channel::isOpen,
        () -> {
          while (true) {
            SocketAddress client = channel.receive(ByteBuffer.allocate(1000));
            channel.send(ByteBuffer.wrap(answer()), client);
          }
        });
  }

  /** Serves by a thread that waits for connections and requests alike. */
  Closeable select(SelectableChannel server, Selector selector) throws IOException {
    report(((NetworkChannel) server).getLocalAddress());
    server.configureBlocking(false);
    if (server.keyFor(selector) == null) {
      boolean stream = server instanceof ServerSocketChannel;
      server.register(selector, stream ? SelectionKey.OP_ACCEPT : SelectionKey.OP_READ);
    }
    return inBackground(
        () -> {
          server.close();
          selector.close();
        },
        server::isOpen,
        () -> {
          while (true) {
            selector.select();
            for (Iterator<SelectionKey> i = selector.selectedKeys().iterator(); i.hasNext(); ) {
              turn(i.next());
              i.remove();
            }
          }
        });
  }

  void turn(SelectionKey key) throws IOException {
    if (key.channel() instanceof ServerSocketChannel server) {
      SocketChannel connection = server.accept();
      if (connection != null) {
        connection.configureBlocking(false).register(key.selector(), SelectionKey.OP_READ);
      }
    } else if (key.channel() instanceof DatagramChannel channel) {
      SocketAddress client = channel.receive(ByteBuffer.allocate(1000));
      if (client != null) {
        channel.send(ByteBuffer.wrap(answer()), client);
      }
    } else {
      var connection = (SocketChannel) key.channel();
      try {
        if (connection.read(ByteBuffer.allocate(1000)) >= 0) {
          connection.write(ByteBuffer.wrap(answer()));
          return;
        }
      } catch (IOException e) {
        // Reset by the client.
      }
      connection.close();
    }
  }

  /** Reads {@code PORT}, {@code IPV4:PORT}, {@code [IPV6]:PORT} or a path. */
  static SocketAddress address(String text) throws IOException {
    if (text.contains("/") || text.endsWith(".sock")) {
      return UnixDomainSocketAddress.of(text);
    }
    int colon = text.lastIndexOf(':');
    int port = Integer.parseInt(text.substring(colon + 1));
    return colon < 0
        ? new InetSocketAddress(port)
        : new InetSocketAddress(InetAddress.getByName(text.substring(0, colon)), port);
  }
}
