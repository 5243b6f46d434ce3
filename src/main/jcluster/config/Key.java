package jcluster.config;

import static jcluster.config.Words.refused;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.regex.Pattern;
import jcluster.model.Fleet;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.OnErrors;
import jcluster.model.Settings.Order;
import jcluster.model.Settings.Ready;
import jcluster.model.Settings.Surge;
import jcluster.model.Signal;
import jcluster.model.Time;

/**
 * The keys of a configuration file, in the order of the manual page.
 *
 * <p>Times are at most one week. Only MinUptime=, ReadyDelay=, HookTimeout= and KeepAliveGrace= may
 * be 0. A key set to {@code off} has the value 0; where a time can be {@code off}, it is otherwise
 * at least one second. The bases of IncrementVariable= are from 0 to 1,000,000,000. Ready= defaults
 * to {@code start} with Adopt=no. If StopTimeout= is short, HookTimeout= and KeepAliveGrace= have
 * shorter defaults.
 */
public enum Key {
  COMMAND("Worker", "Command", "", Key::templates),
  INSTANCES("Worker", "Instances", "max", Instances::parse),
  WORKING_DIRECTORY("Worker", "WorkingDirectory", "", Key::absolute),
  ENVIRONMENT("Worker", "Environment", "", text -> assignments(text, Config::template)),
  ENVIRONMENT_FILE("Worker", "EnvironmentFile", "", text -> absolute(text.replaceFirst("^-", ""))),
  INSTANCE_VARIABLE("Worker", "InstanceVariable", "APP_INSTANCE", Words::name),
  INCREMENT_VARIABLE("Worker", "IncrementVariable", "", text -> assignments(text, Key::base)),
  ADOPT("Worker", "Adopt", "yes", Key::flag),
  PORT_MAP("Worker", "PortMap", "", Key::ports),
  READY("Worker", "Ready", "listen", text -> choice(Ready.class, text)),
  READY_DELAY("Worker", "ReadyDelay", "0", Span::parse),
  READY_COMMAND("Worker", "ReadyCommand", "", Key::templates),
  READY_TIMEOUT("Worker", "ReadyTimeout", "60s", Key::positive),
  STOP_TIMEOUT("Worker", "StopTimeout", "30s", Key::positive),
  STOP_SIGNAL("Worker", "StopSignal", "SIGINT", Key::signal),
  HOOK_TIMEOUT("Worker", "HookTimeout", "5s", Span::parse),
  KEEP_ALIVE_GRACE("Worker", "KeepAliveGrace", "5s", Span::parse),
  INSPECT("Worker", "Inspect", "yes", Key::flag),
  SLOW_START("Worker", "SlowStart", "0", Span::parse),
  RESTART_DELAY("Worker", "RestartDelay", "100ms", Key::positive),
  RESTART_DELAY_MAX("Worker", "RestartDelayMax", "15s", Key::positive),
  MIN_UPTIME("Worker", "MinUptime", "1s", Span::parse),
  WATCHDOG("Worker", "Watchdog", "off", text -> unlessOff(text, Key::seconds)),
  MEMORY_RECYCLE("Worker", "MemoryRecycle", "off", text -> unlessOff(text, Size::parse)),
  LIFETIME_RECYCLE("Worker", "LifetimeRecycle", "off", text -> unlessOff(text, Key::seconds)),
  JVM_SIZING("Worker", "JvmSizing", "yes", Key::flag),
  ORDER("Reload", "Order", "start-first", text -> choice(Order.class, text)),
  SURGE("Reload", "Surge", "1", Key::surge),
  ON_TIMEOUT("Reload", "OnTimeout", "restart", text -> choice(Fallback.class, text)),
  ON_CRASH("Reload", "OnCrash", "abort", text -> choice(Fallback.class, text)),
  ON_ERRORS("Reload", "OnErrors", "abort", text -> choice(OnErrors.class, text));

  private static final int LARGEST_BASE = 1_000_000_000;
  private static final Pattern BASE = Pattern.compile("0|[1-9][0-9]{0,9}");
  private static final Pattern SURGE_NUMBER = Pattern.compile("[1-9][0-9]{0,3}");
  private static final int LARGEST_PORT = 65_535;
  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  private final String section;
  private final String text;
  private final String defaultText;

  @SuppressWarnings("ImmutableEnumChecker") // every one is a method reference or captures nothing
  private final Function<String, Object> parser;

  Key(String section, String text, String defaultText, Function<String, Object> parser) {
    this.section = section;
    this.text = text;
    this.defaultText = defaultText;
    this.parser = parser;
  }

  /** The section it belongs to, without brackets. */
  public String section() {
    return section;
  }

  /** The default as it would be written in a file; empty if there is none. */
  public String defaultText() {
    return defaultText;
  }

  /** The key as it is written in a file, without the equals sign. */
  @Override
  public String toString() {
    return text;
  }

