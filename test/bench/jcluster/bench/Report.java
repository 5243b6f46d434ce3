package jcluster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import jcluster.compat.Jdk;

/** Figures, as a table of Markdown; each is written as soon as it is there. */
final class Report {
  private final Path file;

  Report(Path file) throws IOException {
    this.file = file;
    Files.deleteIfExists(file);
  }

  void head(String title) throws IOException {
    say("# " + title + "\n");
    say("| | JDK | without | with | difference | of n, ratio from–to |");
    say("|---|---|---|---|---|---|");
  }

  void row(String what, Jdk jdk, String first, String second, String difference, Ratios all)
      throws IOException {
    say(
        "| %s | %d | %s | %s | %s | %d, %s |"
            .formatted(what, jdk.feature(), first, second, difference, all.size(), all.spread()));
  }

  private void say(String line) throws IOException {
    System.out.println(line);
    Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
