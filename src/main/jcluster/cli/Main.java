package jcluster.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jcluster.config.ConfigException;
import jcluster.config.ConfigFile;
import jcluster.config.Instances;
import jcluster.control.ControlClient;
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
import jcluster.systemd.JournalStream;
import jcluster.systemd.ListenFds;
import jcluster.systemd.ListenFds.BadSocketException;
import jcluster.systemd.Manager;
import jcluster.text.Printable;
import jcluster.text.Reason;

/** The {@code jcluster} command. */
public final class Main {
  private static final Path CONFIGURATIONS = Path.of("/etc/jcluster");

  /** EINVAL of errno(3), which is reported to the service manager for a wrong configuration. */
  private static final int EINVAL = 22;

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  private Main(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  /** Runs a command line and exits with its status. */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.getenv(), System.out, System.err));
  }

  /**
   * Runs a command line.
   *
   * @return the exit status
   */
  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    try {
      return new Main(environment, out, err).run(CommandLine.parse(arguments), arguments);
    } catch (UsageException e) {
      err.println("jcluster: " + Printable.of(e.getMessage()) + " (try jcluster --help)");
      return Outcome.USAGE.status();
    }
  }

  private int run(Command command, List<String> words) throws UsageException {
    if (command instanceof Command.Run c) {
      return supervise(c, words).status();
    } else if (command instanceof Command.Reload c) {
      return ask(c.name(), "reload");
    } else if (command instanceof Command.Upgrade c) {
      return ask(c.name(), "upgrade");
    } else if (command instanceof Command.Scale c) {
      return ask(Optional.of(c.name()), "scale " + c.size());
    } else if (command instanceof Command.Status c) {
      return ask(c.name(), "status");
    } else if (command instanceof Command.Check c) {
      return check(c.files()).status();
    } else if (command instanceof Command.Help) {
      out.print(help());
      return Outcome.DONE.status();
    } else if (command instanceof Command.Version) {
      out.println("jcluster " + version());
      return Outcome.DONE.status();
    }
    throw new AssertionError(command);
  }

  // run

  private Outcome supervise(Command.Run command, List<String> words) throws UsageException {
    String name = command.name().orElse(null);
    if (name == null) {
      name = CommandLine.name(defaultName(command));
    }
    boolean journal = JournalStream.isStandardError(environment);
    Optional<Fd> fd = Optional.of(Sys.standardError()).filter(own -> err == System.err);
    Log log = new Log(err, fd, journal, name);
    long pid = ProcessHandle.current().pid();
    Manager manager = Manager.of(environment, pid);
    Loop loop;
    try {
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
        return Outcome.DONE;
      }
      ListenFds.Passed passed = ListenFds.take(environment, pid, Set.of(Loop.RECEIVER));
      List<ListenFds.Socket> sockets;
      Optional<Takeover> takeover = Optional.empty();
      if (handover.isPresent()) {
        sockets = handover.get().take();
      } else {
        takeover = Takeover.find(directory, passed.sockets(), log);
        sockets =
            takeover.isPresent() && passed.sockets().isEmpty()
                ? takeover.get().sockets()
                : sockets(command, passed.sockets(), log);
      }
      var setup =
          new Setup(
              name,
              () -> ConfigFile.load(conf, command.command(), path),
              instances,
              sockets,
              directory,
              agent(),
              manager,
              log,
              journal,
              environment,
              version(),
              program(words),
              handover,
              takeover,
              Optional.ofNullable(passed.kept().get(Loop.RECEIVER)));
      loop = loop(setup);
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

  /** The sockets that systemd has passed, and those that --listen= asks for. */
  private static List<ListenFds.Socket> sockets(
      Command.Run command, List<ListenFds.Socket> passed, Log log)
      throws BadSocketException, UsageException, IOException {
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

  /** The agent's jar, in the same directory as this program's. */
  private static Path agent() {
    try {
      URI jar = Main.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      return Path.of(jar).resolveSibling("agent.jar");
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

  // reload, scale, status

  private int ask(Optional<String> given, String request) throws UsageException {
    Optional<String> name = given.isPresent() ? given : onlyOne();
    if (name.isEmpty()) {
      err.println("jcluster: no application is running");
      return Outcome.NOT_RUNNING.status();
    }
    Optional<Path> socket = ControlClient.find(name.get(), environment);
    // For a request that changes something, the supervisor itself logs to the journal.
    boolean journal = !request.equals("status") && JournalStream.isStandardError(environment);
    try {
      if (socket.isEmpty()) {
        throw new ConnectException();
      }
      ControlClient.Reply reply =
          ControlClient.ask(socket.get(), request, journal ? line -> {} : out::println);
      if (reply.status() != Outcome.DONE.status()) {
        reply.text().lines().forEach(l -> err.println("jcluster: " + name.get() + ": " + l));
      } else if (!reply.text().isEmpty() && !journal) {
        out.println(reply.text());
      }
      return reply.status();
    } catch (ConnectException e) {
      // The directory exists only while a supervisor runs: a unit's is removed with it.
      Path folder = RuntimeDirectory.candidates(name.get(), environment).get(0);
      String hint =
          socket.isEmpty() && Files.isDirectory(folder)
              ? " has no control socket in "
                  + folder
                  + ": if it has started already, that was removed; restart it"
              : " is not running; to start it: systemctl start " + name.get() + "@max.service";
      err.println("jcluster: " + name.get() + hint);
      return Outcome.NOT_RUNNING.status();
    } catch (EOFException e) {
      err.println("jcluster: " + name.get() + ": " + e.getMessage());
      if (request.equals("reload") && isOfUnit(socket.orElseThrow())) {
        endReload();
      }
      return Outcome.FAILED.status();
    } catch (IOException e) {
      String hint =
          Reason.of(e).contains("ermission denied")
              ? "; only root and the application's own user may ask"
              : "";
      err.println("jcluster: " + name.get() + ": " + Printable.of(Reason.of(e)) + hint);
      return Outcome.FAILED.status();
    }
  }

  /** Whether this process is a command of the unit whose supervisor has this control socket. */
  private boolean isOfUnit(Path socket) {
    return RuntimeDirectory.given(environment).equals(Optional.of(socket.getParent()));
  }

  /**
   * Sends READY=1, as ExecReload=, in place of the supervisor, which has sent RELOADING=1 and is
   * gone. Otherwise, systemd 257 waits for READY=1 until the reload times out, and only then starts
   * the next supervisor.
   */
  private void endReload() {
    try {
      Manager.of(environment, ProcessHandle.current().pid()).tell("READY=1");
    } catch (IOException e) {
      err.println("jcluster: the service manager was not told: " + Reason.of(e));
    }
  }

  private Optional<String> onlyOne() throws UsageException {
    List<String> running = ControlClient.running(environment);
    if (running.size() > 1) {
      throw new UsageException(
          "several applications are running, name one: " + String.join(", ", running));
    }
    return running.stream().findFirst();
  }

  // check

  private Outcome check(List<Path> given) {
    List<Path> files = given;
    if (given.isEmpty() && Files.isDirectory(CONFIGURATIONS)) {
      try (var found = Files.newDirectoryStream(CONFIGURATIONS, "*.conf")) {
        List<Path> sorted = new ArrayList<>();
        found.forEach(sorted::add);
        sorted.sort(null);
        files = sorted;
      } catch (IOException e) {
        err.println("jcluster: " + CONFIGURATIONS + ": cannot be read: " + Reason.why(e));
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
      out.println(CONFIGURATIONS + ": no *.conf to check");
    }
    return outcome;
  }

  // help

  private static String help() {
    try (InputStream text = Main.class.getResourceAsStream("help.txt")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
        .orElse("(not installed)");
  }
}
