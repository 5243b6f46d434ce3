package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import jcluster.config.ConfigFile;
import jcluster.config.Instances;
import jcluster.install.Application;
import jcluster.install.Listen;
import jcluster.install.Place;
import jcluster.install.Programs;
import jcluster.install.Services;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What add, remove and import do in an image of a system: {@code --root=}. */
class AddTest {
  private static final Path TEMPLATES = RunCommand.beside("");
  private static final List<String> KINDS = List.of(".service", "@.service", "@.socket");

  @TempDir Path folder;
  private Path root;
  private String out;
  private String err;

  /** A system with jcluster, Java 17 and an application in /opt/shop. */
  @BeforeEach
  void image() throws IOException {
    root = folder.resolve("image");
    for (String kind : KINDS) {
      write(TEMPLATES + "/myapp" + kind, "");
    }
    jdk("17.0.15");
    Files.createDirectories(root.resolve("usr/bin"));
    Files.createSymbolicLink(root.resolve("usr/bin/java"), Path.of("/etc/alternatives/java"));
    Files.createDirectories(root.resolve("etc/alternatives"));
    Files.createSymbolicLink(
        root.resolve("etc/alternatives/java"), Path.of("/usr/lib/jvm/jdk/bin/java"));
    jar("/opt/shop/shop.jar", "Main");
    for (Path path = root; !path.equals(folder); path = path.getParent()) {
      chmod(path, "rwxr-xr-x");
    }
  }

  private Path in(String path) {
    return root.resolve(path.substring(1));
  }

  private void write(String path, String text) throws IOException {
    Files.createDirectories(in(path).getParent());
    Files.writeString(in(path), text);
  }

  private void jdk(String version) throws IOException {
    write("/usr/lib/jvm/jdk/release", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    write("/usr/lib/jvm/jdk/bin/java", "\177ELF");
    chmod(in("/usr/lib/jvm/jdk/bin/java"), "rwxr-xr-x");
  }

  private void jar(String path, String mainClass) throws IOException {
    Files.createDirectories(in(path).getParent());
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    if (!mainClass.isEmpty()) {
      manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, mainClass);
    }
    try (var file = Files.newOutputStream(in(path))) {
      new JarOutputStream(file, manifest).close();
    }
  }

  private static void chmod(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private int run(String... words) {
    var outBytes = new ByteArrayOutputStream();
    var errBytes = new ByteArrayOutputStream();
    List<String> all = new ArrayList<>(List.of(words));
    all.add(1, "--root=" + root);
    int status =
        Main.run(
            all,
            Map.of(),
            new PrintStream(outBytes, true, StandardCharsets.UTF_8),
            new PrintStream(errBytes, true, StandardCharsets.UTF_8));
    out = outBytes.toString(StandardCharsets.UTF_8);
    err = errBytes.toString(StandardCharsets.UTF_8);
    return status;
  }

  /** The whole image: each path, with the text of a file and the target of a link. */
  private Map<String, String> tree() throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (var paths = Files.walk(root)) {
      for (Path path : paths.toList()) {
        String what = "";
        if (Files.isSymbolicLink(path)) {
          what = "-> " + Files.readSymbolicLink(path);
        } else if (Files.isRegularFile(path)) {
          what = Files.readString(path, StandardCharsets.ISO_8859_1);
        }
        tree.put("/" + root.relativize(path), what);
      }
    }
    return tree;
  }

  private int add(String... command) {
    List<String> words = new ArrayList<>(List.of("add", "shop", "--listen=8080", "--"));
    words.addAll(List.of(command));
    return run(words.toArray(String[]::new));
  }

