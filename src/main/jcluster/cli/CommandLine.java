package jcluster.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcluster.control.Request;

/** Reads the command line. */
final class CommandLine {
  /** Names that are valid for a unit, a directory in /run and a journal identifier alike. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

  /** The words of the commands, but for the last two. */
  private static final String COMMANDS =
      "run, "
          + Stream.of(Request.values()).map(Request::toString).collect(Collectors.joining(", "));

  private CommandLine() {}

  static Command parse(List<String> words) throws UsageException {
    if (words.isEmpty()) {
      throw new UsageException("a command is missing: " + COMMANDS + ", list or check");
    }
    for (String word : words) {
      if (word.equals("--")) {
        break;
      } else if (word.equals("--help") || word.equals("-h")) {
        return new Command.Help();
      } else if (word.equals("--version")) {
        return new Command.Version();
      }
    }
    List<String> rest = words.subList(1, words.size());
    return switch (words.get(0)) {
      case "run" -> run(rest);
      case "list" -> all(rest);
      case "check" -> new Command.Check(files(rest));
      case "help" -> new Command.Help();
      default -> {
        Request request = Request.of(words.get(0)).orElseThrow(() -> unknown(words.get(0)));
        yield switch (request) {
          case SCALE -> scale(rest);
          case STATUS -> status(rest);
          default -> ask(request, rest, List.of());
        };
      }
    };
  }

  private static UsageException unknown(String command) {
    return new UsageException(
        "unknown command '" + command + "': allowed are " + COMMANDS + ", list and check");
  }

  private static Command run(List<String> words) throws UsageException {
    Optional<String> name = Optional.empty();
    Optional<Path> config = Optional.empty();
    Optional<String> instances = Optional.empty();
    List<String> listen = new ArrayList<>();
    Optional<List<String>> command = Optional.empty();
    for (int i = 0; i < words.size() && command.isEmpty(); i++) {
      String word = words.get(i);
      if (word.equals("--")) {
        command = Optional.of(List.copyOf(words.subList(i + 1, words.size())));
        continue;
      }
      int equals = word.indexOf('=');
      if (!word.startsWith("--")) {
        throw new UsageException("run: unexpected '" + word + "'; the command follows after --");
      }
      String option = equals < 0 ? word : word.substring(0, equals);
      if (!List.of("--name", "--config", "--instances", "--listen").contains(option)) {
        throw new UsageException(
            "run: unknown option '"
                + option
                + "': allowed are --name, --config, --instances and --listen");
      }
      if (equals < 0 && i + 1 == words.size()) {
        throw new UsageException("run: " + option + " needs a value");
      }
      String value = equals < 0 ? words.get(++i) : word.substring(equals + 1);
      switch (option) {
        case "--name" -> name = Optional.of(name(value));
        case "--config" -> config = Optional.of(Path.of(value));
        case "--instances" -> instances = Optional.of(value);
        default -> listen.add(value);
      }
    }
    if (command.isPresent() && command.get().isEmpty()) {
      throw new UsageException("run: the command after -- is missing");
    }
    return new Command.Run(name, config, instances, listen, command);
  }

  private static Command scale(List<String> words) throws UsageException {
    if (words.size() != 2) {
      throw new UsageException("scale: needs a name and a size: scale NAME N|+N|-N|max");
    }
    return new Command.Ask(Request.SCALE, Optional.of(name(words.get(0))), List.of(words.get(1)));
  }

  private static Command status(List<String> words) throws UsageException {
    Set<Command.Form> forms = EnumSet.noneOf(Command.Form.class);
    List<String> names = new ArrayList<>();
    for (String word : words) {
      Optional<Command.Form> form = Command.Form.of(word);
      form.ifPresentOrElse(forms::add, () -> names.add(word));
    }
    noOptions("status", names);
    if (forms.size() > 1) {
      throw new UsageException("status: only one of " + Command.Form.OPTIONS + " may be given");
    }
    Command.Ask ask = ask(Request.STATUS, names, List.of());
    return new Command.Status(ask.name(), forms.stream().findFirst().orElse(Command.Form.TABLE));
  }

  private static Command.Ask ask(Request request, List<String> words, List<String> arguments)
      throws UsageException {
    noOptions(request.toString(), words);
    if (words.size() > 1) {
      throw new UsageException(request + ": unexpected '" + words.get(1) + "' after the name");
    }
    Optional<String> name = words.isEmpty() ? Optional.empty() : Optional.of(name(words.get(0)));
    return new Command.Ask(request, name, arguments);
  }

  private static Command all(List<String> words) throws UsageException {
    noOptions("list", words);
    if (!words.isEmpty()) {
      throw new UsageException("list: unexpected '" + words.get(0) + "'; it shows all");
    }
    return new Command.All();
  }

  private static List<Path> files(List<String> words) throws UsageException {
    noOptions("check", words);
    return words.stream().map(Path::of).toList();
  }

  private static void noOptions(String command, List<String> words) throws UsageException {
    for (String word : words) {
      if (word.startsWith("-")) {
        boolean status = command.equals("status");
        String allowed = status ? "allowed are " + Command.Form.OPTIONS : "it has none";
        throw new UsageException(command + ": unknown option '" + word + "'; " + allowed);
      }
    }
  }

  /** Returns {@code text} if it is a valid name. */
  static String name(String text) throws UsageException {
    if (!NAME.matcher(text).matches()) {
      throw new UsageException(
          "'"
              + text
              + "' cannot be a name: allowed are up to 64 letters, digits and . _ -, the first a"
              + " letter or digit");
    }
    return text;
  }
}
