package jcluster.install;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON, and of JavaScript what says no more than JSON can: {@code module.exports =} before
 * one literal, keys without quotes, single quotes, commas at the end, comments. Nothing is
 * executed: anything else is refused with its place.
 *
 * <p>An object becomes a {@code Map} in the order of the text, an array a {@code List}; the others
 * are {@code String}, {@code BigDecimal}, {@code Boolean} and null.
 */
final class Literal {
  private static final Pattern EXPORTS =
      Pattern.compile("module\\s*\\.\\s*exports\\s*=|export\\s+default\\b");
  private static final Pattern NAME = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]*+");
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]{0,17})(?:\\.[0-9]{1,18})?(?:[eE][-+]?[0-9]{1,2})?+");

  /** After a number or a word, these would make it a part of something else. */
  private static final String IN_WORD = "._$0123456789abcdefghijklmnopqrstuvwxyz";

  private static final int DEEPEST = 32;

  private final String file;
  private final String text;
  private int at;
  private int depth;

  private Literal(String file, String text) {
    this.file = file;
    this.text = text;
  }

  /**
   * Reads the text of a file.
   *
   * @throws IllegalArgumentException for any other text, as {@code FILE:LINE:COLUMN: message}
   */
  static Object read(String file, String text) {
    Literal in = new Literal(file, text);
    in.blanks();
    if (in.match(EXPORTS).isEmpty()
        && NAME.matcher(text).region(in.at, text.length()).lookingAt()) {
      throw in.refused(
          in.word()
              + " is not understood: allowed is one literal, as in JSON or after"
              + " module.exports =; write values in place of what computes them");
    }
    Object value = in.value();
    in.blanks();
    if (in.peek() == ';') {
      in.at++;
      in.blanks();
    }
    if (in.at < text.length()) {
      throw in.unexpected("the end of the file");
    }
    return value;
  }

  private Object value() {
    blanks();
    int c = peek();
    if (c == '{' || c == '[') {
      depth++;
      if (depth > DEEPEST) {
        throw refused("more than " + DEEPEST + " brackets are open: allowed are fewer");
      }
      Object all = c == '{' ? object() : array();
      depth--;
      return operand(all);
    } else if (c == '"' || c == '\'') {
      return operand(string());
    }
    int start = at;
    String number = match(NUMBER);
    if (!number.isEmpty()) {
      if (peek() >= 0 && IN_WORD.indexOf(Character.toLowerCase(peek())) >= 0) {
        at = start;
        throw refused("this is not a number: allowed are decimal ones, such as 3000 or 1.5");
      }
      return operand(new BigDecimal(number));
    }
    String word = word();
    switch (word) {
      case "true", "false" -> {
        at += word.length();
        return operand(Boolean.valueOf(word));
      }
      case "null" -> {
        at += word.length();
        return operand(null);
      }
      default ->
          throw unexpected("a value: a text in quotes, a number, true, false, null, {} or []");
    }
  }

  /** Refuses what would make the value before it a part of an expression. */
  private Object operand(Object value) {
    blanks();
    if (peek() >= 0 && "+-*/%.([?|&<>=!`".indexOf(peek()) >= 0) {
      throw refused("a value is computed here: write the value itself");
    }
    return value;
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    at++;
    for (blanks(); peek() != '}'; blanks()) {
      int start = at;
      String key = peek() == '"' || peek() == '\'' ? string() : match(NAME);
      if (key.isEmpty() && start == at) {
        throw unexpected("a key or }");
      }
      blanks();
      if (peek() != ':') {
        throw unexpected(": after the key " + key);
      }
      at++;
      if (members.containsKey(key)) {
        at = start;
        throw refused("the key " + key + " is there twice: write it once");
      }
      members.put(key, value());
      comma('}');
    }
    at++;
    return members;
  }

  private List<Object> array() {
    List<Object> elements = new ArrayList<>();
    at++;
    for (blanks(); peek() != ']'; blanks()) {
      elements.add(value());
      comma(']');
    }
    at++;
    return elements;
  }

  /** Takes the comma after an element, which the last one need not have. */
  private void comma(char end) {
    blanks();
    if (peek() == ',') {
      at++;
    } else if (peek() != end) {
      throw unexpected(", or " + end);
    }
  }

  private String string() {
    StringBuilder value = new StringBuilder();
    int quote = text.charAt(at++);
    for (int c = peek(); c != quote; c = peek()) {
      if (c < 0 || c == '\n') {
        throw unexpected("the quote that ends the text");
      }
      at++;
      if (c != '\\') {
        value.append((char) c);
      } else {
        escape(value);
      }
    }
    at++;
    return value.toString();
  }

  private void escape(StringBuilder value) {
    int c = peek();
    int digits = c == 'u' ? 4 : c == 'x' ? 2 : 0;
    int letter = "bfnrtv0".indexOf(c);
    if (digits > 0) {
      Matcher hex = Pattern.compile("[0-9a-fA-F]{" + digits + "}").matcher(text);
      if (!hex.region(at + 1, text.length()).lookingAt()) {
        throw refused("this is not an escape: allowed are \\xHH and \\uHHHH");
      }
      value.append((char) Integer.parseInt(hex.group(), 16));
    } else if (letter >= 0) {
      value.append("\b\f\n\r\t\13\0".charAt(letter));
    } else if (c >= 0 && c != '\n') {
      value.append((char) c);
    } else if (c < 0) {
      throw unexpected("the quote that ends the text");
    }
    at += 1 + digits;
  }

  /** Takes blanks and comments. */
  private void blanks() {
    while (true) {
      int c = peek();
      if (Character.isWhitespace(c) || c == '\ufeff') {
        at++;
      } else if (text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        int end = text.indexOf("*/", at + 2);
        if (end < 0) {
          throw refused("this comment has no end: write */ behind it");
        }
        at = end + 2;
      } else {
        return;
      }
    }
  }

  /** Takes what the pattern matches here; empty if it does not. */
  private String match(Pattern pattern) {
    Matcher matcher = pattern.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      return "";
    }
    at = matcher.end();
    return matcher.group();
  }

  /** The word here, such as it is, which is not taken. */
  private String word() {
    Matcher name = NAME.matcher(text).region(at, text.length());
    return name.lookingAt() ? name.group() : "";
  }

  private int peek() {
    return at < text.length() ? text.charAt(at) : -1;
  }

  private IllegalArgumentException unexpected(String allowed) {
    String found =
        switch (peek()) {
          case -1 -> "the end of the file";
          case '\n' -> "the end of the line";
          default -> word().isEmpty() ? "" + (char) peek() : word();
        };
    return refused(found + " is here: allowed is " + allowed);
  }

  private IllegalArgumentException refused(String why) {
    String before = text.substring(0, Math.min(at, text.length()));
    long line = 1 + before.chars().filter(c -> c == '\n').count();
    int column = before.length() - before.lastIndexOf('\n');
    return new IllegalArgumentException(file + ":" + line + ":" + column + ": " + why);
  }
}
