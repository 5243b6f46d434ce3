package jcluster.install;

import static jcluster.config.Words.tick;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcluster.config.Instances;
import jcluster.config.Words;

/**
 * An application of a process file of PM2, ecosystem.config.js or ecosystem.json, on its way to
 * become one of jcluster. A key is either taken over or named, with what does the same here.
 */
public final class ProcessFile {
  /** What PM2 splits a text with arguments into: words, in which quotes keep blanks. */
  private static final Pattern ARGUMENT = Pattern.compile("(?:[^\\s\"']|\"[^\"]*\"|'[^']*')+");

  private static final Pattern TIME = Pattern.compile("([0-9]{1,12})([hms]?)");

  /** How Spring Boot is told its port. */
  private static final Pattern PORT_OPTION = Pattern.compile("(?:--|-D)server\\.port=([0-9]+)");

  private static final String JOURNAL = "none: the journal has all lines, journalctl -u 'NAME@*'";
  private static final String WATCH =
      "none: a path unit, see systemd.path(5), can run systemctl reload NAME";
  private static final String STOP =
      "none: StopSignal= is sent, and what is left after StopTimeout= is killed";
  private static final String USER = "User= and Group=, with systemctl edit NAME@.service";
  private static final String NOTHING = "none: it has no meaning for Java";