  @Test
  void addWritesWhatAServiceConsistsOf() throws IOException {
    int status =
        run(
            "add",
            "shop",
            "--listen=80",
            "--listen",
            "[::1]:8081",
            "--instances=-1",
            "--",
            "java",
            "-Dgreeting=good \"day\"\\",
            "-jar",
            "/opt/shop/shop.jar",
            "%i");
    assertEquals("", err);
    assertEquals(0, status);
    String conf = Files.readString(in("/etc/jcluster/shop.conf"));
    assertTrue(
        conf.matches("(?s)# Written by jcluster add, checksum [0-9a-f]{8}\n#[^\n]*\n\n.*"), conf);
    assertTrue(
        conf.endsWith(
            """

            [Worker]
            Command=java "-Dgreeting=good \\"day\\"\\\\" -jar /opt/shop/shop.jar %i
            """),
        conf);
    String sockets = Files.readString(in("/etc/systemd/system/shop@.socket.d/10-listen.conf"));
    assertTrue(
        sockets.endsWith("\n[Socket]\nListenStream=\nListenStream=80\nListenStream=[::1]:8081\n"),
        sockets);
    for (String kind : KINDS) {
      assertEquals(
          TEMPLATES.resolve("myapp" + kind),
          Files.readSymbolicLink(in("/etc/systemd/system/shop" + kind)));
    }
    assertEquals(
        TEMPLATES.resolve("myapp@.service"),
        Files.readSymbolicLink(in("/etc/systemd/system/jcluster.target.wants/shop@-1.service")));
    assertEquals(
        List.of(
            "wrote /etc/jcluster/shop.conf",
            "wrote /etc/systemd/system/shop@.socket.d/10-listen.conf",
            "wrote /etc/systemd/system/shop.service",
            "wrote /etc/systemd/system/shop@.service",
            "wrote /etc/systemd/system/shop@.socket",
            "To start at boot: systemctl --root=" + root + " enable shop@-1.service",
            "After a new jar, or a change in /etc/jcluster/shop.conf: systemctl reload shop"),
        out.lines().toList());
    for (String file : List.of("jcluster/shop.conf", "systemd/system/shop@.socket.d")) {
      String mode =
          PosixFilePermissions.toString(Files.getPosixFilePermissions(in("/etc/" + file)));
      assertTrue(mode.matches("rw.r-.r-."), file + " " + mode);
    }
  }

  @Test
  void theSupervisorReadsTheCommandAsItWasGiven() throws Exception {
    List<String> command =
        List.of("java", "a b", "", "\"'\\", "\t\n", "\u00e4\ud83d\ude00", "#;", "x\\", "-jar");
    assertEquals(0, add(command.toArray(String[]::new)), err);
    var config = ConfigFile.load(in("/etc/jcluster/shop.conf"), Optional.empty(), "/usr/bin");
    assertEquals(command, config.command());
  }

  @Test
  void removeLeavesTheSystemAsItWas() throws IOException {
    write("/etc/jcluster/other.conf", "");
    write("/etc/systemd/system/shopping@.service", "");
    Map<String, String> before = tree();
    assertEquals(0, add("java", "-jar", "/opt/shop/shop.jar"), err);
    Files.createDirectories(in("/etc/systemd/system/multi-user.target.wants"));
    Files.createSymbolicLink(
        in("/etc/systemd/system/multi-user.target.wants/shop@max.service"),
        TEMPLATES.resolve("myapp@.service"));
    Files.createSymbolicLink(
        in("/etc/systemd/system/shop@max.service"), TEMPLATES.resolve("myapp@.service"));
    assertEquals(0, run("remove", "shop"), err);
    assertTrue(out.contains("removed /etc/jcluster/shop.conf\n"), out);
    assertEquals(before, tree());
    assertEquals(0, add("java", "-jar", "/opt/shop/shop.jar"), err);
  }

  @Test
  void removeTouchesNothingIfAPersonHasChangedOrAddedSomething() throws IOException {
    assertEquals(0, add("java", "-jar", "/opt/shop/shop.jar"), err);
    Path conf = in("/etc/jcluster/shop.conf");
    String text = Files.readString(conf);
    Files.writeString(conf, text + "StopTimeout=1min\n");
    Files.delete(in("/etc/systemd/system/shop.service"));
    write("/etc/systemd/system/shop.service", "[Unit]\n");
    write("/etc/systemd/system/shop@.service.d/override.conf", "[Service]\nMemoryMax=1G\n");
    write("/etc/jcluster/shop.conf.d/10.conf", "[Worker]\n");
    Map<String, String> before = tree();
    assertEquals(1, run("remove", "shop"));
    String add = "jcluster add";
    assertEquals(
        List.of(
            "/etc/jcluster/shop.conf was changed after " + add + " wrote it",
            "/etc/systemd/system/shop.service was changed after " + add + " wrote it",
            "/etc/systemd/system/shop@.service.d/override.conf was not written by " + add,
            "/etc/jcluster/shop.conf.d/10.conf was not written by " + add,
            "shop: nothing was removed"),
        err.lines()
            .map(l -> l.replace("jcluster: ", "").replace(": delete it, or move it away", ""))
            .toList());
    assertEquals(before, tree());
    Files.delete(in("/etc/systemd/system/shop.service"));
    Files.delete(in("/etc/systemd/system/shop@.service.d/override.conf"));
    Files.delete(in("/etc/jcluster/shop.conf.d/10.conf"));
    Files.writeString(conf, text);
    assertEquals(0, run("remove", "shop"), err);
  }

