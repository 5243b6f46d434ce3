package jcluster.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandles;
import java.security.ProtectionDomain;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

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

  /** Where the classes for the JDK go, and what those stand for that they were compiled with. */
  private static final String[] MOVES = {
    "jcluster/agent/inside/", JDK,
    "jcluster/agent/jdk/Unsafe", "jdk/internal/misc/Unsafe",
    "jcluster/agent/jdk/", JDK,
  };

  /** In an order in which each finds its superclass. */
  private static final String[] INSIDE = {
    "Inherited",
    "Matching",
    "Reports",
    "Framing",
    "Connection",
    "Connections",
    "Balance",
    "StreamDispatcher",
    "PacketDispatcher",
    "Drain",
    "Drain$First",
    "Adoption",
    "Streams",
    "UnixStreams",
    "Packets",
    "Packets$Natives",
    "Start",
  };

  private static final String BIND = "(Ljava/io/FileDescriptor;Ljava/net/InetAddress;I)V";
  private static final String BIND_FAMILY =
      "(Ljava/net/ProtocolFamily;Ljava/io/FileDescriptor;Ljava/net/InetAddress;I)V";
  private static final String LISTEN = "(Ljava/io/FileDescriptor;I)V";
  private static final String ACCEPT =
      "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;[Ljava/net/InetSocketAddress;)I";
  private static final String LOCAL = "(Ljava/io/FileDescriptor;)Ljava/net/InetSocketAddress;";
  private static final String BLOCKING = "(Ljava/io/FileDescriptor;Z)V";

  /**
   * The calls that are led elsewhere: the class they are in, then for each the class they go to,
   * its method and type, and the class that is called instead.
   */
  private static final String[][] CALLS = {
    {
      "ServerSocketChannelImpl",
      "Net", "bind", BIND_FAMILY, "Streams",
      "Net", "listen", LISTEN, "Streams",
      "Net", "accept", ACCEPT, "Streams",
      "Net", "localAddress", LOCAL, "Streams",
      "IOUtil", "configureBlocking", BLOCKING, "Streams",
      "UnixDomainSockets", "bind", "(Ljava/io/FileDescriptor;Ljava/nio/file/Path;)V", "UnixStreams",
      "UnixDomainSockets", "accept",
          "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;[Ljava/lang/String;)I", "UnixStreams",
      "UnixDomainSockets", "localAddress",
          "(Ljava/io/FileDescriptor;)Ljava/net/UnixDomainSocketAddress;", "UnixStreams",
    },
    {
      "NioSocketImpl",
      "Net", "bind", BIND, "Streams",
      "Net", "listen", LISTEN, "Streams",
      "Net", "accept", ACCEPT, "Streams",
      "IOUtil", "configureBlocking", BLOCKING, "Streams",
    },
    {
      "AsynchronousServerSocketChannelImpl",
      "Net", "bind", BIND, "Streams",
      "Net", "listen", LISTEN, "Streams",
    },
    {
      "UnixAsynchronousServerSocketChannelImpl", //
      "Net", "accept", ACCEPT, "Streams",
    },
    {
      "DatagramChannelImpl",
      "Net", "bind", BIND_FAMILY, "Packets",
      "Net", "localAddress", LOCAL, "Packets",
      "IOUtil", "configureBlocking", BLOCKING, "Packets",
      "DatagramChannelImpl", "receive0", "(Ljava/io/FileDescriptor;JIJZ)I", "Packets",
      "DatagramChannelImpl", "send0", "(Ljava/io/FileDescriptor;JIJI)I", "Packets",
    },
    {
      "InheritedChannel",
      "InheritedChannel", "dup2", "(II)V", "Streams",
      "java/nio/channels/spi/SelectorProvider", "provider",
          "()Ljava/nio/channels/spi/SelectorProvider;", "Streams",
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
    Throwable cause = e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
    String what =
        cause instanceof IllegalStateException ? cause.getMessage() : cause.toString();
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
    private final Map<String, String[]> calls = new HashMap<>();
    private Throwable failure;

    Transform(Instrumentation instrumentation) {
      this.instrumentation = instrumentation;
    }

    void install()
        throws IOException, IllegalAccessException, ClassNotFoundException,
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
      for (String name : INSIDE) {
        inside.defineClass(moved(name));
      }
      Class<?>[] changed = new Class<?>[CALLS.length];
      for (int i = 0; i < CALLS.length; i++) {
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
      Class.forName("sun.nio.ch.Start", true, null);
    }

    private static byte[] moved(String name) throws IOException {
      String path = "/jcluster/agent/inside/" + name + ".class";
      try (InputStream file = Agent.class.getResourceAsStream(path)) {
        if (file == null) {
          throw new IllegalStateException("the agent's jar lacks " + path);
        }
        ClassFile edited = new ClassFile(file.readAllBytes());
        for (int i = 0; i < MOVES.length; i += 2) {
          edited.rename(MOVES[i], MOVES[i + 1]);
        }
        return edited.bytes();
      }
    }

    @Override
    public byte[] transform(
        ClassLoader loader,
        String name,
        Class<?> changed,
        ProtectionDomain domain,
        byte[] bytes) {
      String[] led = loader == null && changed != null ? calls.remove(name) : null;
      if (led == null) {
        return null;
      }
      try {
        ClassFile edited = new ClassFile(bytes);
        for (int i = 1; i < led.length; i += 4) {
          String from = led[i].indexOf('/') < 0 ? JDK + led[i] : led[i];
          if (!edited.redirect(from, led[i + 1], led[i + 2], JDK + led[i + 3])) {
            throw new IllegalStateException(
                name + " of this JDK does not call " + led[i] + "." + led[i + 1]);
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
