package jcluster.view;

import static java.util.stream.Collectors.joining;

import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import jcluster.model.Time;
import jcluster.runtime.ClusterStatus;
import jcluster.runtime.ClusterStatus.Row;
import jcluster.runtime.ClusterStatus.Summary;
import jcluster.text.Amounts;
import jcluster.text.Printable;

/**
 * The live view of a cluster as lines of text: its state, what is under way, the last loss, and a
 * line for each worker with its load.
 */
public final class WatchView {
  /** How large a terminal must be. */
  private static final int MIN_COLUMNS = 80;

  private static final int MIN_LINES = 8;

  /** From how many columns on there is room for the whole table. */
  private static final int WIDE = 100;

  /** How many bars of load there are if texts follow them. */
  private static final int BARS = 20;

  /** The heading of the column before the load, as wide as that is. */
  private static final String RATE = "REQ/S ";

  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  /**
   * A column of the table, but for those of the load and the worker's own status.
   *
   * @param width in chars; negative if the text is at the left, as in {@link String#format}
   * @param onlyWide whether it is left out on a terminal with few columns
   * @param cell what is in it for a row; a dash if nothing is
   */
  private record Column(
      String heading, int width, boolean onlyWide, Function<Row, Optional<String>> cell) {

    Column(String heading, int width, Function<Row, Optional<String>> cell) {
      this(heading, width, false, cell);
    }

    /** A text with the width of the column, and a space behind it. */
    String fit(String text) {
      return String.format("%" + width + "s ", text);
    }

    String of(Row row) {
      return fit(cell.apply(row).orElse("-"));
    }
  }

  private static final Column STATE = new Column("STATE", -8, row -> Optional.of(row.state()));

  private static final List<Column> COLUMNS =
      List.of(
          new Column("SLOT", 4, row -> Optional.of(String.valueOf(row.slot()))),
          new Column("PID", 7, row -> row.pid().map(String::valueOf)),
          new Column("GEN", 4, row -> Optional.of(String.valueOf(row.generation()))),
          STATE,
          new Column("SINCE", 8, WatchView::since),
          new Column("LOST", 5, row -> Optional.of(Amounts.count(row.restarts(), 5))),
          new Column("MEMORY", 6, row -> row.memory().map(Amounts::bytes)),
          new Column("OPEN", 5, row -> row.connections().map(n -> Amounts.count(n, 5))),
          new Column("ANSWERS", 7, true, row -> row.answers().map(n -> Amounts.count(n, 7))),
          new Column("ERRORS", 6, row -> row.errors().map(n -> Amounts.count(n, 6))));

  private final String name;
  private final Colours colours;
  private final boolean unicode;
  private final Map<Integer, Load> loads = new HashMap<>(); // by process id
  private Optional<ClusterStatus> status = Optional.empty();
  private String silence = "";
  private Optional<LocalTime> silentSince = Optional.empty();
  private Optional<String> loss = Optional.empty();
  private LocalTime lossAt = LocalTime.MIN;

  /**
   * Nothing is known yet.
   *
   * @param unicode whether the terminal shows more than ASCII
   */
  public WatchView(String name, Colours colours, boolean unicode) {
    this.name = name;
    this.colours = colours;
    this.unicode = unicode;
  }

  /**
   * Takes the status of the cluster.
   *
   * @param now a time in nanoseconds, later than that of the status before
   * @param clock the time of day
   */
  public void take(ClusterStatus next, long now, LocalTime clock) {
    status = Optional.of(next);
    silentSince = Optional.empty();
    Map<Integer, Load> before = Map.copyOf(loads);
    loads.clear();
    for (Row row : next.rows()) {
      if (row.pid().isPresent() && row.answers().isPresent()) {
        long answers = row.answers().get();
        Load load = before.get(row.pid().get());
        if (load == null) {
          load = new Load(answers, now);
        } else {
          load.note(answers, now);
        }
        loads.put(row.pid().get(), load);
      }
    }
    Optional<String> lost = next.summary().lastLoss();
    if (lost.isPresent() && !lost.equals(loss)) {
      loss = lost;
      lossAt = clock;
    }
  }

  /**
   * Takes that there is no status.
   *
   * @param why as in {@code is not running}
   * @param clock the time of day
   */
  public void miss(String why, LocalTime clock) {
    status = Optional.empty();
    silence = why;
    silentSince = silentSince.or(() -> Optional.of(clock));
  }

