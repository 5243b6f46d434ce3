package jcluster.config;

import static jcluster.config.Words.refused;
import static jcluster.config.Words.tick;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jcluster.model.Settings;
import jcluster.model.Settings.Ready;
import jcluster.model.Time;

/**
 * A configuration in the making: takes one assignment after the other, then checks what can only be
 * judged at the end. It goes on after a mistake, so that one load finds them all.
 */
final class Draft {
  /** A value, as written and as parsed, and its place as {@code FILE:LINE:}. */
  private record Given(String at, String text, Object value) {
    /** The parsed value; the caller knows the type that the key's parser returns. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    <T> T as() {
      return (T) value;
    }
  }

  final Problems problems = new Problems();

  /** The assignments since the last empty one: for a list all count, for other keys the last. */
  private final Map<Key, List<Given>> given = new EnumMap<>(Key.class);

  /** The keys with a mistake: no further check relies on their values. */
  private final Set<Key> bad = EnumSet.noneOf(Key.class);

  Draft() {
    for (Key key : Key.values()) {
      given.put(key, new ArrayList<>());
    }
  }

  /**
   * Takes an assignment.
   *
   * @param at its place as {@code FILE:LINE:}
   * @param text the value; empty to go back to the default
   */
  void set(Key key, String at, String text) {
    if (text.isEmpty()) {
      given.get(key).clear();
    } else {
      try {
        given.get(key).add(new Given(at, text, key.parse(text)));
      } catch (IllegalArgumentException e) {
        e.getMessage().lines().forEach(line -> problem(key, at, line));
      }
    }
  }

