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
import sun.nio.ch.JclusterAgent;
import sun.nio.ch.JclusterMembers;

/**
 * Makes an unmodified application share the sockets that its supervisor holds: it puts the classes
 * of {@code src/agent/java.base} into the JDK's own packages and leads the calls of {@link
 * Redirect#TABLE} to them. From then on only those classes work.
 *
 * <p>Before the application's main there must be no lambda, no string switch on a hot path and no
 * string concatenation by invokedynamic: each would load classes that the start has to wait for.
 */
public final class Agent {
  /** EX_CONFIG of sysexits.h: the supervisor does not try again. */
  private static final int MISCONFIGURED = 78;

  private static final int RELEASE = Runtime.version().feature();

  private Agent() {}

  /**
   * Called by the JVM before the application's main. Ends the JVM with one sentence and exit status
   * 78 if the application could not be made to share the sockets.
   */
  public static void premain(String arguments, Instrumentation instrumentation) {
    try {
      // Not for a JVM that the worker starts, nor one that a start script asks for its version.
      if (System.getenv("JCLUSTER_AGENT") != null && pid().equals(System.getenv("LISTEN_PID"))) {
        install(instrumentation);
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

  private static void install(Instrumentation instrumentation) throws Exception {
    Set<Module> agent = Set.of(Agent.class.getModule());
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of(
            "sun.nio.ch", agent, "sun.nio.fs", agent, "sun.security.ssl", agent, "java.io", agent),
        Set.of(),
        Map.of());
    String settings = System.getenv("JCLUSTER_AGENT");
    define("sun.nio.ch", "sun.nio.ch.Net");
    if (settings.contains("\nsocket unix ")) {
      define("sun.nio.fs", "sun.nio.fs.UnixPath");
      define("java.io", "java.io.File");
    }
    List<Redirect> first = new ArrayList<>();
    List<Redirect> tls = new ArrayList<>();
    for (Redirect redirect : Redirect.TABLE) {
      if (redirect.isOf(RELEASE)) {
        if (redirect.when().equals(Redirect.TLS)) {
          tls.add(redirect);
        } else if (settings.contains("\nsocket ".concat(redirect.when()))) {
          first.add(redirect);
        }
      }
    }
    if (settings.contains("\ninspect yes")) {
      define("sun.security.ssl", "sun.security.ssl.SSLEngineImpl");
    }
    new Transform(first).run(instrumentation);
    JclusterAgent.start(settings, new Tls(instrumentation, tls));
  }

  /** Leads the calls of the JDK's TLS elsewhere, while the application runs. */
  private static final class Tls implements Runnable {
    private final Instrumentation instrumentation;
    private final List<Redirect> redirects;

    Tls(Instrumentation instrumentation, List<Redirect> redirects) {
      this.instrumentation = instrumentation;
      this.redirects = redirects;
    }

    @Override
    public void run() {
      try {
        new Transform(redirects).run(instrumentation);
      } catch (ClassNotFoundException | UnmodifiableClassException e) {
        throw new IllegalStateException(e.toString(), e);
      }
    }
  }

  /**
   * Defines our classes of a package, each behind its length, beside another class of it, and sees
   * that all is there that they use.
   */
  private static void define(String name, String neighbour)
      throws IOException, ReflectiveOperationException {
    List<Class<?>> defined = new ArrayList<>();
    MethodHandles.Lookup there =
        MethodHandles.privateLookupIn(
            Class.forName(neighbour, false, null), MethodHandles.lookup());
    // By hand: a DataInputStream loads variable handles for all primitive types.
    byte[] classes = read("jcluster/agent/".concat(name));
    for (int at = 0; at < classes.length; ) {
      int nameLength = number(classes, at);
      at += Short.BYTES;
      boolean maps = is(classes, at, nameLength, "JclusterBalance") && Redirect.MAP.isOf(RELEASE);
      at += nameLength;
      int length = number(classes, at) << 16 | number(classes, at + Short.BYTES);
      at += Integer.BYTES;
      byte[] bytes = Arrays.copyOfRange(classes, at, at + length);
      at += length;
      if (maps) {
        ClassFile edited = new ClassFile(bytes);
        edited.redirect(Redirect.MAP);
        bytes = edited.bytes();
      }
      defined.add(there.defineClass(bytes));
    }
    for (Class<?> ours : defined) {
      JclusterMembers.check(ours);
    }
  }

  private static boolean is(byte[] bytes, int from, int length, String text) {
    if (length != text.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[from + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  private static byte[] read(String entry) throws IOException {
    String jar = Agent.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    // Not by the class loader, which would load all that reads from a URL.
    try (var file = new ZipFile(URLDecoder.decode(jar, StandardCharsets.UTF_8));
        InputStream bytes = file.getInputStream(file.getEntry(entry))) {
      return bytes.readAllBytes();
    }
  }

  /** Leads calls of the JDK elsewhere, once. */
  private static final class Transform implements ClassFileTransformer {
    private final Map<String, List<Redirect>> redirects = new HashMap<>();
    private final List<Class<?>> callers = new ArrayList<>();
    private final List<ClassDefinition> definitions = new ArrayList<>();
    private RuntimeException failure;

    Transform(List<Redirect> all) throws ClassNotFoundException {
      for (Redirect redirect : all) {
        List<Redirect> ofCaller = redirects.get(redirect.caller());
        if (ofCaller == null) {
          ofCaller = new ArrayList<>();
          redirects.put(redirect.caller(), ofCaller);
          callers.add(Class.forName(redirect.caller().replace('/', '.'), false, null));
        }
        ofCaller.add(redirect);
      }
    }

    void run(Instrumentation instrumentation)
        throws UnmodifiableClassException, ClassNotFoundException {
      // Here only to see these: a transformer that stays sees every class of the application go by.
      instrumentation.addTransformer(this, true);
      try {
        instrumentation.retransformClasses(callers.toArray(new Class<?>[0]));
      } finally {
        instrumentation.removeTransformer(this);
      }
      if (failure != null) {
        throw failure;
      }
      if (!redirects.isEmpty()) {
        throw new IllegalStateException(
            "the JVM did not let " + redirects.keySet() + " be changed");
      }
      // Redefined, and not just transformed: that would be undone when another agent has the JVM
      // transform them again, which begins with the last definition.
      instrumentation.redefineClasses(definitions.toArray(new ClassDefinition[0]));
    }

    @Override
    public byte[] transform(
        ClassLoader loader, String name, Class<?> changed, ProtectionDomain domain, byte[] bytes) {
      List<Redirect> wanted = loader == null && changed != null ? redirects.remove(name) : null;
      if (wanted == null) {
        return null;
      }
      try {
        ClassFile edited = new ClassFile(bytes);
        for (Redirect redirect : wanted) {
          if (!edited.redirect(redirect)) {
            throw new IllegalStateException(
                name + " of this JDK does not call " + redirect.owner() + "." + redirect.name());
          }
        }
        definitions.add(new ClassDefinition(changed, edited.bytes()));
      } catch (RuntimeException e) {
        failure = e;
      }
      return null;
    }
  }
}
