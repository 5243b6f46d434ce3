package jcluster.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandles;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
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

  /** Any kind of socket. */
  private static final String ANY = "";

  private static final String BIND = "(Ljava/io/FileDescriptor;Ljava/net/InetAddress;I)V";
  private static final String BIND_FAMILY =
      "(Ljava/net/ProtocolFamily;Ljava/io/FileDescriptor;Ljava/net/InetAddress;I)V";
  private static final String LISTEN = "(Ljava/io/FileDescriptor;I)V";
  private static final String ACCEPT =
      "(Ljava/io/FileDescriptor;Ljava/io/FileDescriptor;[Ljava/net/InetSocketAddress;)I";
  private static final String LOCAL = "(Ljava/io/FileDescriptor;)Ljava/net/InetSocketAddress;";
  private static final String[] BLOCKING = {"configureBlocking", "(Ljava/io/FileDescriptor;Z)V"};

  /**
   * The calls that are led elsewhere: in which class, if there is a socket of which kind, of which
   * class's methods, to which class.
   */
  private static final Object[][] CALLS = {
    {
      "ServerSocketChannelImpl",
      ANY,
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
      ANY,
      "Net",
      new String[] {"bind", BIND, "listen", LISTEN, "accept", ACCEPT},
      "Streams",
      "IOUtil",
      BLOCKING,
      "Streams",
    },
    {
      "AsynchronousServerSocketChannelImpl",
      ANY,
      "Net",
      new String[] {"bind", BIND, "listen", LISTEN},
      "Streams",
    },
    {
      "UnixAsynchronousServerSocketChannelImpl",
      ANY,
      "Net",
      new String[] {"accept", ACCEPT},
      "Streams",
    },
    {
      "InheritedChannel",
      ANY,
      "InheritedChannel",
      new String[] {"dup2", "(II)V"},
      "Streams",
      "java/nio/channels/spi/SelectorProvider",
      new String[] {"provider", "()Ljava/nio/channels/spi/SelectorProvider;"},
      "Streams",
    },
    {
      "DatagramChannelImpl",
      "udp",
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
    {
      "sun/nio/fs/UnixFileSystemProvider",
      "unix",
      "sun/nio/fs/UnixNativeDispatcher",
      new String[] {"unlink", "(Lsun/nio/fs/UnixPath;)V"},
      "sun/nio/fs/JclusterKeptFiles",
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
    private final List<ClassDefinition> definitions = new ArrayList<>();
    private Throwable failure;

    Transform(Instrumentation instrumentation) {
      this.instrumentation = instrumentation;
    }

    void install()
        throws IOException,
            IllegalAccessException,
            ClassNotFoundException,
            UnmodifiableClassException {
      Set<Module> agent = Set.of(Agent.class.getModule());
      instrumentation.redefineModule(
          Object.class.getModule(),
          Set.of(),
          Map.of(),
          Map.of("sun.nio.ch", agent, "sun.nio.fs", agent),
          Set.of(),
          Map.of());
      String settings = System.getenv("JCLUSTER_AGENT");
      define("inside", "sun.nio.ch.Net");
      if (settings.contains("\nsocket unix ")) {
        define("files", "sun.nio.fs.UnixPath");
      }
      List<Class<?>> changed = new ArrayList<>();
      for (Object[] led : CALLS) {
        if (settings.contains("\nsocket " + led[1])) {
          String name = full(JDK, (String) led[0]);
          changed.add(Class.forName(name.replace('/', '.'), false, null));
          calls.put(name, led);
        }
      }
      // Here only to see these: a transformer that stays sees every class of the application go by.
      instrumentation.addTransformer(this, true);
      try {
        instrumentation.retransformClasses(changed.toArray(new Class<?>[0]));
      } finally {
        instrumentation.removeTransformer(this);
      }
      if (failure != null) {
        throw new IllegalStateException(failure.getMessage(), failure);
      }
      if (!calls.isEmpty()) {
        throw new IllegalStateException("the JVM did not let " + calls.keySet() + " be changed");
      }
      // Redefined, and not just transformed: that would be undone when another agent has the JVM
      // transform them again, which begins with the last definition.
      instrumentation.redefineClasses(definitions.toArray(new ClassDefinition[0]));
      Class.forName("sun.nio.ch.JclusterStart", true, null);
    }

    /** Defines a bundle of classes, each behind its length, in the package of another. */
    private static void define(String bundle, String neighbour)
        throws IOException, IllegalAccessException, ClassNotFoundException {
      MethodHandles.Lookup there =
          MethodHandles.privateLookupIn(
              Class.forName(neighbour, false, null), MethodHandles.lookup());
      byte[] classes = read("jcluster/agent/" + bundle + ".classes");
      for (int at = 0, length; at < classes.length; at += length) {
        length = number(classes, at);
        at += Integer.BYTES;
        there.defineClass(Arrays.copyOfRange(classes, at, at + length));
      }
    }

    private static byte[] read(String entry) throws IOException {
      String jar = Agent.class.getProtectionDomain().getCodeSource().getLocation().getPath();
      // Not by the class loader, which would load all that reads from a URL.
      try (var file = new ZipFile(URLDecoder.decode(jar, StandardCharsets.UTF_8));
          InputStream bytes = file.getInputStream(file.getEntry(entry))) {
        return bytes.readAllBytes();
      }
    }

    /** A name that has no package is one of that folder and prefix. */
    private static String full(String prefix, String name) {
      return name.indexOf('/') < 0 ? prefix + name : name;
    }

    private static int number(byte[] bytes, int at) {
      return ((bytes[at] & 0xff) << 24)
          | ((bytes[at + 1] & 0xff) << 16)
          | ((bytes[at + 2] & 0xff) << 8)
          | (bytes[at + 3] & 0xff);
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
        for (int i = 2; i < led.length; i += 3) {
          String from = (String) led[i];
          String missing =
              edited.redirect(
                  full(JDK, from), (String[]) led[i + 1], full(OURS, (String) led[i + 2]));
          if (missing != null) {
            throw new IllegalStateException(
                name + " of this JDK does not call " + from + "." + missing);
          }
        }
        definitions.add(new ClassDefinition(changed, edited.bytes()));
        return null;
      } catch (RuntimeException e) {
        failure = e;
        return null;
      }
    }
  }
}
