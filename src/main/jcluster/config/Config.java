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
 * The configuration of one application: one generation of it, immutable.
 *
 * <p>A template is a text in which {@code %i} stands for the slot number and {@code %%} for a
 * percent sign. Nothing else is expanded in it, no {@code $VARIABLE} either.
 *
 * @param command the words that start a worker, at least one, as templates; a first word {@code
 *     java} means the supervisor's own JVM
 * @param instances how many workers; if it was not set, {@link Instances#MAX} is meant
 * @param workingDirectory where a worker starts, absolute; the supervisor's own if it was not set
 * @param environment variables of every worker, names to templates
 * @param instanceVariable the name of the variable that holds the slot number
 * @param incrementVariables variables that hold their base plus the slot number, names to bases
 * @param adopt whether the sockets answer what the application binds itself
 * @param portMap the application's ports that mean another socket's, 1 to 65535, to that socket's
 *     name or port; empty if not {@code adopt}
 * @param memoryRecycle the resident memory in bytes beyond which a worker is recycled; 0 for none
 * @param jvmSizing whether workers are told how large a part of the machine is theirs
 * @param settings what the state machine needs to know: readiness, times, stop signal and policies
 * @param readyCommand the words of the command that says whether a worker is ready, as templates;
 *     none if nothing but the worker does
 * @param drain how the agent ends a worker; the defaults if a version that knew none wrote this
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
    long memoryRecycle,
    boolean jvmSizing,
    Settings settings,
    List<String> readyCommand,
    Optional<Drain> drain) {

  /**
   * How the agent ends a worker. All times in nanoseconds.
   *
   * @param hookTimeout how much of the stop timeout is kept for the application's shutdown hooks, 0
   *     to half of it
   * @param keepAliveGrace how long a connection that idles may bring one more request, 0 to what
   *     the hooks leave of the stop timeout
   * @param inspect whether connections are looked into
   */
  public record Drain(long hookTimeout, long keepAliveGrace, boolean inspect) {
    /** The defaults of HookTimeout= and KeepAliveGrace=, where the stop timeout is long enough. */
    static final long LONGEST = 5_000_000_000L;

    /** The default of HookTimeout= with a stop timeout. */
    static long hookTimeout(long stopTimeout) {
      return Math.min(LONGEST, stopTimeout / 2);
    }

    /** The default of KeepAliveGrace= with a stop timeout and a hook timeout. */
    static long keepAliveGrace(long stopTimeout, long hookTimeout) {
      return Math.min(LONGEST, stopTimeout - hookTimeout);
    }

    /** All defaults with a stop timeout. */
    static Drain of(long stopTimeout) {
      long hooks = hookTimeout(stopTimeout);
      return new Drain(hooks, keepAliveGrace(stopTimeout, hooks), true);
    }
  }

  private static final Pattern SPECIFIER = Pattern.compile("%.?");

  /** Copies what could change, in the order it was given. */
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
   * The words of the command that says whether the worker of a slot is ready; none if there is
   * none.
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
   * The variables that the worker of a slot gets on top of what it inherits, with those of {@link
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
   * Returns a template as it is.
   *
   * @throws IllegalArgumentException if it has a specifier that is not known
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
