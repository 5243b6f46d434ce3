package jcluster.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import jcluster.cluster.Cluster;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** A cluster of an application of these tests. */
final class StartedCluster extends Cluster {
  /** The classes of the tests, which the applications are among. */
  static final Path CLASSES = Path.of(System.getProperty("jcluster.build"), "test", "unit");

  static final String JAVA = System.getProperty("java.home") + "/bin/java";

  private static final String BRIEF = " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ";

  /** Folders where the build may write. */
  static final class Scratch implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      return scratch("agent");
    }
  }

  /** Starts it with these lines of [Worker] and the sections after it; $PORT is its port. */
  StartedCluster(Path folder, int instances, String... lines) throws IOException {
    super(folder);
    boolean adopts = !List.of(lines).contains("Adopt=no");
    // Tests do not wait for clients that idle.
    defaults("MinUptime=0", adopts ? "KeepAliveGrace=500ms" : "").configure(lines);
    listen("127.0.0.1:" + port);
    start(instances);
  }

  /** The line of a worker's command: an application, and what comes before and after its name. */
  static String command(String options, Class<?> application, Object... arguments) {
    return "Command=java " + words(options, application, arguments);
  }

  static String words(String options, Class<?> application, Object... arguments) {
    var words = new StringBuilder(options + BRIEF + "-cp " + CLASSES + " " + application.getName());
    for (Object argument : arguments) {
      words.append(' ').append(argument);
    }
    return words.toString();
  }

  Matcher await(String pattern) throws InterruptedException {
    return program().await(pattern);
  }

  /** How many lines of the output have this in them. */
  int count(String pattern) {
    return program().all(pattern).size();
  }
}
