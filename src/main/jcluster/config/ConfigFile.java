package jcluster.config;

import static jcluster.config.Words.tick;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads a configuration file and its drop-ins, in the syntax of systemd.syntax(7). Nothing is
 * ignored and nothing is guessed: anything not understood is reported with its file and line.
 */
public final class ConfigFile {
  /** The most letters by which a name may differ from a key that a hint suggests. */
  private static final int CLOSE = 2;

  private final Draft draft = new Draft();

  /** The section of the current line: null before the first header, empty in an unknown section. */
  private String section;

  /** The line of the first [Worker] header of the current file, else its last line. */
  private int workerLine;

  private ConfigFile() {}

  /** All keys, in the order of the manual page. */
  public static List<Key> keys() {
    return List.of(Key.values());
  }

  /**
   * Reads {@code NAME.conf}, then {@code NAME.conf.d/*.conf} in the order of their names. A later
   * assignment replaces an earlier one or, for a list, adds to it; an empty one restores the
   * default. Paths are checked against this machine as it is now.
   *
   * @param conf the file; it may be absent if there is a command
   * @param command the command to run in place of {@code Command=}, with the same specifiers
   * @param path the directories to look up a program in, as in the variable {@code PATH}
   * @throws ConfigException if anything is wrong, with all problems
   */
  public static Config load(Path conf, Optional<List<String>> command, String path)
      throws ConfigException {
    ConfigFile file = new ConfigFile();
    Optional<String> commandAt = Optional.empty();
    if (Files.notExists(conf)) {
      if (command.isEmpty()) {
        file.problem(conf + ":", "no such file: man jcluster.conf says what goes into it");
      }
    } else if (file.read(conf)) {
      commandAt = Optional.of(conf + ":" + file.workerLine + ":");
    }
    file.dropIns(Path.of(conf + ".d")).forEach(file::read);
    return file.draft.config(command, path, commandAt);
  }

  /**
   * What is wrong with the text of a file that is yet to be written. The files and programs that it
   * names are not looked for.
   *
   * @param conf the file, for the messages
   */
  public static List<String> mistakes(Path conf, String text) {
    ConfigFile file = new ConfigFile();
    file.parse(conf, text.split("\n"));
    return file.draft.mistakes();
  }

  private List<Path> dropIns(Path directory) {
    String[] names =
        directory.toFile().list((in, name) -> name.endsWith(".conf") && !name.startsWith("."));
    if (names == null && !Files.notExists(directory)) {
      problem(directory + ":", "cannot be read: allowed is a directory that may be listed");
    }
    return Stream.ofNullable(names).flatMap(Stream::of).sorted().map(directory::resolve).toList();
  }

  /** Reads one file, and returns whether it could be read. */
  private boolean read(Path file) {
    Optional<String> text = TextFile.read(file, file + ":", draft.problems);
    text.ifPresent(content -> parse(file, content.split("\n")));
    return text.isPresent();
  }

  /** Joins continued lines; a joined line has the number of its first part. */
  private void parse(Path file, String[] lines) {
    section = null;
    workerLine = 0;
    StringBuilder line = new StringBuilder();
    int start = 0;
    for (int i = 0; i < lines.length; i++) {
      String part = lines[i].stripLeading();
      if (part.startsWith("#") || part.startsWith(";")) {
        continue;
      }
      start = line.length() == 0 ? i + 1 : start;
      line.append(part);
      if (isContinued(line)) {
        line.setCharAt(line.length() - 1, ' ');
      } else {
        statement(file, start, line.toString().trim());
        line.setLength(0);
      }
    }
    statement(file, start, line.toString().trim());
    workerLine = workerLine == 0 ? Math.max(1, lines.length) : workerLine;
  }

  /** Tells a backslash that continues a line from one that is itself escaped. */
  private static boolean isContinued(CharSequence line) {
    int end = line.length();
    while (end > 0 && line.charAt(end - 1) == '\\') {
      end--;
    }
    return (line.length() - end) % 2 == 1;
  }

  private void statement(Path file, int number, String line) {
    String at = file + ":" + number + ":";
    int equals = line.indexOf('=');
    if (line.startsWith("[")) {
      header(at, number, line);
    } else if (line.isEmpty() || "".equals(section)) {
      return; // an unknown section is one mistake, not one for each of its lines
    } else if (equals <= 0) {
      problem(at, tick(line) + " is not an assignment: allowed is Key=value");
    } else {
      assignment(at, line.substring(0, equals).trim(), line.substring(equals + 1).trim());
    }
  }

  private void header(String at, int number, String line) {
    section = line.substring(1, Math.max(1, line.length() - 1));
    if (!line.endsWith("]") || keys().stream().noneMatch(key -> key.section().equals(section))) {
      problem(at, tick(line) + " is not a section: allowed are [Worker] and [Reload]");
      section = "";
    } else if (section.equals("Worker") && workerLine == 0) {
      workerLine = number;
    }
  }

  private void assignment(String at, String name, String value) {
    Optional<Key> known =
        keys().stream()
            .filter(key -> key.toString().equals(name) && key.section().equals(section))
            .findFirst();
    if (known.isPresent()) {
      draft.set(known.get(), at, value);
    } else if (section == null) {
      problem(at, tick(name) + " is in no section: write [Worker] or [Reload] on a line above it");
    } else {
      problem(at, tick(name) + " is not a key of [" + section + "]: " + hint(name));
    }
  }

  private String hint(String name) {
    return keys().stream()
        .filter(key -> distance(name, key) <= CLOSE)
        .min(Comparator.comparingInt(key -> distance(name, key)))
        .map(key -> "did you mean " + key + "= of [" + key.section() + "]?")
        .orElseGet(
            () ->
                keys().stream()
                    .filter(key -> key.section().equals(section))
                    .map(key -> key + "=")
                    .collect(Collectors.joining(", ", "allowed are ", "")));
  }

  /** How many letters to insert, delete or replace in a name to get the key, ignoring case. */
  private static int distance(String name, Key key) {
    String a = name.toLowerCase(Locale.ROOT);
    String b = key.toString().toLowerCase(Locale.ROOT);
    if (Math.abs(a.length() - b.length()) > CLOSE) {
      return CLOSE + 1;
    }
    int[] row = IntStream.rangeClosed(0, b.length()).toArray();
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private void problem(String at, String message) {
    draft.problems.add(at + " " + message);
  }
}