  @Test
  void removeKnowsWhatWasNotAdded() throws IOException {
    assertEquals(1, run("remove", "shop"));
    assertTrue(err.startsWith("jcluster: shop: it was not added, see /etc/jcluster "), err);
    write("/etc/jcluster/shop.conf", "[Worker]\nCommand=java\n");
    assertEquals(1, run("remove", "shop"));
    assertTrue(err.startsWith("jcluster: shop: it was not added by jcluster add"), err);
    assertTrue(Files.exists(in("/etc/jcluster/shop.conf")));
  }

  @Test
  void aNameThatIsTakenIsRefused() throws IOException {
    write("/lib/systemd/system/shop.service", "[Service]\n");
    refused("there is a unit of that name, /lib/systemd/system/shop.service: choose another name");
    Files.delete(in("/lib/systemd/system/shop.service"));
    write("/etc/jcluster/shop.conf", "[Worker]\n");
    refused("/etc/jcluster/shop.conf exists: move it away, or choose another name");
    Files.delete(in("/etc/jcluster/shop.conf"));
    assertEquals(0, add("java", "-jar", "/opt/shop/shop.jar"), err);
    refused("it was added already: change /etc/jcluster/shop.conf, or remove it first with");
    assertEquals(
        78, run("add", "web", "--listen=8080", "--", "java", "-jar", "/opt/shop/shop.jar"));
    assertEquals("jcluster: web: shop listens on 8080 already: choose another address\n", err);
  }

  @Test
  void aJarThatTheServiceCannotReadIsRefused() throws IOException {
    Path jar = in("/opt/shop/shop.jar");
    chmod(jar, "rw-r-----");
    refused("'/opt/shop/shop.jar' may not be read by the service's user: chmod a+r /opt/shop/");
    chmod(jar, "rw-r--r--");
    chmod(in("/opt/shop"), "rwxr-x---");
    refused("'/opt/shop/shop.jar' is in a folder that the service's user may not enter: chmod a+x");
    chmod(in("/opt/shop"), "rwxr-xr-x");
    for (String home : List.of("/home/me", "/root", "/run/user/1")) {
      jar(home + "/shop.jar", "Main");
      refused(
          "'"
              + home
              + "/shop.jar' is in a home, which is hidden from services (ProtectHome=yes):"
              + " move it, such as to /opt/shop/shop.jar",
          "java",
          "-jar",
          home + "/shop.jar");
    }
    Files.createSymbolicLink(in("/opt/current"), Path.of("../home/me"));
    refused("'/opt/current/shop.jar' is in a home, ", "java", "-jar", "/opt/current/shop.jar");
    refused("'/opt/current/shop.jar' is in a home, ", "java", "-cp", "/opt/current/shop.jar", "M");
    jar("/tmp/shop.jar", "Main");
    refused("'/tmp/shop.jar' is in a folder for temporary", "java", "-jar", "/tmp/shop.jar");
  }

  @Test
  void whatIsNoJarIsRefused() throws IOException {
    refused("-jar is the last word of the command", "java", "-jar");
    refused(
        "the jar 'shop.jar' is not a whole path, and a service starts in /: write /",
        "java",
        "-jar",
        "shop.jar");
    refused("'/opt/shop/shp.jar' does not exist", "java", "-jar", "/opt/shop/shp.jar");
    refused("'/opt/shop' is a folder: name a file in it", "java", "-jar", "/opt/shop");
    refused("'/opt/no.jar' does not exist", "java", "-cp", "/opt/shop/*:/opt/no.jar", "Main");
    jar("/opt/shop/shop.jar", "");
    refused("'/opt/shop/shop.jar' has no Main-Class in its manifest: build it as");
    write("/opt/shop/shop.jar", "no jar");
    refused("'/opt/shop/shop.jar' is no jar (");
    Files.createSymbolicLink(in("/opt/loop.jar"), Path.of("loop.jar"));
    refused("'/opt/loop.jar' cannot be reached: too many links", "java", "-jar", "/opt/loop.jar");
  }

  @Test
  void aJavaThatIsMissingOrTooOldIsRefused() throws IOException {
    jdk("11.0.2");
    refused("'/usr/bin/java' is Java 11, and 17 or newer is needed: install one");
    jdk("1.8.0_432");
    refused("'/usr/bin/java' is Java 8, and 17 or newer is needed: install one");
    Files.delete(in("/usr/bin/java"));
    refused("a service finds no java in /usr/local/sbin:/usr/local/bin:");
    jdk("21");
    refused("a service finds no java in ", "/usr/lib/jvm/jdk/bin/java", "-version");
  }