  /**
   * The view as it is to be on a terminal: no more lines than that has, each narrower.
   *
   * @param height how many lines the terminal has
   * @param columns how many columns it has
   * @param clock the time of day
   */
  public List<String> lines(int height, int columns, LocalTime clock) {
    int width = columns - 1;
    List<String> lines = new ArrayList<>();
    if (columns < MIN_COLUMNS || height < MIN_LINES) {
      lines.add(cut("too small: " + MIN_COLUMNS + " by " + MIN_LINES + " are needed", width));
    } else if (status.isEmpty()) {
      String since = silentSince.map(at -> " since " + CLOCK.format(at)).orElse("");
      lines.add(title(name + " " + silence + since, colours::bad, width, clock));
      lines.add("waiting for it");
    } else {
      Summary summary = status.get().summary();
      List<Row> rows = status.get().rows();
      // What follows a semicolon has lines of its own below.
      String state = name + ": " + summary.status().split(";", 2)[0];
      lines.add(title(state, colours::line, width, clock));
      lines.add(cut(totals(rows), width));
      lines.add(underWay(summary, width));
      lines.add(cut(lastLoss(), width));
      lines.add("");
      lines.addAll(table(rows, height - lines.size(), width));
    }
    return unicode ? lines : lines.stream().map(WatchView::ascii).toList();
  }

  private static String title(
      String text, UnaryOperator<String> colour, int width, LocalTime clock) {
    String hint = "  " + CLOCK.format(clock) + "  q quits";
    String fit = cut(text, width - hint.length());
    return colour.apply(fit) + " ".repeat(width - hint.length() - fit.length()) + hint;
  }

  private String totals(List<Row> rows) {
    return Amounts.rate(loads.values().stream().mapToDouble(Load::rate).sum())
        + " requests/s, "
        + sum(rows, row -> row.answers().orElse(0L))
        + " answered, "
        + sum(rows, row -> row.errors().orElse(0L))
        + " errors, "
        + sum(rows, row -> row.connections().orElse(0))
        + " open";
  }

  private static long sum(List<Row> rows, ToLongFunction<Row> count) {
    return rows.stream().mapToLong(count).sum();
  }

  private String underWay(Summary summary, int width) {
    String failure = summary.reloadFailure().map(why -> "last reload failed: " + why).orElse("");
    return summary.rollout().isPresent()
        ? colours.busy(cut(summary.rollout().get(), width))
        : colours.bad(cut(failure, width));
  }

  private String lastLoss() {
    return loss.map(how -> CLOCK.format(lossAt) + " " + how).orElse("");
  }

  private List<String> table(List<Row> rows, int height, int width) {
    List<Column> columns =
        COLUMNS.stream().filter(column -> width >= WIDE || !column.onlyWide()).toList();
    String headings = columns.stream().map(c -> c.fit(c.heading())).collect(joining());
    int rest = width - headings.length() - RATE.length();
    boolean texts = rest > 2 * BARS && rows.stream().anyMatch(row -> !row.text().isEmpty());
    int bars = texts ? BARS : Math.min(rest, Load.LENGTH);
    double highest = loads.values().stream().mapToDouble(l -> l.highest(bars)).max().orElse(0);
    int shown = rows.size() < height ? rows.size() : height - 2;
    List<String> lines = new ArrayList<>();
    String last = texts ? RATE + String.format("%-" + bars + "s STATUS", "LOAD") : RATE + "LOAD";
    lines.add(colours.heading(headings + last));
    for (Row row : rows.subList(0, shown)) {
      var line = new StringBuilder();
      for (Column column : columns) {
        String cell = column.of(row);
        line.append(column.equals(STATE) ? colours.state(row.state(), cell) : cell);
      }
      String end = end(row, bars, highest);
      lines.add(line.append(cut(end, width - headings.length())).toString().stripTrailing());
    }
    if (shown < rows.size()) {
      lines.add("and " + (rows.size() - shown) + " more, for which there are too few lines");
    }
    return lines;
  }

  /** What follows the columns: the load and then the worker's own status, or that alone. */
  private String end(Row row, int bars, double highest) {
    Optional<Load> load = row.pid().map(loads::get);
    if (load.isEmpty() || row.state().equals("starting")) {
      return row.text();
    }
    String rate = String.format("%" + (RATE.length() - 1) + "s ", Amounts.rate(load.get().rate()));
    return rate + load.get().bars(bars, highest, unicode) + " " + row.text();
  }

  private static Optional<String> since(Row row) {
    return row.since()
        .map(nanos -> row.waits() ? "in " + shortly(wholeSeconds(nanos)) : shortly(nanos));
  }

  /** Rounded up to seconds. */
  private static long wholeSeconds(long nanos) {
    return (nanos + Time.SECOND - 1) / Time.SECOND * Time.SECOND;
  }

  /** With one unit alone, as in {@code 5 min}. */
  private static String shortly(long nanos) {
    String[] words = Time.text(nanos).split(" ");
    return words[0] + " " + words[1];
  }

  private static String cut(String text, int width) {
    return Printable.cut(text, width);
  }

  private static String ascii(String line) {
    return line.replaceAll("[^\\x1b -~]", "?");
  }
}
