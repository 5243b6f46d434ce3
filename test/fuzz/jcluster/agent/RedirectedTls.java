package jcluster.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The JDK's TLS with its calls led to the agent, in a JVM that runs without the agent. */
public final class RedirectedTls {
  private RedirectedTls() {}

  /**
   * Puts the classes that the agent would change into a folder, for --patch-module java.base=. They
   * are those of the JDK that runs this.
   */
  private static void write(Path folder) throws IOException {
    Map<String, ClassFile> changed = new LinkedHashMap<>();
    for (Redirect redirect : Redirect.TABLE) {
      if (redirect.when().equals(Redirect.TLS)) {
        String name = redirect.caller() + ".class";
        ClassFile file = changed.get(name);
        if (file == null) {
          try (InputStream bytes = Object.class.getResourceAsStream("/" + name)) {
            file = new ClassFile(bytes.readAllBytes());
          }
          changed.put(name, file);
        }
        if (!file.redirect(redirect)) {
          throw new IllegalStateException("this JDK makes no such call: " + redirect);
        }
      }
    }
    for (Map.Entry<String, ClassFile> file : changed.entrySet()) {
      Path to = folder.resolve(file.getKey());
      Files.createDirectories(to.getParent());
      Files.write(to, file.getValue().bytes());
    }
  }

  /**
   * Runs a program in a JVM with such classes.
   *
   * @param main the program; its first argument is a folder for files of its own
   * @return its exit status
   */
  public static int run(String main, List<String> arguments)
      throws IOException, InterruptedException {
    Path build = Path.of(System.getProperty("jcluster.build"));
    Path scratch = Files.createDirectories(Path.of(System.getProperty("jcluster.scratch")));
    Path folder = Files.createTempDirectory(scratch, "tls");
    write(folder);
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-ea"));
    command.add("--patch-module");
    command.add("java.base=" + build.resolve("classes/agent/java.base") + ":" + folder);
    command.add("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
    command.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    command.add("--add-opens=java.base/sun.security.ssl=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.add(folder.toString());
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      if (!process.waitFor(1, TimeUnit.HOURS)) {
        throw new IllegalStateException("it does not end");
      }
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
