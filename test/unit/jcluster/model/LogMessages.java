package jcluster.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.model.Action.Level;

/** The log messages that jcluster(1) lists, under LOG MESSAGES. */
final class LogMessages {
  private static final Path PAGE =
      Path.of(System.getProperty("jcluster.root", "."), "man", "jcluster.1");

  /** An item of the lists: a priority and a message. */
  private static final Pattern ITEM = Pattern.compile("\\.Sy (\\w+) : Li \"(.*)\"");

  private static final String TIME = "[\\d.]+ (ms|s|min|h)( [\\d.]+ (ms|s|min))?";
  private static final String WORKER = "worker \\d+( \\(pid \\d+\\))?";
  private static final String ENDED =
      "(exited with status \\d+( \\(.*\\))?|was killed by (SIG[A-Z]+|signal \\d+)"
          + "|ended, it is not known how,)";

  /** The priorities by their names in the manual. */
  private static final List<String> PRIORITIES = List.of("err", "warning", "notice", "info");

  private static final List<Level> LEVELS =
      List.of(Level.ERROR, Level.WARNING, Level.NOTICE, Level.INFO);

  /** All messages, in the order of the manual. */
  static final List<Message> ALL = read();

  private LogMessages() {}

  /**
   * One of them.
   *
   * @param text as in the manual
   * @param levels those that the manual allows
   */
  record Message(String text, Set<Level> levels, Pattern pattern) {
    boolean matches(Action.Log log) {
      return levels.contains(log.level()) && pattern.matcher(log.line()).matches();
    }
  }

  /** The messages that this log line may be. */
  static List<Message> of(Action.Log log) {
    return ALL.stream().filter(message -> message.matches(log)).toList();
  }

  /** The one whose text says most of what the line says. There must be one. */
  static Message closest(Action.Log log) {
    return of(log).stream().max(Comparator.comparingInt(m -> m.text().length())).orElseThrow();
  }

  private static List<Message> read() {
    List<Message> all = new ArrayList<>();
    try {
      List<String> causes = new ArrayList<>();
      boolean isLoss = false;
      for (String line : Files.readAllLines(PAGE)) {
        Matcher item = ITEM.matcher(line);
        if (item.matches()) {
          String text = item.group(2).replace("\\(->", "→");
          if (isLoss) {
            causes.add(text);
          }
          Level level = LEVELS.get(PRIORITIES.indexOf(item.group(1)));
          Set<Level> levels = isLoss ? Set.of(level, Level.ERROR, Level.INFO) : Set.of(level);
          all.add(new Message(text, levels, Pattern.compile(regex(text, causes), Pattern.DOTALL)));
        } else if (line.equals("How a worker was lost.")) {
          isLoss = true;
        } else if (line.equals(".El")) {
          isLoss = false;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(all);
  }

  private static String regex(String text, List<String> causes) {
    // Lines of their own follow a colon at the end.
    String escaped = text.replaceAll("[()]", "\\\\$0").replaceAll(":$", ":\n.+");
    Matcher words = Pattern.compile("N workers|PID → |[A-Z]{2,}|\\bN\\b").matcher(escaped);
    return words.replaceAll(
        word ->
            Matcher.quoteReplacement(
                switch (word.group()) {
                  case "N workers" -> "\\d+ workers?";
                  case "PID → " -> "(\\d+ → )?"; // There is none if the slot was empty.
                  case "N", "PID", "SLOT" -> "\\d+";
                  case "TIME" -> TIME;
                  case "WORKER" -> WORKER;
                  case "ENDED" -> ENDED;
                  case "HOW", "WHY" -> ".+";
                  case "CAUSE" -> cause(causes);
                  default -> throw new IllegalStateException(word.group() + " in " + text);
                }));
  }

  private static String cause(List<String> causes) {
    return causes.stream()
        .map(cause -> regex(cause.replace(": thread dump", ""), List.of()))
        .reduce((a, b) -> a + "|" + b)
        .map(all -> "(" + all + ")")
        .orElseThrow();
  }
}
