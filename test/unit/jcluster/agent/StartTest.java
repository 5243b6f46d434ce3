package jcluster.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcluster.load.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the agent gets to work in a worker, beside whatever else is in its JVM. */
class StartTest {
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));
  private static final String SERVER = Pattern.quote(StartServer.class.getName());

  /**
   * The first Java that makes an AOT cache in one run (JEP 514), and the first without security
   * managers.
   */
  private static final int AOT_CACHES = 25;

  private static final int NO_SECURITY_MANAGERS = 24;
  private static final int JDK = Runtime.version().feature();

  @TempDir(factory = StartedCluster.Scratch.class)
  Path folder;

  private StartedCluster start(String... lines) throws IOException {
    return new StartedCluster(folder, 1, lines);
  }

  private static String server(String options) {
    return StartedCluster.command(options, StartServer.class, "$PORT");
  }

  private static void assertServes(StartedCluster cluster) throws Exception {
    cluster.awaitStarted();
    String answer = RawClient.get(cluster.port, "/");
    assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
  }

  private static void stop(StartedCluster cluster) throws Exception {
    cluster.program().signal("TERM");
    assertEquals(0, cluster.program().await());
    cluster.await("exited with status 130 .* after it was asked to stop$");
  }

  /**
   * The worker ends before it is ready, so that the start fails; it printed nothing else than this.
   */
  private static void assertRefused(StartedCluster cluster, int status, String... said)
      throws InterruptedException {
    assertEquals(status, cluster.program().await(), "the supervisor");
    cluster.await("^t: start failed: worker 0 \\(pid \\d+\\) exited with status " + status + " ");
    List<String> lines = new ArrayList<>(cluster.program().output());
    lines.removeIf(line -> line.startsWith("t: ") || line.startsWith("Picked up "));
    assertEquals(List.of(said), lines);
  }

  private static String cannot(String why) {
    return "jcluster: the application cannot share its socket: "
        + why
        + " (Java "
        + System.getProperty("java.version")
        + "; Adopt=no in jcluster.conf(5) does without)";
  }

  @ParameterizedTest(name = "no {1} in {0}")
  @CsvSource({
    "sun/nio/ch/InheritedChannel, dup2, sun/nio/ch/InheritedChannel of this JDK does not call"
        + " sun/nio/ch/InheritedChannel.dup2",
    "sun/nio/ch/NioSocketImpl, listen, sun/nio/ch/NioSocketImpl of this JDK does not call"
        + " sun/nio/ch/Net.listen",
    "sun/nio/ch/NioSocketImpl, nd, sun.nio.ch.NioSocketImpl of this JDK has no field nd",
    "sun/nio/ch/Net, available, this JDK has no sun/nio/ch/Net.available of type"
        + " (Ljava/io/FileDescriptor;)I",
    "sun/security/ssl/OutputRecord, deliver, this JDK has no sun/security/ssl/OutputRecord.deliver"
        + " of type ([BII)V",
    "sun/nio/ch/Net, shutdown, this JDK has no sun/nio/ch/Net.shutdown of type"
        + " (Ljava/io/FileDescriptor;I)V",
    "java/lang/Shutdown, hooks, java.lang.NoSuchFieldException: hooks",
  })
  void aJdkWithOtherInternalsIsRefused(String type, String name, String why) throws Exception {
    String bytes;
    try (var original = Object.class.getResourceAsStream("/" + type + ".class")) {
      bytes = new String(original.readAllBytes(), ISO_8859_1);
    }
    // An Utf8 entry of the constant pool (JVMS 4.4.7)
    String before = "\u0001\u0000" + (char) name.length() + name;
    String after = before.substring(0, before.length() - 1) + "X";
    assertTrue(bytes.contains(before));
    Path patched = folder.resolve("patched/" + type + ".class");
    Files.createDirectories(patched.getParent());
    Files.write(patched, bytes.replace(before, after).getBytes(ISO_8859_1));
    String option = "--patch-module java.base=" + folder.resolve("patched");
    try (var cluster = start(server(option))) {
      assertRefused(cluster, 78, cannot(why));
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"exec 3<&-", "exec 3</dev/null"})
  void aSocketThatAScriptClosedIsAnError(String script) throws Exception {
    String words = StartedCluster.words(StartedCluster.JAVA, StartServer.class, "$PORT");
    try (var cluster = start("Command=/bin/sh -c '" + script + "; exec " + words + "'")) {
      String why = "descriptor 3 is not the socket that it was started with";
      assertRefused(cluster, 78, cannot(why));
    }
  }

  @Test
  void aSecurityManagerIsRefused() throws Exception {
    try (var cluster = start(server("-Djava.security.manager"))) {
      if (JDK >= NO_SECURITY_MANAGERS) {
        cluster.await("^java.lang.Error: .* Enabling a Security Manager is not supported.$");
        assertEquals(1, cluster.program().await());
        return;
      }
      assertRefused(
          cluster,
          78,
          "WARNING: A command line option has enabled the Security Manager",
          "WARNING: The Security Manager is deprecated and will be removed in a future release",
          cannot(
              "java.security.AccessControlException: access denied"
                  + " (\"java.lang.RuntimePermission\" \"getenv.JCLUSTER_AGENT\")"));
    }
  }

  @Test
  void aMistakeInTheCommandIsExplainedByTheJvm() throws Exception {
    try (var cluster = start(server("-Xfoo"))) {
      assertRefused(
          cluster,
          1,
          "Unrecognized option: -Xfoo",
          "Error: Could not create the Java Virtual Machine.",
          "Error: A fatal exception has occurred. Program will exit.");
    }
  }

  @Test
  void withoutAdoptionTheAddressIsTaken() throws Exception {
    try (var cluster = start(server(""), "Adopt=no", "MinUptime=1min")) {
      assertEquals(1, cluster.program().await());
      cluster.await("^Exception in thread \"main\" java.net.BindException: Address already in use");
    }
  }

  @Test
  void anOrdinaryStartLooksAsIfThereWereNoAgent() throws Exception {
    var with = new TreeSet<String>();
    var without = new TreeSet<String>();
    try (var cluster = start(server(""))) {
      assertServes(cluster);
      RawClient.get(cluster.port, "/").lines().forEach(with::add);
      List<String> lines = cluster.program().output();
      assertEquals(4, lines.size(), lines::toString);
      assertTrue(lines.stream().allMatch(line -> line.startsWith("t: ")), lines::toString);
    }
    String inherits = StartedCluster.command("", StartServer.class, "inherit");
    try (var cluster = start(inherits, "Adopt=no", "Ready=start")) {
      assertServes(cluster);
      RawClient.get(cluster.port, "/").lines().forEach(without::add);
    }
    var both = new TreeSet<>(with);
    both.retainAll(without);
    List.of(with, without)
        .forEach(
            lines -> {
              lines.removeAll(both);
              lines.removeIf(
                  line ->
                      line.matches(
                          "(variable (LISTEN_.*|JCLUSTER_TEST)|property sun.java.command)=.*"));
            });
    assertEquals(List.of(), List.copyOf(without));
    assertTrue(
        with.first().startsWith("property io.grpc.netty.shaded.io.netty.transport.noNative="));
    with.pollFirst();
    assertEquals("property io.netty.transport.noNative=true", with.pollFirst());
    assertEquals("thread jcluster supervisor=", with.pollFirst());
    assertTrue(with.first().startsWith("variable JCLUSTER_AGENT=seat 0|gate self|"));
    assertEquals(1, with.size(), with::toString);
  }

  /** For a premain that is marked varargs, the JVM makes no method handle. */
  @Test
  void theJvmCallsTheAgentNatively() throws Exception {
    var jar = new URL[] {BUILD.resolve("agent.jar").toUri().toURL()};
    try (var loader = new URLClassLoader(jar, ClassLoader.getPlatformClassLoader())) {
      Class<?> agent = loader.loadClass("jcluster.agent.Agent");
      assertTrue(agent.getMethod("premain", String.class, Instrumentation.class).isVarArgs());
    }
  }

  @Test
  void theAgentsJarHasOnlyItsOwnClasses() throws Exception {
    try (var jar = new JarFile(BUILD.resolve("agent.jar").toFile())) {
      List<String> names = jar.stream().map(JarEntry::getName).toList();
      Pattern own = Pattern.compile("META-INF/(MANIFEST.MF)?|jcluster/(agent/[^/]*)?");
      assertTrue(names.stream().allMatch(own.asMatchPredicate()), names::toString);
    }
  }

  @ParameterizedTest(name = "before ours: {0}")
  @ValueSource(booleans = {true, false})
  void coverageIsMeasuredBesideIt(boolean first) throws Exception {
    Path agent;
    try (Stream<Path> files = Files.list(BUILD.resolve("deps"))) {
      Pattern name = Pattern.compile("org\\.jacoco\\.agent-.*-runtime\\.jar");
      agent =
          files.filter(f -> name.matcher("" + f.getFileName()).matches()).findAny().orElseThrow();
    }
    Path measured = folder.resolve("measured");
    try (var cluster = startBeside(first, agent + "=destfile=" + measured)) {
      assertServes(cluster);
      stop(cluster);
    }
    String text = Files.readString(measured, ISO_8859_1);
    assertTrue(text.contains(StartServer.class.getName().replace('.', '/')));
  }

  @Test
  void anAgentBeforeItMayTransformAllClasses() throws Exception {
    try (var cluster = startBeside(true, transformer().toString())) {
      assertServes(cluster);
      stop(cluster);
    }
  }

  @Test
  void anAgentBehindItMayTransformAllClasses() throws Exception {
    try (var cluster = startBeside(false, transformer().toString())) {
      cluster.await("^transformed [1-9]\\d* classes of the JDK's sockets");
      assertServes(cluster);
      stop(cluster);
    }
  }

  /** With another agent, which the JVM starts before ours or behind it. */
  private StartedCluster startBeside(boolean first, String agent) throws IOException {
    String option = "-javaagent:" + agent;
    return first
        ? start(server(""), "Environment=JAVA_TOOL_OPTIONS=" + option)
        : start(server(option));
  }

  private Path transformer() throws IOException {
    return jar(StartTransformer.class, "Premain-Class: %s", "Can-Retransform-Classes: true");
  }

  private Path jar(Class<?> main, String... lines) throws IOException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    for (String line : lines) {
      String[] words = String.format(line, main.getName()).split(": ", 2);
      manifest.getMainAttributes().putValue(words[0], words[1]);
    }
    Path file = folder.resolve(main.getSimpleName() + ".jar");
    String entry = main.getName().replace('.', '/') + ".class";
    try (var jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
      jar.putNextEntry(new JarEntry(entry));
      Files.copy(StartedCluster.CLASSES.resolve(entry), jar);
    }
    return file;
  }

  @Test
  void aDebuggerHasItsPortForItself() throws Exception {
    String jdwp = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";
    try (var cluster = start(server(jdwp))) {
      assertServes(cluster);
      int port = Integer.parseInt(cluster.await("^Listening .* address: (\\d+)$").group(1));
      try (var debugger = new RawClient(port)) {
        assertEquals("JDWP-Handshake", debugger.send("JDWP-Handshake").bytes(14));
      }
      assertServes(cluster);
      stop(cluster);
    }
  }

  /** How many of the classes that a JVM has listed have these names and come from there. */
  private static long loaded(Path log, String name, String source) throws IOException {
    Pattern line = Pattern.compile("\\] " + name + " source: " + source);
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line.asPredicate()).count();
    }
  }

  @Test
  void theJdksArchiveOfClassesIsUsed() throws Exception {
    Path log = folder.resolve("log");
    try (var cluster = start(server("-Xshare:on -Xlog:class+load:file=" + log))) {
      assertServes(cluster);
      stop(cluster);
    }
    long read = loaded(log, "\\S+", "jrt:/");
    long mapped = loaded(log, "\\S+", "shared objects file");
    assertTrue(mapped > 5 * read, mapped + " of the JDK's classes were mapped, " + read + " read");
  }

  @Test
  void anApplicationsArchiveOfClassesIsUsed() throws Exception {
    Path jar = jar(StartServer.class);
    Path archive = folder.resolve("archive");
    train(jar, "-XX:ArchiveClassesAtExit=" + archive);
    Path log = folder.resolve("log");
    String options = "-XX:SharedArchiveFile=" + archive + " -Xlog:class+load:file=" + log;
    try (var cluster = start(served(options, jar))) {
      assertServes(cluster);
      stop(cluster);
    }
    assertEquals(1, loaded(log, SERVER, "shared objects file \\(top\\)$"));
  }

  @Test
  void anApplicationsAotCacheIsUsed() throws Exception {
    if (JDK < AOT_CACHES) {
      return;
    }
    Path jar = jar(StartServer.class);
    Path cache = folder.resolve("cache");
    train(jar, "-XX:AOTCacheOutput=" + cache);
    Path log = folder.resolve("log");
    String options = "-XX:AOTCache=" + cache + " -Xlog:class+load:file=" + log;
    try (var cluster = start(served(options + " -XX:AOTMode=on", jar))) {
      assertServes(cluster);
      stop(cluster);
    }
    assertEquals(1, loaded(log, SERVER, "shared objects file"));
    try (var cluster = start(scripted(options, jar))) {
      cluster.await(
          "AOT cache has aot-linked classes. It cannot be used when archived full module");
      assertServes(cluster);
      stop(cluster);
    }
    assertEquals(0, loaded(log, "\\S+", "shared objects file"));
  }

  @Test
  void anAotCacheThatKnowsOfAgentsIsUsedThroughAScript() throws Exception {
    if (JDK < AOT_CACHES) {
      return;
    }
    Path jar = jar(StartServer.class);
    Path cache = folder.resolve("cache");
    train(jar, "--add-modules=java.instrument", "-XX:AOTCacheOutput=" + cache);
    Path log = folder.resolve("log");
    String options = "-XX:AOTCache=" + cache + " -XX:AOTMode=on -Xlog:class+load:file=" + log;
    try (var cluster = start(scripted(options, jar))) {
      assertServes(cluster);
      stop(cluster);
    }
    assertEquals(1, loaded(log, SERVER, "shared objects file"));
  }

  private static String scripted(String options, Path jar) {
    String command = served(options, jar).replace("Command=java", StartedCluster.JAVA);
    return "Command=/bin/sh -c 'exec " + command + "'";
  }

  private static String served(String options, Path jar) {
    return "Command=java " + options + " -cp " + jar + " " + StartServer.class.getName() + " $PORT";
  }

  /** Runs the application to its end once, with options. */
  private void train(Path jar, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of(StartedCluster.JAVA));
    words.addAll(List.of(options));
    words.addAll(List.of("-cp", jar.toString(), StartServer.class.getName(), "end"));
    Path said = folder.resolve("said");
    var process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), Files.readString(said));
  }
}