  @Test
  void aProgramThatCannotRunAsAWorkerIsRefused() throws IOException {
    refused("'start.sh' is in none of /usr/local/sbin:", "start.sh");
    refused("'/opt/shop/start.sh' does not exist", "/opt/shop/start.sh");
    write("/opt/shop/start.sh", "#!/bin/sh\n# no exec\njava -jar /opt/shop/shop.jar\n");
    refused(
        "'/opt/shop/start.sh' is not executable: chmod a+rx /opt/shop/start.sh",
        "/opt/shop/start.sh");
    chmod(in("/opt/shop/start.sh"), "rwxr-xr-x");
    refused(
        "'/opt/shop/start.sh' starts its JVM as a process beside itself, where jcluster does"
            + " not reach it: write exec before the java in this script",
        "/opt/shop/start.sh");
    write("/opt/shop/start.sh", "#!/usr/bin/env bash\n  exec java -jar /opt/shop/shop.jar\n");
    assertEquals(0, add("/opt/shop/start.sh"), err);
  }

  @Test
  void aSpecifierThatIsNoneIsRefused() throws IOException {
    refused("its configuration:4: Command= ", "java", "%z");
  }

  @Test
  void allThatIsWrongIsToldAtOnce() throws IOException {
    jdk("11");
    refused("'/opt/no.jar' does not exist: check the path", "java", "-jar", "/opt/no.jar");
    assertTrue(err.contains(" is Java 11,"), err);
    assertEquals(2, err.lines().count(), err);
  }

  @Test
  void withoutTheUnitsThereIsNothingToLinkTo() throws IOException {
    Files.delete(in(TEMPLATES + "/myapp@.socket"));
    assertEquals(78, add("java", "-jar", "/opt/shop/shop.jar"));
    assertEquals("jcluster: " + TEMPLATES + "/myapp@.socket is missing: install jcluster\n", err);
  }

  @Test
  void whatCannotBeWrittenWholeIsUndone() throws IOException {
    write("/etc/systemd/system/jcluster.target.wants", "a file");
    Map<String, String> before = tree();
    assertEquals(1, add("java", "-jar", "/opt/shop/shop.jar"));
    assertTrue(
        err.startsWith(
            "jcluster: shop: cannot write /etc/systemd/system/jcluster.target.wants/shop@max"),
        err);
    assertEquals(before, tree());
  }

  private Application shop() {
    return new Application(
        "shop",
        List.of(Listen.parse("8080")),
        Instances.parse("2"),
        List.of("java", "-jar", "/opt/shop/shop.jar"),
        Optional.empty(),
        List.of());
  }

  @Test
  void aManagerThatDoesNotReadTheUnitsLeavesNone() throws IOException {
    Map<String, String> before = tree();
    Programs failing =
        words -> {
          throw new IOException(String.join(" ", words) + " failed");
        };
    var services = new Services(new Place(root, TEMPLATES), failing);
    var e = assertThrows(IOException.class, () -> services.add(List.of(shop())));
    assertEquals("systemctl daemon-reload failed", e.getMessage());
    Files.deleteIfExists(in("/etc/jcluster"));
    assertEquals(before, tree());
  }

  @Test
  void aServiceThatDoesNotStartIsRemovedAndItsLogShown() throws IOException {
    Map<String, String> before = tree();
    List<String> commands = new ArrayList<>();
    Programs programs =
        words -> {
          commands.add(String.join(" ", words));
          if (List.of(words).contains("enable")) {
            throw new IOException("failed");
          }
          return words[0].equals("journalctl") ? "worker 0 exited" : "";
        };
    var services = new Services(new Place(root, TEMPLATES), programs);
    services.add(List.of(shop()));
    var e = assertThrows(IOException.class, () -> services.start(shop()));
    assertTrue(e.getMessage().endsWith("Its log ends with:\nworker 0 exited"), e.getMessage());
    assertTrue(
        commands.contains("systemctl --quiet enable --now shop@2.service"), commands::toString);
    assertTrue(
        commands.indexOf("systemctl stop shop[.]service shop@*.service shop@*.socket")
            > commands.indexOf("systemctl --quiet enable --now shop@2.service"),
        commands::toString);
    Map<String, String> after = tree();
    List.of("/etc/jcluster", "/etc/systemd/system", "/etc/systemd").forEach(after::remove);
    assertEquals(before, after);
  }

