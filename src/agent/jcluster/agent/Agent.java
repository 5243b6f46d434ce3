package jcluster.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipFile;
import jdk.internal.access.JavaLangAccess;
import jdk.internal.access.SharedSecrets;
import sun.nio.ch.JclusterAgent;
import sun.nio.ch.JclusterMembers;

/**
 * Makes an unmodified application share the sockets that its supervisor holds: it puts the classes
 * of {@code src/agent/java.base} into the JDK's own packages, and redirects the calls of {@link
 * Redirect#TABLE} to them. From then on, only those classes do the work.
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
   * 78 if the application cannot share the sockets.
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
        Map.of("sun.nio.ch", agent, "jdk.internal.access", agent),
        Map.of(),
        Set.of(),
        Map.of());
    String settings = System.getenv("JCLUSTER_AGENT");
    define("sun.nio.ch");
    if (settings.contains("\nsocket unix ")) {
      define("sun.nio.fs");
      define("java.io");
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
      define("sun.security.ssl");
    }
    lead(instrumentation, first);
    JclusterAgent.start(settings, new Tls(instrumentation, tls));
  }

  /** Redirects the calls of the JDK's TLS, while the application runs. */
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
        lead(instrumentation, redirects);
      } catch (IOException | ClassNotFoundException | UnmodifiableClassException e) {
        throw new IllegalStateException(e.toString(), e);
      }
    }
  }

  /**
   * Defines our classes of a package as classes of the boot loader, and checks that the JDK has all
   * that they use. They come in the form that {@code src/build/Bundle.java} writes: each behind its
   * name and length, and behind each the entries of its constant pool that name internal members of
   * the JDK.
   */
  private static void define(String name) throws IOException {
    List<Class<?>> defined = new ArrayList<>();
    List<int[]> members = new ArrayList<>();
    // Not by a Lookup, which parses the class file in Java first (JDK 24 and later).
    JavaLangAccess java = SharedSecrets.getJavaLangAccess();
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
      int[] inside = new int[number(classes, at)];
      at += Short.BYTES;
      for (int i = 0; i < inside.length; i++) {
        inside[i] = number(classes, at);
        at += Short.BYTES;
      }
      members.add(inside);
      if (maps) {
        ClassFile edited = new ClassFile(bytes);
        edited.redirect(Redirect.MAP);
        bytes = edited.bytes();
      }
      defined.add(java.defineClass(null, null, bytes, null, null));
    }
    for (int i = 0; i < members.size(); i++) {
      JclusterMembers.check(defined.get(i), members.get(i));
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
    // Not by the class loader, which would load all classes that read from a URL.
    try (var file = new ZipFile(URLDecoder.decode(jar, StandardCharsets.UTF_8));
        InputStream bytes = file.getInputStream(file.getEntry(entry))) {
      return bytes.readAllBytes();
    }
  }

  /** Redirects calls inside the JDK. */
  private static void lead(Instrumentation instrumentation, List<Redirect> redirects)
      throws IOException, ClassNotFoundException, UnmodifiableClassException {
    Map<String, ClassFile> callers = new HashMap<>();
    for (Redirect redirect : redirects) {
      ClassFile caller = callers.get(redirect.caller());
      if (caller == null) {
        caller = new ClassFile(original(redirect.caller()));
        callers.put(redirect.caller(), caller);
      }
      if (!caller.redirect(redirect)) {
        throw new IllegalStateException(
            redirect.caller()
                + " of this JDK does not call "
                + redirect.owner()
                + "."
                + redirect.name());
      }
    }
    // Redefined, not transformed: when another agent has the JVM transform a class again, that
    // begins with the last definition, and would undo a transformation. What other agents add comes
    // on top.
    List<ClassDefinition> definitions = new ArrayList<>();
    for (Map.Entry<String, ClassFile> caller : callers.entrySet()) {
      Class<?> defined = Class.forName(caller.getKey().replace('/', '.'), false, null);
      definitions.add(new ClassDefinition(defined, caller.getValue().bytes()));
    }
    instrumentation.redefineClasses(definitions.toArray(new ClassDefinition[0]));
  }

  /** The class file that the JDK comes with. */
  private static byte[] original(String name) throws IOException {
    Module base = Object.class.getModule();
    try (InputStream bytes = base.getResourceAsStream(name.concat(".class"))) {
      if (bytes == null) {
        throw new IllegalStateException("this JDK has no ".concat(name));
      }
      return bytes.readAllBytes();
    }
  }
}
