package jcluster.agent.inside;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jcluster.agent.jdk.DatagramDispatcher;
import jcluster.agent.jdk.IOUtil;
import jcluster.agent.jdk.Unsafe;

/**
 * Takes what the supervisor said in JCLUSTER_AGENT= (environ(7)), and is at work once it is
 * initialised: so nothing has to be called by reflection, which would load a lot.
 */
final class Start {
  private static final int FIRST = 3;
  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  static {
    try {
      start(System.getenv("JCLUSTER_AGENT"));
    } catch (IOException | ReflectiveOperationException e) {
      throw new IllegalStateException(e.toString(), e);
    }
  }

  private Start() {}

  private static void start(String settings) throws IOException, ReflectiveOperationException {
    boolean inetd = settings.contains("\nsocket ") && isIpv4(settings.split("\nsocket ", 2)[1]);
    if (inetd) {
      keepIpv6();
    }
    List<Inherited> sockets = new ArrayList<>();
    int[] ports = {};
    long stop = 0;
    long watchdog = 0;
    for (String line : settings.split("\n")) {
      String[] words = line.split(" ", 5);
      switch (words[0]) {
        case "seat" -> Adoption.seat = Integer.parseInt(words[1]);
        case "stop" -> stop = Long.parseLong(words[1]);
        case "socket" -> sockets.add(socket(FIRST + sockets.size(), words));
        case "name" -> sockets.get(Integer.parseInt(words[1])).name = line.split(" ", 3)[2];
        case "port" -> {
          ports = Arrays.copyOf(ports, ports.length + 2);
          ports[ports.length - 2] = Integer.parseInt(words[1]);
          ports[ports.length - 1] = Integer.parseInt(words[2]);
        }
        case "watchdog" -> watchdog = Long.parseLong(words[1]);
        case "directory" -> Adoption.directory = line.substring("directory ".length());
        default ->
            throw new IllegalStateException("the supervisor is of another version: '" + line + "'");
      }
    }
    Adoption.sockets = sockets.toArray(new Inherited[0]);
    if (inetd) {
      new DatagramDispatcher().dup(sockets.get(0).fd, IOUtil.newFD(0));
    }
    Adoption.ports = ports;

    StreamDispatcher streams = new StreamDispatcher();
    replaceDispatcher("SocketChannelImpl", streams);
    replaceDispatcher("ServerSocketChannelImpl", streams);
    replaceDispatcher("NioSocketImpl", streams);
    replaceDispatcher("UnixAsynchronousSocketChannelImpl", streams);
    replaceDispatcher("UnixAsynchronousServerSocketChannelImpl", streams);
    for (Inherited socket : sockets) {
      if (socket.kind.equals(Inherited.UDP)) {
        replaceDispatcher("DatagramChannelImpl", new PacketDispatcher());
        break;
      }
    }
    preferNio("io.netty.transport.noNative");
    preferNio("io.grpc.netty.shaded.io.netty.transport.noNative");

    Field hooks = Class.forName("java.lang.Shutdown").getDeclaredField("hooks");
    Drain.prepare(
        stop,
        (Runnable[])
            MEMORY.getReferenceVolatile(
                MEMORY.staticFieldBase(hooks), MEMORY.staticFieldOffset(hooks)));

    String pipe = Adoption.directory + "/agent";
    if (!new File(pipe).exists()) {
      throw new IllegalStateException("there is no " + pipe);
    }
    Reports.open(pipe, System.getenv("LISTEN_PID"));
    Reports.tell("AGENT", System.getProperty("java.version"));
    Reports.tell("WAITING", Adoption.waiting());
    if (watchdog > 0) {
      Watchdog.begin(watchdog);
    }
  }

  private static boolean isIpv4(String socket) {
    String[] words = socket.split("\n", 2)[0].split(" ", 4);
    return !words[0].equals(Inherited.UNIX) && words[3].indexOf(':') < 0;
  }

  /**
   * Lets the JDK's network library load without the first socket as descriptor 0, of which it would
   * tell that inetd has started it for IPv4 alone.
   */
  private static void keepIpv6() throws IOException, ReflectiveOperationException {
    FileDescriptor zero = new FileDescriptor();
    Field number = FileDescriptor.class.getDeclaredField("fd");
    MEMORY.putInt(zero, MEMORY.objectFieldOffset(number), 0);
    // Of 0 to 2, the JDK closes none but puts /dev/null there.
    new FileOutputStream(zero).close();
    MEMORY.ensureClassInitialized(InetAddress.class);
  }

  /** One of the sockets, which must be what the supervisor passed: a script may have closed it. */
  private static Inherited socket(int number, String[] words) throws IOException {
    Path link = Path.of("/proc/self/fd/" + number);
    String inode = "socket:[" + words[2] + "]";
    if (!Files.isSymbolicLink(link) || !Files.readSymbolicLink(link).toString().equals(inode)) {
      throw new IllegalStateException(
          "descriptor " + number + " is not the socket that it was started with");
    }
    String kind =
        words[1].equals(Inherited.TCP)
            ? Inherited.TCP
            : words[1].equals(Inherited.UDP) ? Inherited.UDP : Inherited.UNIX;
    return new Inherited(kind, Integer.parseInt(words[3]), words[4], IOUtil.newFD(number));
  }

  /** Before anything that uses it is compiled, since what is final counts as constant then. */
  private static void replaceDispatcher(String owner, Object dispatcher)
      throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.nio.ch.".concat(owner));
    MEMORY.ensureClassInitialized(type);
    Field field = type.getDeclaredField("nd");
    MEMORY.putReferenceVolatile(
        MEMORY.staticFieldBase(field), MEMORY.staticFieldOffset(field), dispatcher);
  }

  /** Netty's own transports go around the JDK; it asks this property whether it may use them. */
  private static void preferNio(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, "true");
    }
  }
}