  private void pm2(String text) throws IOException {
    Files.writeString(folder.resolve("ecosystem.config.js"), text);
  }

  private int imported(String... words) {
    List<String> all = new ArrayList<>(List.of("import", folder + "/ecosystem.config.js"));
    all.addAll(List.of(words));
    return run(all.toArray(String[]::new));
  }

  @Test
  void importAddsTheJavaApplicationsOfAFile() throws IOException {
    jar("/opt/web/web.jar", "Main");
    pm2(
        "module.exports = {apps: [\n"
            + "{name: 'shop', script: '/opt/shop/shop.jar', env: {PORT: 8080}, watch: true},\n"
            + "{name: 'web', script: 'java', args: '-jar web.jar', cwd: '/opt/web', instances:"
            + " 'max', env: {PORT: '8081'}},\n"
            + "{name: 'node', script: 'server.js'}]}\n");
    assertEquals(0, imported(), err);
    assertTrue(
        out.startsWith(
            "shop: watch: none: a path unit, see systemd.path(5), can run systemctl reload shop\n"
                + "node: left: its script 'server.js' is not java or a jar; if it is a script that"
                + " starts Java, see jcluster add\nwrote /etc/jcluster/shop.conf\n"),
        out);
    assertTrue(out.endsWith(" enable shop@1.service web@max.service\n"), out);
    String conf = Files.readString(in("/etc/jcluster/web.conf"));
    assertTrue(
        conf.endsWith(
            """
            Command=java -jar /opt/web/web.jar
            WorkingDirectory=/opt/web
            Environment=PORT=8081
            """),
        conf);
    assertFalse(Files.exists(in("/etc/jcluster/node.conf")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [{name: 'a', script: '/opt/shop/shop.jar'}] | a: the file does not say on which port it listens: import it with --only=a --listen=PORT
          [{name: 'b', script: '/opt/x.jar', env: {PORT: 1}}] | b: '/opt/x.jar' does not exist: check the path
          [{name: 'ok', script: '/opt/shop/shop.jar', port: 80}, {name: 'ok', script: '/opt/shop/shop.jar', port: 81}] | ok: two applications have this name: change one
          [{name: 'c', script: '/opt/shop/shop.jar', port: 80}, {name: 'd', script: '/opt/shop/shop.jar', port: 80}] | d: c listens on 80 already: choose another address
          [{name: 'my app', script: '/opt/shop/shop.jar', port: 80}] | 'my app' cannot be a name: allowed are up to 64 letters, digits and . _ -, the first a letter or digit: change it in the file
          [{name: 'e', script: '/opt/shop/shop.jar', port: 80, instances: 2.5}] | e: instances: '2.5' is not a number of instances: allowed are max, 0 (the same), N from 1 to 1024, or -N for all CPUs but N
          [{name: 'f', script: '/opt/shop/shop.jar', port: 80, kill_timeout: 700000000}] | f: its configuration:6: StopTimeout= '700000000ms' is too long: allowed is at most 1 week
          [{name: 'g', script: 'x.js'}] | FILE: no application in it runs Java
          [{name: f(), script: 'x.js'}] | FILE:1:9: f is here: allowed is a value: a text in quotes, a number, true, false, null, {} or []
          """)
  void importWritesNothingUnlessAllIsWell(String text, String message) throws IOException {
    pm2(text);
    Map<String, String> before = tree();
    assertEquals(78, imported());
    String file = folder + "/ecosystem.config.js";
    assertEquals(
        "jcluster: " + message.replace("FILE", file), err.lines().findFirst().orElse(""), err);
    assertEquals(before, tree());
  }

  @Test
  void importOnlyOneWithAnAddress() throws IOException {
    pm2("[{name: 'a', script: '/opt/x.jar'}, {name: 'b', script: '/opt/shop/shop.jar'}]");
    assertEquals(0, imported("--only=b", "--listen=8082"), err);
    assertTrue(Files.exists(in("/etc/jcluster/b.conf")));
    assertFalse(Files.exists(in("/etc/jcluster/a.conf")));
    assertEquals(78, imported("--only=c"));
    assertEquals("jcluster: c: the file names no application like this\n", err);
  }

  private void refused(String message, String... words) throws IOException {
    Map<String, String> before = tree();
    assertEquals(78, words.length == 0 ? add("java", "-jar", "/opt/shop/shop.jar") : add(words));
    assertTrue(err.contains("jcluster: shop: " + message), err);
    assertEquals("", out);
    assertEquals(before, tree());
  }
}
