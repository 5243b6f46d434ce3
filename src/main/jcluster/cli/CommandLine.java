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
import jcluster.config.Instances;
import jcluster.control.Request;
import jcluster.install.Listen;

/** Reads the command line. */
final class CommandLine {
  /** Names that are valid for a unit, a directory in /run and a journal identifier alike. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

  /** The words of the commands, but for the last ones. */
  private static final String COMMANDS =
      "run, "
          + Stream.of(Request.values()).map(Request::toString).collect(Collectors.joining(", "));

  private CommandLine() {}

  static Command parse(List<String> words) throws UsageException {
    if (words.isEmpty()) {
      throw new UsageException(
          "a command is missing: " + COMMANDS + ", list, check, add, remove or import");
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
      case "add" -> add(rest);
      case "remove" -> remove(rest);
      case "import" -> imported(rest);
      case "check" -> new Command.Check(files(rest));
      case "help" -> new Command.Help();
      default -> {
        Request request = Request.of(words.get(0)).orElseThrow(() -> unknown(words.get(0)));
        yield switch (request) {
          case RELOAD -> rest.contains("--all") ? reloadAll(rest) : ask(request, rest, List.of());
          case SCALE -> scale(rest);
          case STATUS -> status(rest);
          default -> ask(request, rest, List.of());
        };
      }
    };
  }

  private static UsageException unknown(String command) {
    return new UsageException(
        "unknown command '"
            + command
            + "': allowed are "
            + COMMANDS
            + ", list, check, add, remove and import");
  }

  private static Command run(List<String> words) throws UsageException {
    List<String> allowed = List.of("--name=", "--config=", "--instances=", "--listen=");
    Options options = Options.of("run", words, allowed);
    if (!options.operands().isEmpty()) {
      throw new UsageException(
          "run: unexpected '" + options.operands().get(0) + "'; the command follows after --");
    }
    Optional<String> name = options.last("--name");
    return new Command.Run(
        name.isPresent() ? Optional.of(name(name.get())) : name,
        options.last("--config").map(Path::of),
        options.last("--instances"),
        options.all("--listen"),
        options.command());
  }

  private static Command add(List<String> words) throws UsageException {
    List<String> allowed = List.of("--listen=", "--instances=", "--start", "--root=");
    Options options = Options.of("add", words, allowed);
    String name = name(options.operand("name of the application"));
    if (options.command().isEmpty()) {
      throw new UsageException(
          "add: the command is missing: write it after --, such as -- java -jar /opt/"
              + name
              + "/"
              + name
              + ".jar");
    } else if (options.all("--listen").isEmpty()) {
      throw new UsageException(
          "add: the address is missing that " + name + " listens on, such as --listen=8080");
    }
    boolean start = options.last("--start").isPresent();
    Optional<Path> root = root(options);
    if (start && root.isPresent()) {
      throw new UsageException("add: what is in --root= does not run: leave --start out");
    }
    List<Listen> listen = listen(options);
    try {
      Instances size = Instances.parse(options.last("--instances").orElse("max"));
      return new Command.Add(name, listen, size, start, root, options.command().get());
    } catch (IllegalArgumentException e) {
      throw new UsageException("add: --instances: " + e.getMessage());
    }
  }

  private static Command remove(List<String> words) throws UsageException {
    Options options = Options.of("remove", words, List.of("--root="));
    return new Command.Remove(name(options.operand("name of the application")), root(options));
  }

  private static Command imported(List<String> words) throws UsageException {
    Options options = Options.of("import", words, List.of("--only=", "--listen=", "--root="));
    Path file = Path.of(options.operand("file, such as ecosystem.config.js,"));
    return new Command.Import(file, options.last("--only"), listen(options), root(options));
  }

  private static List<Listen> listen(Options options) throws UsageException {
    try {
      return options.all("--listen").stream().map(Listen::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new UsageException("--listen: " + e.getMessage());
    }
  }

  private static Optional<Path> root(Options options) {
    return options.last("--root").map(folder -> Path.of(folder).toAbsolutePath().normalize());
  }

  private static Command scale(List<String> words) throws UsageException {
    if (words.size() != 2) {
      throw new UsageException("scale: needs a name and a size: scale NAME N|+N|-N|max");
    }
    return new Command.Ask(Request.SCALE, Optional.of(name(words.get(0))), List.of(words.get(1)));
  }

  private static Command reloadAll(List<String> words) throws UsageException {
    if (words.size() > 1) {
      throw new UsageException("reload: --all is for all: leave out what is beside it");
    }
    return new Command.ReloadAll();
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
        String allowed =
            switch (command) {
              case "status" -> "allowed are " + Command.Form.OPTIONS;
              case "reload" -> "allowed is --all";
              default -> "it has none";
            };
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
