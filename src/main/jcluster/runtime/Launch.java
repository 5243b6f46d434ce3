package jcluster.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jcluster.config.Config;
import jcluster.control.RuntimeDirectory;
import jcluster.systemd.Endpoint;

/**
 * What a worker is started with. Nothing here has side effects.
 *
 * @param argv its command line, beginning with the absolute path of the program
 * @param environment its whole environment
 * @param directory its working directory; the supervisor's if empty
 */
public record Launch(
    List<String> argv, Map<String, String> environment, Optional<String> directory) {

  /**
   * How much of the machine's memory the heaps of one application's workers may take together, in
   * percent.
   */
  private static final double MEMORY_SHARE = 70;

  /**
   * Variables for the supervisor alone; those of systemd are in sd_notify(3), sd_listen_fds(3) and
   * systemd.exec(5).
   */
  private static final Set<String> SUPERVISORS_OWN =
      Set.of(
          "LISTEN_FDS",
          "LISTEN_FDNAMES",
          "LISTEN_PID",
          "LISTEN_PIDFDID",
          "NOTIFY_SOCKET",
          "WATCHDOG_PID",
          "WATCHDOG_USEC",
          "MAINPID",
          "MANAGERPID",
          "SYSTEMD_EXEC_PID",
          "FDSTORE",
          "JOURNAL_STREAM",
          "MEMORY_PRESSURE_WATCH",
          "MEMORY_PRESSURE_WRITE",
          "REMOTE_ADDR",
          "REMOTE_PORT",
          Handover.VARIABLE,
          Reexec.VARIABLE,
          // Set by another supervisor, if this one is itself a worker.
          OrphanedWorker.VARIABLE,
          AgentSettings.VARIABLE);

  /**
   * Variables that the launcher changes for the supervisor's own JVM. It keeps each value in a
   * variable of the same name behind JCLUSTER_WORKER_, empty if it was not set.
   */
  private static final List<String> PUT_ASIDE =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "LC_ALL");

  /** The option that loads an agent into any JVM (java(1)). */
  private static final String ANY_AGENT = "-javaagent:";

  /**
   * What is the same for all workers.
   *
   * @param environment the supervisor's own
   * @param javaHome the supervisor's own JDK or JRE
   * @param cpus how many CPUs there are
   * @param sockets the sockets, in the order of their descriptors
   * @param directory the runtime directory, with the files that workers report through
   * @param agent the agent's jar
   */
  public record Surroundings(
      Map<String, String> environment,
      String javaHome,
      int cpus,
      List<Endpoint> sockets,
      Path directory,
      Path agent) {}

  /**
   * What the worker of a slot is started with.
   *
   * @param worker its id, by which the next supervisor finds it if this one is gone
   * @param generation its generation's number
   * @param instances how many workers share the machine
   * @param seat its seat on the balance page, -1 if it has none
   * @param journalStream JOURNAL_STREAM=, if its standard error goes to the journal
   */
  public static Launch of(
      Config config,
      int worker,
      int slot,
      int generation,
      int instances,
      int seat,
      Optional<String> journalStream,
      Surroundings surroundings) {
    Map<String, String> environment = environment(config, slot, generation, surroundings);
    environment.put(OrphanedWorker.VARIABLE, String.valueOf(worker));
    Path notify = surroundings.directory().resolve(RuntimeDirectory.NOTIFY);
    environment.put("NOTIFY_SOCKET", notify.toString());
    List<String> names = surroundings.sockets().stream().map(Endpoint::name).toList();
    environment.put("LISTEN_FDS", String.valueOf(names.size()));
    environment.put("LISTEN_FDNAMES", String.join(":", names));
    // Without WATCHDOG_PID=, which would have to be the worker's own pid (sd_watchdog_enabled(3)).
    Optional<Long> watchdog = config.settings().watchdog();
    watchdog.ifPresent(nanos -> environment.put("WATCHDOG_USEC", String.valueOf(nanos / 1_000)));
    journalStream.ifPresent(stream -> environment.put("JOURNAL_STREAM", stream));

    List<String> command = new ArrayList<>(config.command(slot));
    int surge = config.settings().surge().of(instances);
    if (config.jvmSizing() && isJava(command.get(0))) {
      command.addAll(1, sizing(surroundings.cpus(), instances, surge, environment));
    }
    if (config.adopt()) {
      environment.put(AgentSettings.VARIABLE, AgentSettings.text(config, seat, surroundings));
      addAgent(surroundings.agent(), command, environment);
    }
    // LISTEN_PID= must be the worker's own pid, which nobody knows before the process exists. So a
    // shell sets it to its own pid and then becomes the worker by exec.
    String script = "export LISTEN_PID=$$; exec \"$@\"";
    return inShell(script, command, environment, config, surroundings);
  }

  /**
   * What the ReadyCommand= of a slot's worker is started with: the worker's environment and
   * directory, without what concerns its sockets, its reports and its agent.
   *
   * @param generation its generation's number
   */
  static Launch probe(Config config, int slot, int generation, Surroundings surroundings) {
    Map<String, String> environment = environment(config, slot, generation, surroundings);
    // A shell looks the program up in PATH.
    return inShell("exec \"$@\"", config.readyCommand(slot), environment, config, surroundings);
  }

  private static Launch inShell(
      String script,
      List<String> command,
      Map<String, String> environment,
      Config config,
      Surroundings surroundings) {
    List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", script, "jcluster"));
    String program = command.get(0);
    argv.add(program.equals("java") ? surroundings.javaHome() + "/bin/java" : program);
    argv.addAll(command.subList(1, command.size()));
    return new Launch(argv, environment, config.workingDirectory().map(Object::toString));
  }

  private static Map<String, String> environment(
      Config config, int slot, int generation, Surroundings surroundings) {
    Map<String, String> environment = inherited(surroundings.environment());
    environment.putAll(config.environment(slot));
    environment.put("JCLUSTER_GENERATION", String.valueOf(generation));
    return environment;
  }

  /** The part of an environment that is meant for the supervisor and that no process inherits. */
  static Map<String, String> ownPart(Map<String, String> own) {
    Map<String, String> environment = new LinkedHashMap<>(own);
    environment.keySet().retainAll(SUPERVISORS_OWN);
    return environment;
  }

  /**
   * The part of an environment that a process inherits: without what is the supervisor's own, and
   * as it was before the launcher changed it.
   */
  static Map<String, String> inherited(Map<String, String> own) {
    Map<String, String> environment = new LinkedHashMap<>(own);
    environment.keySet().removeAll(SUPERVISORS_OWN);
    for (String name : PUT_ASIDE) {
      String value = environment.remove("JCLUSTER_WORKER_" + name);
      if (value != null && value.isEmpty()) {
        environment.remove(name);
      } else if (value != null) {
        environment.put(name, value);
      }
    }
    return environment;
  }

  private static boolean isJava(String program) {
    return program.equals("java") || program.endsWith("/java");
  }

  /** Has the JVM that is started, or any that the program starts or becomes, load the agent. */
  private static void addAgent(Path agent, List<String> command, Map<String, String> environment) {
    if (isJava(command.get(0))) {
      command.add(1, agentOption(command, environment) + agent);
    } else {
      environment.merge(
          "JAVA_TOOL_OPTIONS", quoted(ANY_AGENT + agent), (given, option) -> option + " " + given);
    }
  }

  /**
   * The option that loads the agent. {@link #ANY_AGENT} adds java.instrument to the root modules.
   * The JVM then cannot use its archived module graph, which costs some 40 ms of CPU at each start.
   * An application on the class path has that module anyway, so {@code -agentlib} is enough.
   */
  private static String agentOption(List<String> command, Map<String, String> environment) {
    boolean modules =
        command.stream().anyMatch(Launch::choosesModules)
            || Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
                .flatMap(name -> Stream.of(environment.getOrDefault(name, "").split("\\s+")))
                .anyMatch(Launch::choosesModules);
    return modules ? ANY_AGENT : "-agentlib:instrument=";
  }

  /** Whether an argument may keep a module out, or names a file of arguments that may. */
  private static boolean choosesModules(String word) {
    return word.equals("-m")
        || word.startsWith("--module")
        || word.startsWith("--limit-modules")
        || word.startsWith("@");
  }

  /** An option as one word of JAVA_TOOL_OPTIONS, which knows quotes but no escapes. */
  private static String quoted(String option) {
    String quote = option.indexOf('"') < 0 ? "\"" : "'";
    return option.matches("[^\\s\"']*") ? option : quote + option + quote;
  }

  /**
   * JVM options that limit each worker to its share of the machine. An option in the command itself
   * comes later and wins. One in JAVA_TOOL_OPTIONS or JDK_JAVA_OPTIONS would lose, so an option
   * found there is left out here.
   */
  private static List<String> sizing(
      int cpus, int instances, int surge, Map<String, String> environment) {
    String given =
        environment.getOrDefault("JAVA_TOOL_OPTIONS", "")
            + " "
            + environment.getOrDefault("JDK_JAVA_OPTIONS", "");
    List<String> options = new ArrayList<>();
    if (!given.contains("-XX:ActiveProcessorCount=")) {
      options.add("-XX:ActiveProcessorCount=" + Math.max(1, (cpus + instances - 1) / instances));
    }
    if (!given.contains("-XX:MaxRAMPercentage=")) {
      // More than usual: in a roll, so many start, and as many may rest until their clients have
      // gone.
      double share = MEMORY_SHARE / (instances + 2 * surge);
      options.add(String.format(Locale.ROOT, "-XX:MaxRAMPercentage=%.2f", share));
    }
    return options;
  }
}