  /**
   * Makes the configuration.
   *
   * @param override the command in place of Command=
   * @param path the directories where a program is looked up, as in the variable PATH
   * @param commandAt the place to report for a missing Command=, as {@code FILE:LINE:}; empty not
   *     to report it
   * @throws ConfigException if any assignment was wrong or any check fails
   */
  Config config(Optional<List<String>> override, String path, Optional<String> commandAt)
      throws ConfigException {
    Optional<Path> directory = last(Key.WORKING_DIRECTORY).map(Given::as);
    checkDirectory(directory);
    checkCommand(override, directory, path, commandAt);
    checkReadyCommand(directory, path);
    checkDelays();
    Config.Drain drain = drain();
    Map<Integer, String> portMap = portMap();
    boolean adopt = value(Key.ADOPT);
    if (!adopt) {
      checkUnadopted();
    }
    Map<String, String> templates = new LinkedHashMap<>();
    Map<String, Integer> bases = new LinkedHashMap<>();
    String slot = value(Key.INSTANCE_VARIABLE);
    mergeVariables(templates, bases, slot);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems.list());
    }
    return new Config(
        override.orElseGet(() -> value(Key.COMMAND)),
        last(Key.INSTANCES).map(Given::as),
        directory,
        templates,
        slot,
        bases,
        adopt,
        portMap,
        value(Key.MEMORY_RECYCLE),
        value(Key.JVM_SIZING),
        new Settings(
            adopt || last(Key.READY).isPresent() ? value(Key.READY) : Ready.START,
            value(Key.READY_TIMEOUT),
            value(Key.STOP_TIMEOUT),
            value(Key.STOP_SIGNAL),
            value(Key.MIN_UPTIME),
            value(Key.RESTART_DELAY),
            value(Key.RESTART_DELAY_MAX),
            value(Key.WATCHDOG),
            value(Key.LIFETIME_RECYCLE),
            value(Key.ORDER),
            value(Key.SURGE),
            value(Key.ON_TIMEOUT),
            value(Key.ON_CRASH),
            value(Key.ON_ERRORS),
            probe()),
        last(Key.READY_COMMAND).isPresent() ? value(Key.READY_COMMAND) : List.of(),
        Optional.of(drain),
        slowStart());
  }

  /** What is wrong so far, apart from the files and programs that are named. */
  List<String> mistakes() {
    checkDelays();
    drain();
    portMap();
    mergeVariables(new LinkedHashMap<>(), new LinkedHashMap<>(), value(Key.INSTANCE_VARIABLE));
    return problems.list();
  }

  private Optional<Long> slowStart() {
    long span = value(Key.SLOW_START);
    return span > 0 ? Optional.of(span) : Optional.empty();
  }

  private Optional<Settings.Probe> probe() {
    long delay = value(Key.READY_DELAY);
    boolean command = last(Key.READY_COMMAND).isPresent();
    return delay > 0 || command
        ? Optional.of(new Settings.Probe(delay, command))
        : Optional.empty();
  }

  /**
   * The times within StopTimeout=. A default is shortened to fit; a given value that does not fit
   * is refused.
   */
  private Config.Drain drain() {
    long stop = value(Key.STOP_TIMEOUT);
    long hooks = Config.Drain.hookTimeout(stop);
    if (last(Key.HOOK_TIMEOUT).isPresent()) {
      hooks = value(Key.HOOK_TIMEOUT);
      checkSpan(Key.HOOK_TIMEOUT, hooks, stop / 2, "half of StopTimeout= ");
    }
    long grace = Config.Drain.keepAliveGrace(stop, Math.min(hooks, stop));
    if (last(Key.KEEP_ALIVE_GRACE).isPresent()) {
      grace = value(Key.KEEP_ALIVE_GRACE);
      String what = "StopTimeout= less HookTimeout= " + tick(Time.text(hooks)) + " of ";
      checkSpan(Key.KEEP_ALIVE_GRACE, grace, stop - hooks, what);
    }
    return new Config.Drain(hooks, grace, value(Key.INSPECT));
  }

  private void checkSpan(Key key, long value, long most, String limit) {
    if (value > most && !bad.contains(key) && !bad.contains(Key.STOP_TIMEOUT)) {
      problem(
          key,
          at(key),
          tick(text(key))
              + " is more than "
              + limit
              + tick(text(Key.STOP_TIMEOUT))
              + ": allowed is at most "
              + Time.text(most));
    }
  }

  private void checkReadyCommand(Optional<Path> directory, String path) {
    if (last(Key.READY_COMMAND).isPresent()) {
      try {
        checkProgram(value(Key.READY_COMMAND), directory, path);
      } catch (IllegalArgumentException e) {
        problem(Key.READY_COMMAND, at(Key.READY_COMMAND), e.getMessage());
      }
    }
  }

  private void checkDirectory(Optional<Path> directory) {
    if (directory.isPresent() && !Files.isDirectory(directory.get())) {
      problem(
          Key.WORKING_DIRECTORY,
          at(Key.WORKING_DIRECTORY),
          tick(directory.get().toString()) + " is not a directory: allowed is one that exists");
    }
  }

  private void checkCommand(
      Optional<List<String>> override,
      Optional<Path> directory,
      String path,
      Optional<String> commandAt) {
    try {
      if (override.isPresent()) {
        override.get().forEach(Config::template);
        checkProgram(override.get(), directory, path);
      } else if (last(Key.COMMAND).isPresent()) {
        checkProgram(value(Key.COMMAND), directory, path);
      } else if (commandAt.isPresent() && !bad.contains(Key.COMMAND)) {
        problems.add(
            commandAt.get()
                + " [Worker] Command= is required: write the words that start a worker, such as"
                + " java -jar /srv/app.jar");
      }
    } catch (IllegalArgumentException e) {
      problems.add(
          (override.isPresent() ? "command line: " : at(Key.COMMAND) + " Command= ")
              + e.getMessage());
    }
  }

  /** Checks that the program to start exists, for slot 0, which every application has. */
  private void checkProgram(List<String> words, Optional<Path> directory, String path) {
    String program = words.isEmpty() ? "" : Config.expand(words.get(0), 0);
    boolean named = program.indexOf('/') < 0;
    if (program.equals("java") || (!named && bad.contains(Key.WORKING_DIRECTORY))) {
      return;
    }
    Stream<String> places =
        named
            ? Stream.of(path.split(":")).filter(place -> !place.isEmpty())
            : Stream.of(directory.map(Path::toString).orElse(""));
    if (places.noneMatch(place -> isExecutable(place, program))) {
      throw refused(
          program,
          (named ? "is not found in PATH " + tick(path) : "is not an executable file")
              + ": allowed are java, an executable in PATH, or the path of one");
    }
  }

  private static boolean isExecutable(String directory, String program) {
    try {
      Path file = Path.of(directory).resolve(program);
      return Files.isRegularFile(file) && Files.isExecutable(file);
    } catch (InvalidPathException e) { // a character that the locale's encoding lacks
      return false;
    }
  }

  private void checkDelays() {
    long first = value(Key.RESTART_DELAY);
    long longest = value(Key.RESTART_DELAY_MAX);
    if (longest < first
        && !bad.contains(Key.RESTART_DELAY)
        && !bad.contains(Key.RESTART_DELAY_MAX)) {
      boolean set = last(Key.RESTART_DELAY_MAX).isPresent();
      problem(
          Key.RESTART_DELAY_MAX,
          at(set ? Key.RESTART_DELAY_MAX : Key.RESTART_DELAY),
          tick(text(Key.RESTART_DELAY_MAX))
              + " is less than RestartDelay= "
              + tick(text(Key.RESTART_DELAY))
              + ": allowed is as much or more");
    }
  }

  private Map<Integer, String> portMap() {
    Map<Integer, String> all = new LinkedHashMap<>();
    for (Given assignment : given.get(Key.PORT_MAP)) {
      Map<Integer, String> ports = assignment.as();
      for (var entry : ports.entrySet()) {
        if (all.putIfAbsent(entry.getKey(), entry.getValue()) != null) {
          problem(
              Key.PORT_MAP,
              assignment.at,
              tick(entry.getKey() + ":" + entry.getValue())
                  + " is for a port that an earlier line has: an empty PortMap= takes that back");
        }
      }
    }
    return all;
  }

  /** Refuses settings that have no effect without the agent. */
  private void checkUnadopted() {
    if (last(Key.READY).isPresent() && value(Key.READY) == Ready.LISTEN) {
      problem(
          Key.READY,
          at(Key.READY),
          tick(text(Key.READY)) + " needs Adopt=yes: allowed with Adopt=no are notify, start");
    }
    List<Key> agents =
        List.of(Key.PORT_MAP, Key.HOOK_TIMEOUT, Key.KEEP_ALIVE_GRACE, Key.INSPECT, Key.SLOW_START);
    for (Key key : agents) {
      if (last(key).isPresent()) {
        problem(
            key,
            at(key),
            tick(text(key))
                + " needs Adopt=yes: with Adopt=no the application takes its sockets by itself");
      }
    }
  }

  /** Gathers the variables of all kinds, and checks that none has two conflicting sources. */
  private void mergeVariables(
      Map<String, String> templates, Map<String, Integer> bases, String slot) {
    Map<String, String> templatesAt = new HashMap<>();
    gather(Key.ENVIRONMENT, templates, templatesAt);
    for (Given assignment : given.get(Key.ENVIRONMENT_FILE)) {
      Path file = assignment.as();
      for (EnvironmentFile.Assignment variable : read(file, assignment)) {
        // A percent sign has no special meaning in these files.
        templates.put(variable.name(), variable.value().replace("%", "%%"));
        templatesAt.put(variable.name(), file + ":" + variable.line() + ":");
      }
    }
    Map<String, String> basesAt = new HashMap<>();
    gather(Key.INCREMENT_VARIABLE, bases, basesAt);
    bases.keySet().forEach(name -> checkTaken(name, Key.INCREMENT_VARIABLE, templatesAt));
    checkTaken(slot, Key.INSTANCE_VARIABLE, templatesAt);
    checkTaken(slot, Key.INSTANCE_VARIABLE, basesAt);
  }

  private <T> void gather(Key key, Map<String, T> values, Map<String, String> places) {
    for (Given assignment : given.get(key)) {
      Map<String, T> variables = assignment.as();
      values.putAll(variables);
      variables.keySet().forEach(name -> places.put(name, assignment.at));
    }
  }

  private void checkTaken(String name, Key owner, Map<String, String> places) {
    if (places.containsKey(name) && !bad.contains(owner)) {
      String message = " is set by " + owner + "= too: choose another name";
      problems.add(places.get(name) + " " + tick(name) + message);
    }
  }

  private List<EnvironmentFile.Assignment> read(Path file, Given assignment) {
    String where = assignment.at + " EnvironmentFile= " + tick(file.toString());
    if (Files.notExists(file)) {
      if (!assignment.text.startsWith("-")) {
        problems.add(where + " does not exist: write - before the path if it may be absent");
      }
      return List.of();
    }
    return TextFile.read(file, where, problems)
        .map(text -> EnvironmentFile.parse(file.toString(), text, problems))
        .orElse(List.of());
  }

  private Optional<Given> last(Key key) {
    List<Given> all = given.get(key);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  private String at(Key key) {
    return last(key).orElseThrow().at;
  }

  private String text(Key key) {
    return last(key).map(Given::text).orElse(key.defaultText());
  }

  /** The value in effect, of the type that the key's parser returns. */
  @SuppressWarnings("TypeParameterUnusedInFormals")
  private <T> T value(Key key) {
    return last(key).orElseGet(() -> new Given("", "", key.parse(key.defaultText()))).as();
  }

  private void problem(Key key, String at, String message) {
    bad.add(key);
    problems.add(at + " " + key + "= " + message);
  }
}