  /**
   * Reads a value that is not empty.
   *
   * @throws IllegalArgumentException if it is not allowed; each line of the message forms a
   *     sentence when put after {@code KEY=} and a space
   */
  Object parse(String value) {
    return parser.apply(value);
  }

  private static List<String> templates(String text) {
    return Words.split(text).stream().map(Config::template).toList();
  }

  private static int base(String text) {
    if (!BASE.matcher(text).matches() || Long.parseLong(text) > LARGEST_BASE) {
      throw refused(text, "is not a base: allowed are 0 to " + LARGEST_BASE);
    }
    return Integer.parseInt(text);
  }

  private static <T> Map<String, T> assignments(String text, Function<String, T> parser) {
    String form = "is not an assignment: allowed is NAME=value";
    return pairs(text, "=", form, Words::name, parser);
  }

  private static Map<Integer, String> ports(String text) {
    String form = "is not a pair: allowed is PORT:SOCKET, such as 8080:http or 8080:80";
    return pairs(text, ":", form, Key::port, Key::socket);
  }

  private static int port(String text) {
    if (!PORT.matcher(text).matches() || Integer.parseInt(text) > LARGEST_PORT) {
      throw refused(text, "is not a port: allowed are 1 to " + LARGEST_PORT);
    }
    return Integer.parseInt(text);
  }

  private static String socket(String text) {
    if (text.isEmpty() || text.indexOf(':') >= 0) {
      throw refused(text, "is not a socket: allowed are its name, which has no colon, or its port");
    }
    return text;
  }

  private static <K, V> Map<K, V> pairs(
      String text,
      String separator,
      String form,
      Function<String, K> first,
      Function<String, V> second) {
    Map<K, V> values = new LinkedHashMap<>();
    StringJoiner mistakes = new StringJoiner("\n");
    for (String word : Words.split(text)) {
      try {
        String[] pair = word.split(separator, 2);
        if (pair.length < 2) {
          throw refused(word, form);
        }
        if (values.put(first.apply(pair[0]), second.apply(pair[1])) != null) {
          throw refused(pair[0], "is set twice in one line: allowed is once");
        }
      } catch (IllegalArgumentException e) {
        mistakes.add(e.getMessage());
      }
    }
    if (mistakes.length() > 0) {
      throw new IllegalArgumentException(mistakes.toString());
    }
    return values;
  }

  private static Surge surge(String text) {
    boolean percent = text.endsWith("%");
    String number = percent ? text.substring(0, text.length() - 1) : text;
    if (!SURGE_NUMBER.matcher(number).matches()
        || Integer.parseInt(number) > (percent ? 100 : Fleet.MAX_WORKERS)) {
      String allowed = "allowed are 1 to " + Fleet.MAX_WORKERS + ", and 1% to 100%";
      throw refused(text, "is not a number of workers: " + allowed);
    }
    return new Surge(Integer.parseInt(number), percent);
  }

  private static Path absolute(String text) {
    try {
      Path path = Path.of(text);
      if (path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) { // a character that the locale's encoding lacks
      throw refused(text, "is not a path: " + e.getReason());
    }
    throw refused(text, "is not an absolute path: allowed is one that starts with /");
  }

  private static long positive(String text) {
    long nanos = Span.parse(text);
    if (nanos == 0) {
      throw refused(text, "is too short: allowed is more than 0, at most 1 week");
    }
    return nanos;
  }

  private static long seconds(String text) {
    long nanos = Span.parse(text);
    if (nanos < Time.SECOND) {
      throw refused(text, "is too short: allowed is 1 second to 1 week");
    }
    return nanos;
  }

  private static Optional<Long> unlessOff(String text, Function<String, Long> parser) {
    try {
      return text.equals("off") ? Optional.empty() : Optional.of(parser.apply(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", or off", e);
    }
  }

  private static boolean flag(String text) {
    return switch (text) {
      case "yes", "true", "on", "1" -> true;
      case "no", "false", "off", "0" -> false;
      default ->
          throw refused(text, "is not a boolean: allowed are yes, true, on, 1, no, false, off, 0");
    };
  }

  private static Signal signal(String text) {
    return switch (text) {
      case "SIGHUP", "HUP" -> Signal.HUP;
      case "SIGINT", "INT" -> Signal.INT;
      case "SIGTERM", "TERM" -> Signal.TERM;
      case "SIGUSR1", "USR1" -> Signal.USR1;
      default ->
          throw refused(text, "is not a stop signal: allowed are SIGHUP, SIGINT, SIGTERM, SIGUSR1");
    };
  }

  /** The constant START_FIRST is written start-first. */
  private static <E extends Enum<E>> E choice(Class<E> type, String text) {
    List<String> allowed =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    if (!allowed.contains(text)) {
      throw refused(text, "is not known: allowed are " + String.join(", ", allowed));
    }
    return type.getEnumConstants()[allowed.indexOf(text)];
  }
}
