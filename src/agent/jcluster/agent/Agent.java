package jcluster.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandles;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipFile;

/**
 * Makes an unmodified application share the sockets that its supervisor holds: its binds of their
 * addresses are answered with them.
 *
 * <p>The classes of {@code jcluster.agent.inside} are moved into the JDK's package {@code
 * sun.nio.ch} and there take the place of {@code Net} and its like in the classes that make
 * sockets, by the names in those classes' constant pools. This package is what does that, and does
 * nothing once the application runs.
 *
 * <p>Before the application's main there must be no lambda, no string switch on a hot path and no
 * string concatenation by invokedynamic: each would load classes that the start has to wait for.
 */
public final class Agent {
  /** EX_CONFIG of sysexits.h: the supervisor does not try again. */
  private static final int MISCONFIGURED = 78;

  private static final String JDK = "sun/nio/ch/";

  /** The beginning of our classes' names there, which no class of a JDK has. */
  private static final String OURS = JDK + "Jcluster";

  private static final String BIND = "(Ljava/io/FileDescriptor;Ljava/net/InetAddress;I)V";
  private static final String BIND_FAMILY =
      "(Ljava/net/ProtocolFamily;Ljava/io/FileDescriptor;Ljava/net/InetAddress;I)V";
  private static final String LISTEN = "(Ljava/io/FileDescriptor;I)V";
  private static final String ACCEPT =
      "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;[Ljava/net/InetSocketAddress;)I";
  private static final String LOCAL = "(Ljava/io/FileDescriptor;)Ljava/net/InetSocketAddress;";
  private static final String[] BLOCKING = {"configureBlocking", "(Ljava/io/FileDescriptor;Z)V"};

  /** The calls that are led elsewhere: in which class, of which class's methods, to which class. */
  private static final Object[][] CALLS = {
    {
      "ServerSocketChannelImpl",
      "Net",
      new String[] {"bind", BIND_FAMILY, "listen", LISTEN, "accept", ACCEPT, "localAddress", LOCAL},
      "Streams",
      "IOUtil",
      BLOCKING,
      "Streams",
      "UnixDomainSockets",
      new String[] {
        "bind",
        "(Ljava/io/FileDescriptor;Ljava/nio/file/Path;)V",
        "accept",
        "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;[Ljava/lang/String;)I",
        "localAddress",
        "(Ljava/io/FileDescriptor;)Ljava/net/UnixDomainSocketAddress;"
      },
      "UnixStreams",
    },
    {
      "NioSocketImpl",
      "Net",
      new String[] {"bind", BIND, "listen", LISTEN, "accept", ACCEPT},
      "Streams",
      "IOUtil",
      BLOCKING,
      "Streams",
    },
    {
      "AsynchronousServerSocketChannelImpl",
      "Net",
      new String[] {"bind", BIND, "listen", LISTEN},
      "Streams",
    },
    {
      "UnixAsynchronousServerSocketChannelImpl", "Net", new String[] {"accept", ACCEPT}, "Streams",
    },
    {
      "InheritedChannel",
      "InheritedChannel",
      new String[] {"dup2", "(II)V"},
      "Streams",
      "java/nio/channels/spi/SelectorProvider",
      new String[] {"provider", "()Ljava/nio/channels/spi/SelectorProvider;"},
      "Streams",
    },
    // The last, for it is not needed where no datagrams come in.
    {
      "DatagramChannelImpl",
      "Net",
      new String[] {"bind", BIND_FAMILY, "localAddress", LOCAL},
      "Packets",
      "IOUtil",
      BLOCKING,
      "Packets",
      "DatagramChannelImpl",
      new String[] {
        "receive0", "(Ljava/io/FileDescriptor;JIJZ)I", "send0", "(Ljava/io/FileDescriptor;JIJI)I"
      },
      "Packets",
    },
  };

  private Agent() {}

