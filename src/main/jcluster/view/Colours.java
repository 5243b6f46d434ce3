package jcluster.view;

import java.util.Map;
import java.util.regex.Pattern;
import jcluster.os.Terminal;

/**
 * Colours for a terminal, used sparingly: green for what serves, yellow for what is on its way in
 * or out, red for what is lost or has failed.
 *
 * @param on whether there are any; otherwise all text stays as it is
 */
public record Colours(boolean on) {
  /** No colours. */
  public static final Colours NONE = new Colours(false);

  private static final String BOLD = "1";
  private static final String RED = "31";
  private static final String GREEN = "32";
  private static final String YELLOW = "33";

  private static final Pattern TALLY = Pattern.compile("([0-9]+)/([0-9]+) ready|rolling [0-9/]+");
  private static final Pattern FAILURE = Pattern.compile("start failed|last reload failed");

  /**
   * Colours if there is a terminal that can show them, and nobody has asked for none
   * (no-color.org).
   *
   * @param terminal whether the text goes to a terminal
   */
  public static Colours of(Map<String, String> environment, boolean terminal) {
    boolean wanted = environment.getOrDefault("NO_COLOR", "").isEmpty();
    return new Colours(terminal && wanted && !Terminal.isDumb(environment));
  }

  /** The line of {@link jcluster.runtime.ClusterStatus.Summary#line}, or the beginning of it. */
  public String line(String line) {
    String tallied =
        TALLY
            .matcher(line)
            .replaceFirst(
                m ->
                    paint(
                        m.group(1) != null && m.group(1).equals(m.group(2)) ? GREEN : YELLOW,
                        m.group()));
    return FAILURE.matcher(tallied).replaceFirst(m -> paint(RED, m.group()));
  }

  /** A text about a worker in this state, or a slot that waits. */
  String state(String state, String text) {
    return switch (state) {
      case "ready" -> paint(GREEN, text);
      case "waiting", "killed" -> paint(RED, text);
      default -> paint(YELLOW, text);
    };
  }

  /** What is wrong. */
  String bad(String text) {
    return paint(RED, text);
  }

  /** What is under way. */
  String busy(String text) {
    return paint(YELLOW, text);
  }

  /** Headings. */
  String heading(String text) {
    return paint(BOLD, text);
  }

  /** Select Graphic Rendition (ECMA-48, 8.3.117). */
  private String paint(String how, String text) {
    return on && !text.isEmpty() ? "\u001b[" + how + "m" + text + "\u001b[m" : text;
  }
}
