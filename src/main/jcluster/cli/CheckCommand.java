package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.config.ConfigException;
import jcluster.config.ConfigFile;
import jcluster.model.Outcome;
import jcluster.text.Printable;
import jcluster.text.Reason;

/** {@code jcluster check}: reads configuration files as {@code run} would. */
record CheckCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  Outcome run(Command.Check command) {
    List<Path> files = command.files();
    if (files.isEmpty() && Files.isDirectory(RunCommand.CONFIGURATIONS)) {
      try (var found = Files.newDirectoryStream(RunCommand.CONFIGURATIONS, "*.conf")) {
        List<Path> sorted = new ArrayList<>();
        found.forEach(sorted::add);
        sorted.sort(null);
        files = sorted;
      } catch (IOException e) {
        err.println(
            "jcluster: " + RunCommand.CONFIGURATIONS + ": cannot be read: " + Reason.why(e));
        return Outcome.FAILED;
      }
    }
    Outcome outcome = Outcome.DONE;
    for (Path file : files) {
      try {
        ConfigFile.load(file, Optional.empty(), environment.getOrDefault("PATH", ""));
        out.println(Printable.of(file + ": ok"));
      } catch (ConfigException e) {
        e.problems().forEach(err::println);
        outcome = Outcome.CONFIG;
      }
    }
    if (files.isEmpty()) {
      out.println(RunCommand.CONFIGURATIONS + ": no *.conf to check");
    }
    return outcome;
  }
}
