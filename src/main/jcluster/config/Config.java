package jcluster.config;

import static jcluster.config.Words.refused;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import jcluster.model.Settings;

/**
 * One generation of an application's configuration; immutable.
 *
 * <p>A template is a text in which {@code %i} stands for the slot number and {@code %%} for a
 * percent sign. Nothing else is expanded, not even {@code $VARIABLE}.
 *
 * @param command the words that start a worker, at least one, as templates; a first word {@code
 *     java} means the supervisor's own JVM
 * @param instances the number of workers; empty means {@link Instances#MAX}
 * @param workingDirectory the absolute directory in which a worker starts; empty means the
 *     supervisor's own
 * @param environment variables of every worker, names to templates
 * @param instanceVariable the name of the variable that holds the slot number
 * @param incrementVariables variables that hold their base plus the slot number, names to bases
 * @param adopt whether the application's own binds get the supervisor's sockets
 * @param portMap the ports, 1 to 65535, whose binds get another socket, mapped to that socket's
 *     name or port; empty if not {@code adopt}
 * @param memoryRecycle the resident memory in bytes beyond which a worker is recycled; empty for no
 *     limit
 * @param jvmSizing whether workers are told their share of the machine
 * @param settings what the state machine needs to know: readiness, times, stop signal and policies
 * @param readyCommand the words of the command that checks whether a worker is ready, as templates;
 *     empty for no check
 * @param drain how the agent ends a worker; empty if a version without this component wrote it,
 *     which means the defaults
 * @param slowStart how long after a worker became ready its share of new connections grows, in
 *     nanoseconds, positive; empty if it has its share at once
 */
public record Config(
    List<String> command,
    Optional<Instances> instances,
    Optional<Path> workingDirectory,
    Map<String, String> environment,
    String instanceVariable,
    Map<String, Integer> incrementVariables,
    boolean adopt,
    Map<Integer, String> portMap,
    Optional<Long> memoryRecycle,
    boolean jvmSizing,
    Settings settings,
    List<String> readyCommand,
    Optional<Drain> drain,
    Optional<Long> slowStart) {

  /**
   * How the agent ends a worker. All times in nanoseconds.
   *
   * @param hookTimeout the part of the stop timeout that is reserved for the application's shutdown
   *     hooks, 0 to half of it
   * @param keepAliveGrace how long an idle connection may bring one more request, 0 to what {@code
   *     hookTimeout} leaves of the stop timeout
   * @param inspect whether the agent inspects what passes on connections
   */
  public record Drain(long hookTimeout, long keepAliveGrace, boolean inspect) {
    /** The defaults of HookTimeout= and KeepAliveGrace=, where the stop timeout is long enough. */
    static final long LONGEST = 5_000_000_000L;

    /** The default of HookTimeout= for a stop timeout. */
    static long hookTimeout(long stopTimeout) {
      return Math.min(LONGEST, stopTimeout / 2);
    }

    /** The default of KeepAliveGrace= for a stop timeout and a hook timeout. */
    static long keepAliveGrace(long stopTimeout, long hookTimeout) {
      return Math.min(LONGEST, stopTimeout - hookTimeout);
    }

    /** All defaults for a stop timeout. */
    static Drain of(long stopTimeout) {
      long hooks = hookTimeout(stopTimeout);
      return new Drain(hooks, keepAliveGrace(stopTimeout, hooks), true);
    }
  }

  private static final Pattern SPECIFIER = Pattern.compile("%.?");

  /** Copies the collections, keeping their order. */
  public Config {
    command = List.copyOf(command);
    readyCommand = List.copyOf(readyCommand);
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    incrementVariables = Collections.unmodifiableMap(new LinkedHashMap<>(incrementVariables));
    portMap = Collections.unmodifiableMap(new LinkedHashMap<>(portMap));
  }

  /**
   * The words that start the worker of a slot.
   *
   * @param slot 0 or more
   */
  public List<String> command(int slot) {
    return command.stream().map(word -> expand(word, slot)).toList();
  }

  /**
   * The words of the command that checks whether the worker of a slot is ready; empty for no check.
   *
   * @param slot 0 or more
   */
  public List<String> readyCommand(int slot) {
    return readyCommand.stream().map(word -> expand(word, slot)).toList();
  }

  /** How the agent ends a worker. */
  public Drain draining() {
    return drain.orElse(Drain.of(settings.stopTimeout()));
  }

  /**
   * The variables that the worker of a slot gets in addition to those it inherits, including {@link
   * #instanceVariable} and {@link #incrementVariables}.
   *
   * @param slot 0 or more
   */
  public Map<String, String> environment(int slot) {
    Map<String, String> variables = new LinkedHashMap<>();
    environment.forEach((name, value) -> variables.put(name, expand(value, slot)));
    incrementVariables.forEach((name, base) -> variables.put(name, String.valueOf(base + slot)));
    variables.put(instanceVariable, String.valueOf(slot));
    return Collections.unmodifiableMap(variables);
  }

  /**
   * Checks a template and returns it unchanged.
   *
   * @throws IllegalArgumentException if it has an unknown specifier
   */
  static String template(String text) {
    expand(text, 0);
    return text;
  }

  /**
   * Expands a template: {@code %i} is the slot number, {@code %%} a percent sign.
   *
   * @throws IllegalArgumentException for any other specifier
   */
  static String expand(String template, int slot) {
    return SPECIFIER
        .matcher(template)
        .replaceAll(
            found ->
                switch (found.group()) {
                  case "%i" -> String.valueOf(slot);
                  case "%%" -> "%";
                  default ->
                      throw refused(
                          found.group(),
                          "is not a specifier: allowed are %i (the slot number) and %% (a"
                              + " percent sign)");
                });
  }
}
