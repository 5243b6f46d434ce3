package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jcluster.install.Application;
import jcluster.install.Place;
import jcluster.install.ProcessFile;
import jcluster.install.Programs;
import jcluster.install.Services;
import jcluster.model.Outcome;
import jcluster.text.Printable;
import jcluster.text.Reason;

/** {@code jcluster add, import}: makes applications services. */
record AddCommand(PrintStream out, PrintStream err) {
  /** Is there if systemd runs: sd_booted(3). */
  private static final Path BOOTED = Path.of("/run/systemd/system");

  private static final int LARGEST_FILE = 1 << 20;

  /** The services of this system, or of the one in the folder {@code root}. */
  static Services services(Optional<Path> root) throws IOException {
    Path templates = RunCommand.beside("");
    if (root.isPresent()) {
      return new Services(new Place(root.get(), templates), Programs.none());
    } else if (!Files.isDirectory(BOOTED)) {
      throw new IOException(
          "systemd does not run here, and services are its own: where there is none, such as in a"
              + " container, start the application with jcluster run; for an image, see --root=");
    } else if (!Files.isWritable(Path.of("/etc/systemd/system"))) {
      throw new IOException("only root may change the services of this system: use sudo");
    }
    return new Services(new Place(Path.of("/"), templates), Programs.here());
  }

  Outcome run(Command.Add command) {
    var application =
        new Application(
            command.name(),
            command.listen(),
            command.size(),
            command.command(),
            Optional.empty(),
            List.of());
    try {
      Services services = services(command.root());
      if (refused(services.problems(List.of(application)))) {
        return Outcome.CONFIG;
      }
      List<String> files = services.add(List.of(application));
      if (command.start()) {
        services.start(application);
      }
      files.forEach(file -> out.println("wrote " + file));
      if (command.start()) {
        out.println(application.name() + " is up, now and at boot");
      } else {
        next(List.of(application), command.root());
      }
      out.println(
          "After a new jar, or a change in /etc/jcluster/"
              + application.name()
              + ".conf: systemctl reload "
              + application.name());
      return Outcome.DONE;
    } catch (IOException e) {
      return failed(err, command.name() + ": ", e);
    }
  }

  Outcome run(Command.Import command) {
    Path file = command.file().toAbsolutePath().normalize();
    try {
      Services services = services(command.root());
      List<ProcessFile.Entry> entries = new ArrayList<>();
      for (var entry : ProcessFile.read(file, text(file), command.listen())) {
        if (command.only().isEmpty() || entry.name().equals(command.only().get())) {
          entries.add(entry);
        }
      }
      List<Application> applications =
          entries.stream().flatMap(entry -> entry.application().stream()).toList();
      for (var entry : entries) {
        entry.notes().forEach(note -> out.println(Printable.of(entry.name() + ": " + note)));
      }
      if (refused(problems(command, entries))
          || refused(applications.isEmpty() ? List.of() : services.problems(applications))) {
        return Outcome.CONFIG;
      }
      services.add(applications).forEach(path -> out.println("wrote " + path));
      next(applications, command.root());
      return Outcome.DONE;
    } catch (IllegalArgumentException e) {
      err.println("jcluster: " + Printable.of(e.getMessage()));
      return Outcome.CONFIG;
    } catch (IOException e) {
      return failed(err, "", e);
    }
  }

  /** What is wrong with the entries of a process file before any is looked at as a service. */
  private static List<String> problems(Command.Import command, List<ProcessFile.Entry> entries) {
    List<String> problems = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (var entry : entries) {
      entry.problems().forEach(problem -> problems.add(entry.name() + ": " + problem));
      if (entry.application().isPresent()) {
        try {
          CommandLine.name(entry.name());
        } catch (UsageException e) {
          problems.add(e.getMessage() + ": change it in the file");
        }
        if (!names.add(entry.name())) {
          problems.add(entry.name() + ": two applications have this name: change one");
        }
      }
    }
    if (entries.isEmpty()) {
      problems.add(command.only().orElse("") + ": the file names no application like this");
    } else if (problems.isEmpty() && names.isEmpty()) {
      problems.add(command.file() + ": no application in it runs Java");
    }
    return problems;
  }

  private static String text(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
      if (bytes.length > LARGEST_FILE) {
        throw new IOException("it is larger than 1 MiB");
      }
      return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw Reason.with("cannot read " + file, e);
    }
  }

  private void next(List<Application> applications, Optional<Path> root) {
    String units = applications.stream().map(Application::unit).collect(Collectors.joining(" "));
    out.println(
        root.isPresent()
            ? "To start at boot: systemctl --root=" + root.get() + " enable " + units
            : "To start now and at boot: systemctl enable --now " + units);
  }

  private boolean refused(List<String> problems) {
    problems.forEach(problem -> err.println("jcluster: " + Printable.of(problem)));
    return !problems.isEmpty();
  }

  /** Says why something failed, which may take several lines. */
  static Outcome failed(PrintStream err, String prefix, IOException e) {
    err.println("jcluster: " + prefix + Printable.lines(Reason.of(e)));
    return Outcome.FAILED;
  }
}
