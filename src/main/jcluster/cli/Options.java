package jcluster.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The words that follow a command's: options, which take their value after an equals sign or as the
 * next word, and operands, up to {@code --} and another command.
 */
record Options(
    String of,
    Map<String, List<String>> values,
    List<String> operands,
    Optional<List<String>> command) {
  /**
   * Reads the words.
   *
   * @param of the command's name, for messages
   * @param allowed its options, those with a value with an equals sign behind them
   */
  static Options of(String of, List<String> words, List<String> allowed) throws UsageException {
    int end = words.contains("--") ? words.indexOf("--") : words.size();
    Optional<List<String>> command = Optional.empty();
    if (end < words.size()) {
      command = Optional.of(List.copyOf(words.subList(end + 1, words.size())));
      if (command.get().isEmpty()) {
        throw new UsageException(of + ": the command after -- is missing");
      }
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    List<String> operands = new ArrayList<>();
    for (int i = 0; i < end; i++) {
      String word = words.get(i);
      int equals = word.indexOf('=');
      String option = equals < 0 ? word : word.substring(0, equals);
      String value = equals < 0 ? "" : word.substring(equals + 1);
      if (!word.startsWith("-")) {
        operands.add(word);
        continue;
      } else if (allowed.contains(option + "=") && equals < 0) {
        i++;
        if (i == end) {
          throw new UsageException(of + ": " + option + " needs a value");
        }
        value = words.get(i);
      } else if (!allowed.contains(option + (equals < 0 ? "" : "="))) {
        throw new UsageException(
            of + ": unknown option '" + option + "': allowed " + list(allowed));
      }
      values.computeIfAbsent(option, o -> new ArrayList<>()).add(value);
    }
    return new Options(of, values, operands, command);
  }

  private static String list(List<String> allowed) {
    List<String> names = allowed.stream().map(option -> option.replace("=", "")).toList();
    int last = names.size() - 1;
    return last == 0
        ? "is " + names.get(0)
        : "are " + String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  /** The values of an option, in their order. */
  List<String> all(String option) {
    return values.getOrDefault(option, List.of());
  }

  /** The last value of an option, which is empty for one without a value. */
  Optional<String> last(String option) {
    List<String> all = all(option);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  /**
   * The only operand.
   *
   * @param what it is, for the message if it is missing
   */
  String operand(String what) throws UsageException {
    if (operands.isEmpty()) {
      throw new UsageException(of + ": the " + what + " is missing");
    } else if (operands.size() > 1) {
      throw new UsageException(of + ": unexpected '" + operands.get(1) + "'");
    }
    return operands.get(0);
  }
}
