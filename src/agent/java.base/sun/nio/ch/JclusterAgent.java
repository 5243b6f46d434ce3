package sun.nio.ch;

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
import jdk.internal.misc.Unsafe;

/** Reads the supervisor's settings in JCLUSTER_AGENT= (environ(7)), and starts the agent. */
public final class JclusterAgent {
  private static final int FIRST = 3;
  private static final String SOCKET = "\nsocket ";
  private static final Unsafe MEMORY = Unsafe.getUnsafe();

  /** Whether connections are inspected (Inspect=). */
  static boolean inspect = true;

  /** Redirects the calls of the JDK's TLS to us; null with Inspect=no, and once it was tried. */
  private static Runnable tls;

  private JclusterAgent() {}

  /**
   * Called once, before the application's main.
   *
   * @param settings the value of JCLUSTER_AGENT=, see {@code AgentSettings} of the supervisor
   * @param leadTls redirects the calls of the JDK's TLS to {@code JclusterTls}; runs when the first
   *     TLS connection arrives, since it costs time and most workers have none
   * @throws IllegalStateException if this worker cannot share the sockets, with the reason
   */
  public static void start(String settings, Runnable leadTls)
      throws IOException, ReflectiveOperationException {
    int first = settings.indexOf(SOCKET);
    boolean inetd = first >= 0 && isIpv4(settings.substring(first + SOCKET.length()));
    if (inetd) {
      keepIpv6();
    }
    List<JclusterInherited> sockets = new ArrayList<>();
    int[] ports = {};
    long stop = 0;
    long hooks = 5000;
    long grace = 5000;
    long watchdog = 0;
    for (String line : settings.split("\n")) {
      String[] words = line.split(" ", 5);
      switch (words[0]) {
        case "seat" -> JclusterBalance.number = Integer.parseInt(words[1]);
        case "stop" -> stop = Long.parseLong(words[1]);
        case "hooks" -> hooks = Long.parseLong(words[1]);
        case "grace" -> grace = Long.parseLong(words[1]);
        case "slow" -> JclusterRamp.slowStart = 1_000_000 * Long.parseLong(words[1]);
        case "inspect" -> inspect = words[1].equals("yes");
        case "gate" -> JclusterBalance.opensItself = words[1].equals("self");
        case "socket" -> sockets.add(socket(FIRST + sockets.size(), words));
        case "name" -> sockets.get(Integer.parseInt(words[1])).name = line.split(" ", 3)[2];
        case "port" -> {
          ports = Arrays.copyOf(ports, ports.length + 2);
          ports[ports.length - 2] = Integer.parseInt(words[1]);
          ports[ports.length - 1] = Integer.parseInt(words[2]);
        }
        case "watchdog" -> watchdog = Long.parseLong(words[1]);
        case "directory" -> JclusterAdoption.directory = line.substring("directory ".length());
        default ->
            throw new IllegalStateException("the supervisor is of another version: '" + line + "'");
      }
    }
    JclusterAdoption.sockets = sockets.toArray(new JclusterInherited[0]);
    if (inetd) {
      new DatagramDispatcher().dup(sockets.get(0).fd, IOUtil.newFD(0));
    }
    JclusterAdoption.ports = ports;
    tls = inspect ? leadTls : null;

    JclusterSocketDispatcher streams = JclusterSocketDispatcher.INSTANCE;
    replace("sun.nio.ch.SocketChannelImpl", "nd", streams);
    replace("sun.nio.ch.ServerSocketChannelImpl", "nd", streams);
    replace("sun.nio.ch.NioSocketImpl", "nd", streams);
    replace("sun.nio.ch.UnixAsynchronousSocketChannelImpl", "nd", streams);
    replace("sun.nio.ch.UnixAsynchronousServerSocketChannelImpl", "nd", streams);
    for (JclusterInherited socket : sockets) {
      if (socket.kind.equals(JclusterInherited.UDP)) {
        replace("sun.nio.ch.DatagramChannelImpl", "nd", new JclusterDatagramDispatcher());
        break;
      }
    }
    preferNio("io.netty.transport.noNative");
    preferNio("io.grpc.netty.shaded.io.netty.transport.noNative");

    Field shutdown = Class.forName("java.lang.Shutdown").getDeclaredField("hooks");
    JclusterDrain.prepare(
        stop,
        Math.min(hooks, stop / 2),
        grace,
        (Runnable[])
            MEMORY.getReferenceVolatile(
                MEMORY.staticFieldBase(shutdown), MEMORY.staticFieldOffset(shutdown)));

    String pipe = JclusterAdoption.directory + "/agent";
    if (!new File(pipe).exists()) {
      throw new IllegalStateException("there is no " + pipe);
    }
    String alive = JclusterAdoption.directory + "/alive";
    if (new File(alive).exists()) { // An earlier version's supervisor has none.
      JclusterOrphan.begin(alive);
    }
    JclusterReports.open(pipe, System.getenv("LISTEN_PID"));
    JclusterReports.tell("AGENT", System.getProperty("java.version"));
    JclusterReports.tell("WAITING", JclusterAdoption.waiting());
    if (watchdog > 0) {
      JclusterWatchdog.begin(watchdog);
    }
  }

