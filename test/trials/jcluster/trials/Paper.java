package jcluster.trials;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The output of a trial: standard output, and the end of a file. */
final class Paper {
  private final Path file;

  Paper(Path file) {
    this.file = file;
  }

  /** The machine in words: the JDK, systemd, and the number of CPUs. */
  static String machine() {
    return "JDK "
        + System.getProperty("java.version")
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " CPUs";
  }

  /** Writes lines. */
  void say(String text) throws IOException {
    System.out.println(text);
    Files.writeString(file, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