  /** What does the same here as a key of PM2 that is not taken over. */
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry(
              "cron_restart",
              "none: a timer, see systemd.timer(5), can run systemctl reload"
                  + " NAME; or LifetimeRecycle="),
          Map.entry("cron", "none: a timer, see systemd.timer(5), can run systemctl reload NAME"),
          Map.entry("max_restarts", "none: jcluster never gives up on a worker, but waits longer"),
          Map.entry("stop_exit_codes", "none: a worker that ends is started again"),
          Map.entry("watch", WATCH),
          Map.entry("ignore_watch", WATCH),
          Map.entry("watch_delay", WATCH),
          Map.entry("watch_options", WATCH),
          Map.entry("out_file", JOURNAL),
          Map.entry("error_file", JOURNAL),
          Map.entry("log_file", JOURNAL),
          Map.entry("merge_logs", JOURNAL),
          Map.entry("combine_logs", JOURNAL),
          Map.entry("log_date_format", JOURNAL),
          Map.entry("log_type", JOURNAL),
          Map.entry("disable_logs", JOURNAL),
          Map.entry("time", JOURNAL),
          Map.entry("pid_file", "none: jcluster status NAME shows the process IDs"),
          Map.entry("shutdown_with_message", STOP),
          Map.entry("kill_retry_time", STOP),
          Map.entry("treekill", STOP),
          Map.entry("uid", USER),
          Map.entry("user", USER),
          Map.entry("gid", USER),
          Map.entry("namespace", "none: names that begin alike, for the patterns of systemctl"),
          Map.entry("filter_env", "none: a service does not inherit the variables of a shell"),
          Map.entry("append_env_to_name", NOTHING),
          Map.entry("source_map_support", NOTHING),
          Map.entry("disable_source_map_support", NOTHING),
          Map.entry("vizion", NOTHING),
          Map.entry("pmx", NOTHING),
          Map.entry("automation", NOTHING),
          Map.entry("force", NOTHING));

  private final Map<String, Object> keys;
  private final Path home;
  private final String name;
  private final List<String> settings = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private ProcessFile(Object keys, Path home, int number) {
    this.keys = new LinkedHashMap<>();
    if (keys instanceof Map<?, ?> map) {
      map.forEach((key, value) -> this.keys.put((String) key, value));
    } else {
      problems.add("an application is described by an object, {}");
    }
    this.home = home;
    Optional<String> given = text("name");
    Optional<String> script =
        Optional.ofNullable(this.keys.get("script")).map(s -> lastName(String.valueOf(s)));
    this.name =
        given.or(() -> script.map(s -> s.replaceFirst("[.]\\w+$", ""))).orElse("#" + number);
  }

  /**
   * What became of an application of the file.
   *
   * @param application empty if it is not Java, or if there are problems
   * @param notes what is different here, each in a line
   * @param problems what keeps it from being taken over
   */
  public record Entry(
      String name, Optional<Application> application, List<String> notes, List<String> problems) {}

  /**
   * Reads a process file.
   *
   * @param file the file, absolute; relative paths in it begin in its folder
   * @param listen what the applications listen on; if empty, what the file says about their ports
   * @throws IllegalArgumentException if the file cannot be understood, as {@code FILE:LINE:COLUMN:
   *     message} or {@code FILE: message}
   */
  public static List<Entry> read(Path file, String text, List<Listen> listen) {
    Object all = Literal.read(file.toString(), text);
    Object apps =
        all instanceof Map<?, ?> map && !map.containsKey("script") ? map.get("apps") : all;
    List<?> list =
        apps instanceof Map<?, ?> one ? List.of(one) : apps instanceof List<?> l ? l : null;
    if (list == null || list.isEmpty()) {
      throw new IllegalArgumentException(
          file + ": it names no applications: allowed is { apps: [ { name: ..., script: ... } ] }");
    }
    List<Entry> entries = new ArrayList<>();
    for (Object app : list) {
      entries.add(new ProcessFile(app, file.getParent(), entries.size() + 1).entry(listen));
    }
    return entries;
  }

  private Entry entry(List<Listen> listen) {
    String script = text("script").orElse("");
    String interpreter = text("interpreter").or(() -> text("exec_interpreter")).orElse("none");
    List<String> options =
        keys.containsKey("interpreter_args") ? words("interpreter_args") : words("node_args");
    if (!problems.isEmpty()) {
      return new Entry(name, Optional.empty(), List.of(), problems);
    }
    boolean jar =
        script.endsWith(".jar") && List.of("none", "java").contains(lastName(interpreter));
    if (!jar && !lastName(script).equals("java")) {
      String why =
          "left: its script "
              + tick(script)
              + " is not java or a jar; if it is a script that starts Java, see jcluster add";
      return new Entry(name, Optional.empty(), List.of(why), List.of());
    }
    Path cwd = path(home, text("cwd").orElse("."));
    List<String> command = new ArrayList<>();
    String java = jar ? interpreter : script;
    command.add(java.contains("/") ? path(cwd, java).toString() : "java");
    command.addAll(options);
    if (jar) {
      command.remove("-jar");
      command.addAll(List.of("-jar", script));
    }
    command.addAll(words("args"));
    int file = command.indexOf("-jar") + 1;
    if (file > 0 && file < command.size()) {
      command.set(file, path(cwd, command.get(file)).toString());
    }
    Optional<Path> folder = keys.containsKey("cwd") ? Optional.of(cwd) : Optional.empty();
    List<Listen> addresses = listen.isEmpty() ? port(command) : listen;
    Instances size = instances();
    variables();
    others();
    List.of("name", "script", "args", "cwd", "interpreter", "exec_interpreter", "exec_mode")
        .forEach(keys::remove);
    List.of("interpreter_args", "node_args").forEach(keys::remove);
    keys.forEach(this::leave);
    if (!problems.isEmpty()) {
      return new Entry(name, Optional.empty(), notes, problems);
    }
    List<String> escaped = command.stream().map(word -> word.replace("%", "%%")).toList();
    var application = new Application(name, addresses, size, escaped, folder, settings);
    return new Entry(name, Optional.of(application), notes, problems);
  }

  /** A guess: PM2 does not know which port an application listens on. */
  private List<Listen> port(List<String> command) {
    Object variables = keys.get("env");
    Object variable = variables instanceof Map<?, ?> env ? env.get("PORT") : null;
    Optional<String> option =
        command.stream()
            .flatMap(word -> PORT_OPTION.matcher(word).results())
            .map(match -> match.group(1))
            .findFirst();
    String port = option.orElse(plain(variable == null ? keys.get("port") : variable));
    if (port.isEmpty()) {
      problems.add(
          "the file does not say on which port it listens: import it with --only="
              + name
              + " --listen=PORT");
      return List.of();
    }
    try {
      return List.of(Listen.parse(port));
    } catch (IllegalArgumentException e) {
      problems.add("its port " + e.getMessage());
      return List.of();
    }
  }

  private Instances instances() {
    Object given = keys.remove("instances");
    try {
      return given == null ? new Instances(1) : Instances.parse(plain(given));
    } catch (IllegalArgumentException e) {
      problems.add("instances: " + e.getMessage());
      return Instances.MAX;
    }
  }

  private void variables() {
    Map<String, String> variables = new LinkedHashMap<>();
    if (keys.remove("env") instanceof Map<?, ?> env) {
      env.forEach(
          (key, value) ->
              Optional.ofNullable(value).ifPresent(v -> variables.put((String) key, plain(v))));
    }
    Optional.ofNullable(keys.remove("port")).ifPresent(p -> variables.put("PORT", plain(p)));
    Optional<String> counted = text("increment_var");
    keys.remove("increment_var");
    if (counted.isPresent() && counted.get().equals("PORT")) {
      notes.add("increment_var: not needed for PORT, as the workers share one");
    } else if (counted.isPresent()) {
      String base = variables.getOrDefault(counted.get(), "0");
      variables.remove(counted.get());
      settings.add("IncrementVariable=" + Words.join(List.of(counted.get() + "=" + base)));
    }
    text("instance_var").ifPresent(variable -> settings.add("InstanceVariable=" + variable));
    keys.remove("instance_var");
    variables.forEach(
        (key, value) ->
            settings.add(
                "Environment=" + Words.join(List.of(key + "=" + value.replace("%", "%%")))));
  }

  private void others() {
    time("kill_timeout", "StopTimeout=");
    time("listen_timeout", "ReadyTimeout=");
    time("min_uptime", "MinUptime=");
    time("exp_backoff_restart_delay", "RestartDelay=");
    time("restart_delay", "RestartDelay=");
    Object memory = keys.remove("max_memory_restart");
    if (memory != null) {
      settings.add("MemoryRecycle=" + plain(memory));
    }
    if (Boolean.TRUE.equals(keys.remove("wait_ready"))) {
      settings.add("Ready=notify");
      notes.add("wait_ready: the application must send READY=1, see Ready= in jcluster.conf(5)");
    }
    if (Boolean.FALSE.equals(keys.remove("autorestart"))) {
      notes.add("autorestart: none: a worker that ends is started again");
    }
    if (Boolean.FALSE.equals(keys.remove("autostart"))) {
      notes.add("autostart: none: what is not enabled with systemctl does not start at boot");
    }
  }

  /** Takes a time over: a number of milliseconds, or a text with h, m or s behind the number. */
  private void time(String key, String setting) {
    Object given = keys.remove(key);
    if (given == null || plain(given).equals("0")) {
      return;
    }
    var time = TIME.matcher(plain(given));
    if (!time.matches()) {
      problems.add(
          key + ": " + tick(plain(given)) + " is not a time: allowed are 1600, 2s, 1m, 1h");
      return;
    }
    String unit = Map.of("", "ms", "s", "s", "m", "min", "h", "h").get(time.group(2));
    settings.add(setting + time.group(1) + unit);
    if (key.equals("listen_timeout")) {
      notes.add(
          "listen_timeout: a worker that is not ready by then has failed; PM2 takes it as ready");
    }
  }

  /** Names a key that was not taken over, unless it asks for nothing. */
  private void leave(String key, Object value) {
    if (value == null || Boolean.FALSE.equals(value) || value.equals("")) {
      return;
    }
    String here =
        key.startsWith("env_")
            ? "not used: its variables may go into /etc/jcluster/NAME.conf.d/"
                + key.substring(4)
                + ".conf"
            : ELSEWHERE.getOrDefault(key, "not known here");
    notes.add(key + ": " + here.replace("NAME", name));
  }

  /** The value of a key that has to be a text. */
  private Optional<String> text(String key) {
    Object value = keys.get(key);
    if (value == null || value instanceof String) {
      return Optional.ofNullable((String) value).filter(text -> !text.isEmpty());
    }
    problems.add(key + ": allowed is a text in quotes");
    return Optional.empty();
  }

  /** The words of a key, which may be a text or an array. */
  private List<String> words(String key) {
    Object value = keys.get(key);
    if (value instanceof List<?> list) {
      return list.stream().map(ProcessFile::plain).toList();
    } else if (value == null) {
      return List.of();
    }
    Stream<String> found = ARGUMENT.matcher(plain(value)).results().map(MatchResult::group);
    return found.map(word -> word.replaceAll("[\"']", "")).toList();
  }

  /** A number, a text or a boolean as a text; empty for null. */
  private static String plain(Object value) {
    return value instanceof BigDecimal number
        ? number.toPlainString()
        : value == null ? "" : value.toString();
  }

  private Path path(Path folder, String text) {
    try {
      return folder.resolve(text).normalize();
    } catch (InvalidPathException e) {
      problems.add(tick(text) + " is not a path: " + e.getReason());
      return folder;
    }
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
