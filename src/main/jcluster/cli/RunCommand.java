package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jcluster.config.ConfigException;
import jcluster.config.ConfigFile;
import jcluster.config.Instances;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action.Level;
import jcluster.model.Outcome;
import jcluster.os.Fd;
import jcluster.os.Sys;
import jcluster.runtime.Handover;
import jcluster.runtime.Log;
import jcluster.runtime.Loop;
import jcluster.runtime.Setup;
import jcluster.runtime.Takeover;
import jcluster.systemd.Journal;
import jcluster.systemd.JournalStream;
import jcluster.systemd.ListenFds;
import jcluster.systemd.ListenFds.BadSocketException;
import jcluster.systemd.Manager;
import jcluster.text.Reason;

/** {@code jcluster run}: gathers what a supervisor works with, and runs it. */
final class RunCommand {
  /** Where configuration files are. */
  static final Path CONFIGURATIONS = Path.of("/etc/jcluster");

  /** EINVAL of errno(3), which is reported to the service manager for a wrong configuration. */
  private static final int EINVAL = 22;

  private final Map<String, String> environment;
  private final PrintStream err;
  private final long pid = ProcessHandle.current().pid();

  RunCommand(Map<String, String> environment, PrintStream err) {
    this.environment = environment;
    this.err = err;
  }

  /**
   * Runs a supervisor until its end.
   *
   * @param words the whole command line, for an upgrade
   */
  Outcome run(Command.Run command, List<String> words) throws UsageException {
    String name = command.name().orElse(null);
    if (name == null) {
      name = CommandLine.name(defaultName(command));
    }
    boolean journal = JournalStream.isStandardError(environment);
    Optional<Fd> fd = Optional.of(Sys.standardError()).filter(own -> err == System.err);
    Log log = new Log(err, fd, journal ? Optional.of(new Journal()) : Optional.empty(), name);
    Manager manager = Manager.of(environment, pid);
    Loop loop;
    try {
      Optional<Setup> setup = setup(command, words, name, manager, log, journal);
      if (setup.isEmpty()) {
        return Outcome.DONE;
      }
      loop = loop(setup.get());
    } catch (ConfigException | BadSocketException | IllegalArgumentException e) {
      return failed(log, manager, e.getMessage(), EINVAL, Outcome.CONFIG);
    } catch (IOException e) {
      return failed(log, manager, Reason.of(e), 1, Outcome.FAILED);
    }
    try {
      return loop.run();
    } catch (IOException e) {
      return failed(log, manager, e.getMessage(), 1, Outcome.FAILED);
    }
  }

  /**
   * What the supervisor works with; empty if this program was only to check whether it can go on
   * from a handover, and can.
   */
  private Optional<Setup> setup(
      Command.Run command,
      List<String> words,
      String name,
      Manager manager,
      Log log,
      boolean journal)
      throws BadSocketException, UsageException, IOException {
    Path conf = command.config().orElse(CONFIGURATIONS.resolve(name + ".conf"));
    String path = environment.getOrDefault("PATH", "");
    Optional<Instances> instances = command.instances().map(Instances::parse);
    Path directory = RuntimeDirectory.create(name, environment);
    Handover.Purpose purpose = Handover.Purpose.of(environment);
    Optional<Handover> handover = Optional.empty();
    if (purpose != Handover.Purpose.NONE) {
      handover = Optional.of(Handover.read(directory));
    }
    if (purpose == Handover.Purpose.CHECK) {
      Sys.getuid(); // Shows that native calls work, too.
      Handover.accept(directory, environment);
      return Optional.empty();
    }
    ListenFds.Passed passed = ListenFds.take(environment, pid, Set.of(Loop.RECEIVER));
    Optional<Takeover> takeover = Optional.empty();
    if (handover.isEmpty()) {
      takeover = Takeover.find(directory, passed.sockets(), log);
    }
    return Optional.of(
        new Setup(
            name,
            () -> ConfigFile.load(conf, command.command(), path),
            instances,
            sockets(command, handover, takeover, passed.sockets(), log),
            directory,
            beside("agent.jar"),
            manager,
            log,
            journal,
            environment,
            Main.version(),
            program(words),
            handover,
            takeover,
            Optional.ofNullable(passed.kept().get(Loop.RECEIVER))));
  }

  /**
   * Creates the loop. If that fails on the state of a supervisor that is gone, removes the state,
   * so that the next supervisor starts afresh.
   */
  private static Loop loop(Setup setup) throws ConfigException, IOException {
    try {
      return new Loop(setup);
    } catch (RuntimeException e) {
      if (setup.takeover().isEmpty()) {
        throw e;
      }
      RuntimeDirectory.remove(setup.directory().resolve(RuntimeDirectory.STATE));
      throw new IOException(
          "the supervisor before this one has left a state that is none: " + e, e);
    }
  }

  /**
   * The sockets of the supervisor before this one, or else those that systemd has passed and those
   * that --listen= asks for.
   */
  private static List<ListenFds.Socket> sockets(
      Command.Run command,
      Optional<Handover> handover,
      Optional<Takeover> takeover,
      List<ListenFds.Socket> passed,
      Log log)
      throws BadSocketException, UsageException, IOException {
    if (handover.isPresent()) {
      return handover.get().take();
    } else if (takeover.isPresent() && passed.isEmpty()) {
      return takeover.get().sockets();
    }
    List<ListenFds.Socket> sockets = new ArrayList<>(passed);
    for (String address : command.listen()) {
      sockets.add(ListenAddress.open(address));
      log.write(Level.INFO, "listening on " + address);
    }
    if (sockets.isEmpty()) {
      throw new BadSocketException(
          "there is no socket to serve from: start it through a unit with a socket unit (man"
              + " 'myapp@.service'), or give --listen=ADDRESS");
    }
    return sockets;
  }

  /** The command line that runs the installed program again; empty if its launcher is not known. */
  private static List<String> program(List<String> words) {
    String launcher = System.getProperty("jcluster.launcher", "");
    if (launcher.isEmpty()) {
      return List.of();
    }
    List<String> program = new ArrayList<>();
    program.add(Path.of(launcher).toAbsolutePath().toString());
    program.addAll(words);
    return program;
  }

  /** A file that is installed in the same directory as this program's jar. */
  static Path beside(String file) {
    try {
      URI jar = Main.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      return Path.of(jar).resolveSibling(file);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Outcome failed(Log log, Manager manager, String why, int errno, Outcome outcome) {
    log.write(Level.ERROR, why);
    try {
      String first = why.lines().findFirst().orElse("");
      manager.tell("STATUS=" + first + "\nERRNO=" + errno);
    } catch (IOException e) {
      log.write(Level.WARNING, "the service manager was not told: " + Reason.of(e));
    }
    return outcome;
  }

  /** The name of the configuration file, or else of the jar, without its extension. */
  private static String defaultName(Command.Run command) {
    List<String> words = command.command().orElse(List.of());
    int jar = words.indexOf("-jar") + 1;
    Optional<Path> named =
        command
            .config()
            .or(
                () ->
                    jar > 0 && jar < words.size()
                        ? Optional.of(Path.of(words.get(jar)))
                        : Optional.empty());
    String file = named.map(p -> String.valueOf(p.getFileName())).orElse("app");
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }
}