  /**
   * A TLS connection has arrived. On the first one, redirects the calls of the JDK's TLS, which
   * reports its plain text from then on.
   */
  static synchronized void tls() {
    if (tls != null) {
      Runnable lead = tls;
      tls = null;
      try {
        lead.run();
      } catch (RuntimeException | LinkageError e) {
        JclusterReports.tell(
            "WARNING", "its TLS connections cannot be looked into: ".concat(e.getMessage()));
      }
    }
  }

  private static boolean isIpv4(String socket) {
    String[] words = socket.substring(0, socket.indexOf('\n')).split(" ", 4);
    return !words[0].equals(JclusterInherited.UNIX) && words[3].indexOf(':') < 0;
  }

  /**
   * Loads the JDK's network library while descriptor 0 is not the first socket. From an IPv4 socket
   * there, the library would conclude that inetd has started the JVM for IPv4 only.
   */
  private static void keepIpv6() throws IOException, ReflectiveOperationException {
    FileDescriptor zero = new FileDescriptor();
    Field number = FileDescriptor.class.getDeclaredField("fd");
    MEMORY.putInt(zero, MEMORY.objectFieldOffset(number), 0);
    // The JDK does not close descriptors 0 to 2, but puts /dev/null there.
    new FileOutputStream(zero).close();
    MEMORY.ensureClassInitialized(InetAddress.class);
  }

  /**
   * One of the sockets. Checks that the descriptor is what the supervisor passed: a script may have
   * closed it.
   */
  private static JclusterInherited socket(int number, String[] words) throws IOException {
    Path link = Path.of("/proc/self/fd/" + number);
    String inode = "socket:[" + words[2] + "]";
    if (!Files.isSymbolicLink(link) || !Files.readSymbolicLink(link).toString().equals(inode)) {
      throw new IllegalStateException(
          "descriptor " + number + " is not the socket that it was started with");
    }
    String kind =
        words[1].equals(JclusterInherited.TCP)
            ? JclusterInherited.TCP
            : words[1].equals(JclusterInherited.UDP)
                ? JclusterInherited.UDP
                : JclusterInherited.UNIX;
    return new JclusterInherited(kind, Integer.parseInt(words[3]), words[4], IOUtil.newFD(number));
  }

  /**
   * Sets a static field, even a final one. This must happen before code that uses the field is
   * compiled, since compiled code treats a final field as a constant.
   */
  private static void replace(String owner, String name, Object value)
      throws ReflectiveOperationException {
    Class<?> type = Class.forName(owner);
    MEMORY.ensureClassInitialized(type);
    Field field;
    try {
      field = type.getDeclaredField(name);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(owner.concat(" of this JDK has no field ").concat(name), e);
    }
    MEMORY.putReferenceVolatile(
        MEMORY.staticFieldBase(field), MEMORY.staticFieldOffset(field), value);
  }

  /** Netty's native transports bypass the JDK. This property tells Netty not to use them. */
  private static void preferNio(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, "true");
    }
  }
}
