package jcluster.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The screen of a terminal that knows the few control sequences that jcluster uses, and fails on
 * any other, on text that does not fit and on text behind the last line. Not for several threads.
 */
public final class Emulator {
  private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[([?0-9;]*)([A-Za-z])");

  private char[][] cells;
  private int line;
  private int column;
  private String rest = "";
  private final Set<String> modes = new TreeSet<>();
  private boolean coloured;
  private int written;

  /** A terminal that is empty. */
  public Emulator(int lines, int columns) {
    resize(lines, columns);
  }

  /** Gives it another size; like a real one, it keeps what it shows as far as that fits. */
  public void resize(int lines, int columns) {
    char[][] next = new char[lines][columns];
    for (int i = 0; i < lines; i++) {
      Arrays.fill(next[i], ' ');
      if (cells != null && i < cells.length) {
        System.arraycopy(cells[i], 0, next[i], 0, Math.min(columns, cells[i].length));
      }
    }
    cells = next;
  }

  /** Takes what is written to the terminal; a sequence may come in parts. */
  public void take(String text) {
    String all = rest + text;
    rest = "";
    for (int i = 0; i < all.length(); ) {
      char c = all.charAt(i);
      if (c == '\u001b') {
        Matcher sequence = SEQUENCE.matcher(all).region(i, all.length());
        if (!sequence.lookingAt()) {
          rest = all.substring(i);
          if (rest.length() > 10) {
            throw new AssertionError("unknown: " + rest.replace('\u001b', '^'));
          }
          return;
        }
        take(sequence.group(1), sequence.group(2).charAt(0));
        i = sequence.end();
        continue;
      }
      if (c == '\r') {
        column = 0;
      } else if (c == '\n') {
        line++;
      } else {
        cells[line][column++] = c;
        written++;
      }
      i++;
    }
  }

  private void take(String numbers, char kind) {
    switch (kind) {
      case 'H' -> {
        line = Integer.parseInt(numbers.split(";")[0]) - 1;
        column = Integer.parseInt(numbers.split(";")[1]) - 1;
      }
      case 'K' -> Arrays.fill(cells[line], column, cells[line].length, ' ');
      case 'h' -> modes.add(numbers);
      case 'l' -> modes.remove(numbers);
      case 'm' -> {
        coloured |= !numbers.isEmpty();
      }
      default -> throw new AssertionError("unknown: " + numbers + kind);
    }
  }

  /** What is on the screen, without blanks at the ends of lines and empty lines below. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (char[] line : cells) {
      lines.add(new String(line).stripTrailing());
    }
    while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    }
    return lines;
  }

  /** The private modes that are set, such as {@code ?1049} for the alternate screen. */
  public Set<String> modes() {
    return modes;
  }

  /** Whether any text was coloured. */
  public boolean coloured() {
    return coloured;
  }

  /** How many characters were written since the last call. */
  public int written() {
    int count = written;
    written = 0;
    return count;
  }

  @Override
  public String toString() {
    return lines().stream().collect(Collectors.joining("|\n", "", "|\n"));
  }
}