  /**
   * Called by the JVM before the application's main. Ends the JVM with one sentence and exit status
   * 78 if the application could not be made to share the sockets.
   */
  public static void premain(String arguments, Instrumentation instrumentation) {
    try {
      // Not for a JVM that the worker starts, nor one that a start script asks for its version.
      if (System.getenv("JCLUSTER_AGENT") != null && pid().equals(System.getenv("LISTEN_PID"))) {
        new Transform(instrumentation).install();
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  private static String pid() throws IOException {
    return new File("/proc/self").getCanonicalFile().getName();
  }

  private static void fail(Throwable e) {
    Throwable cause =
        e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
    String what = cause instanceof IllegalStateException ? cause.getMessage() : cause.toString();
    System.err.println(
        "jcluster: the application cannot share its socket: "
            + what
            + " (Java "
            + System.getProperty("java.version")
            + "; Adopt=no in jcluster.conf(5) does without)");
    Runtime.getRuntime().halt(MISCONFIGURED);
  }

  /** One transformation of the JDK's classes. */
  private static final class Transform implements ClassFileTransformer {
    private final Instrumentation instrumentation;
    private final Map<String, Object[]> calls = new HashMap<>();
    private Throwable failure;

    Transform(Instrumentation instrumentation) {
      this.instrumentation = instrumentation;
    }

    void install()
        throws IOException,
            IllegalAccessException,
            ClassNotFoundException,
            UnmodifiableClassException {
      Class<?> net = Class.forName("sun.nio.ch.Net", false, null);
      instrumentation.redefineModule(
          Object.class.getModule(),
          Set.of(),
          Map.of(),
          Map.of("sun.nio.ch", Set.of(Agent.class.getModule())),
          Set.of(),
          Map.of());
      MethodHandles.Lookup inside = MethodHandles.privateLookupIn(net, MethodHandles.lookup());
      byte[] classes = classes();
      for (int at = 0, length; at < classes.length; at += length) {
        length = number(classes, at);
        at += Integer.BYTES;
        inside.defineClass(Arrays.copyOfRange(classes, at, at + length));
      }
      boolean datagrams = System.getenv("JCLUSTER_AGENT").contains("\nsocket udp ");
      Class<?>[] changed = new Class<?>[datagrams ? CALLS.length : CALLS.length - 1];
      for (int i = 0; i < changed.length; i++) {
        changed[i] = Class.forName("sun.nio.ch." + CALLS[i][0], false, null);
        calls.put(JDK + CALLS[i][0], CALLS[i]);
      }
      // Here only for these: a transformer that stays sees every class of the application go by.
      instrumentation.addTransformer(this, true);
      try {
        instrumentation.retransformClasses(changed);
      } finally {
        instrumentation.removeTransformer(this);
      }
      if (failure != null) {
        throw new IllegalStateException(failure.getMessage(), failure);
      }
      if (!calls.isEmpty()) {
        throw new IllegalStateException("the JVM did not let " + calls.keySet() + " be changed");
      }
      Class.forName("sun.nio.ch.JclusterStart", true, null);
    }

    /** The classes to define, each behind its length. */
    private static byte[] classes() throws IOException {
      String jar = Agent.class.getProtectionDomain().getCodeSource().getLocation().getPath();
      // Not by the class loader, which would load all that reads from a URL.
      try (var file = new ZipFile(URLDecoder.decode(jar, StandardCharsets.UTF_8));
          InputStream classes =
              file.getInputStream(file.getEntry("jcluster/agent/inside.classes"))) {
        return classes.readAllBytes();
      }
    }

    private static int number(byte[] bytes, int at) {
      return (bytes[at] & 0xff) << 24
          | (bytes[at + 1] & 0xff) << 16
          | (bytes[at + 2] & 0xff) << 8
          | bytes[at + 3] & 0xff;
    }

    @Override
    public byte[] transform(
        ClassLoader loader, String name, Class<?> changed, ProtectionDomain domain, byte[] bytes) {
      Object[] led = loader == null && changed != null ? calls.remove(name) : null;
      if (led == null) {
        return null;
      }
      try {
        ClassFile edited = new ClassFile(bytes);
        for (int i = 1; i < led.length; i += 3) {
          String from = (String) led[i];
          String owner = from.indexOf('/') < 0 ? JDK + from : from;
          String missing = edited.redirect(owner, (String[]) led[i + 1], OURS + led[i + 2]);
          if (missing != null) {
            throw new IllegalStateException(
                name + " of this JDK does not call " + from + "." + missing);
          }
        }
        return edited.bytes();
      } catch (RuntimeException e) {
        failure = e;
        return null;
      }
    }
  }
}
