package jcluster.compat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** A JDK that servers run on. */
public record Jdk(Path home, String version) {
  public static Jdk of(String home) throws IOException {
    var release = new Properties();
    try (var in = Files.newInputStream(Path.of(home, "release"))) {
      release.load(in);
    }
    return new Jdk(Path.of(home), release.getProperty("JAVA_VERSION").replace("\"", ""));
  }

  /** As in {@code 17}. */
  public int feature() {
    return Integer.parseInt(version.split("[.+-]", 2)[0]);
  }
}
