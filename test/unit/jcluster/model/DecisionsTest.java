package jcluster.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import jcluster.model.Rollout.Turn;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The table of decisions in jcluster(1) against the code: every situation a fleet of two workers
 * can be in, times everything that can happen in it.
 */
class DecisionsTest {
  private static final Path MANUAL =
      Path.of(System.getProperty("jcluster.root", "."), "man/jcluster.1");

  /**
   * How to get into each situation; a roll replaces slot 0, whose old worker is w0 and whose new
   * one w2; so does a recycling, of which this is the first stage.
   */
  private static final Map<String, List<String>> SITUATIONS = new LinkedHashMap<>();

  /** What can happen, as the scenario's commands; OLD, NEW and OTHER are the workers. */
  private static final Map<String, List<String>> EVENTS = new LinkedHashMap<>();

  static {
    List<String> up = List.of("begin", "up");
    String begun = "set workers=2 readyTimeout=10s stopTimeout=8s watchdog=5s";
    SITUATIONS.put("starting", List.of(begun, "begin", "ready w0", "after 1s"));
    SITUATIONS.put("running", concat(List.of(begun), up));
    SITUATIONS.put("beside", concat(SITUATIONS.get("running"), List.of("reload 1")));
    SITUATIONS.put("retire", concat(SITUATIONS.get("beside"), List.of("ready w2", "after 1s")));
    SITUATIONS.put("withdraw", concat(SITUATIONS.get("beside"), List.of("after 10s")));
    SITUATIONS.put("vacate", concat(SITUATIONS.get("withdraw"), List.of("exit w2 0")));
    SITUATIONS.put("fresh", concat(SITUATIONS.get("vacate"), List.of("exit w0 0")));
    SITUATIONS.put("recycling", concat(SITUATIONS.get("running"), List.of("oversized w0")));
    SITUATIONS.put("stopping", concat(SITUATIONS.get("running"), List.of("stop")));

    EVENTS.put("reload", List.of("reload 2"));
    EVENTS.put("bad configuration", List.of("misconfigured 2"));
    EVENTS.put("scale up", List.of("scale 2 3"));
    EVENTS.put("scale down", List.of("scale 2 1"));
    EVENTS.put("stop", List.of("stop"));
    EVENTS.put("old exits", List.of("exit OLD 1"));
    EVENTS.put("old rests", List.of("resting OLD"));
    EVENTS.put("old says STOPPING=1", List.of("leaving OLD"));
    EVENTS.put("old is silent", List.of("silent OLD", "after 6s"));
    EVENTS.put("old is due", List.of("oversized OLD"));
    EVENTS.put("old outlives StopTimeout", List.of("after 8s"));
    EVENTS.put("new is ready", List.of("ready NEW", "after 1s"));
    EVENTS.put("new exits", List.of("exit NEW 1"));
    EVENTS.put("new fails requests", List.of("failing NEW"));
    EVENTS.put("new is not ready in time", List.of("after 10s"));
    EVENTS.put("other exits", List.of("exit OTHER 1"));
  }

  /** How wide the first column is, in characters. */
  private static final int WIDTH = 25;

  private static final String ROLLING = "beside retire withdraw vacate fresh";

  private record Cell(String situation, String event) {}

  private static List<String> concat(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  /**
   * The table as it stands in the manual: situations, event, outcome, at least two spaces apart.
   */
  private static Map<Cell, String> manual() throws IOException {
    Map<Cell, String> table = new LinkedHashMap<>();
    List<String> lines = Files.readAllLines(MANUAL);
    int start = lines.indexOf(".\\\" DECISIONS");
    int end = lines.subList(start, lines.size()).indexOf(".Ed") + start;
    for (String line : lines.subList(start + 2, end)) {
      String[] columns = line.replace("\\-", "-").split(" {2,}");
      for (String situation : ungrouped(columns[0]).split(" ")) {
        Cell cell = new Cell(situation, columns[1]);
        assertEquals(null, table.put(cell, columns[2]), () -> cell + " is decided twice");
      }
    }
    return table;
  }

  private static String ungrouped(String situations) {
    return situations
        .replace("any", "starting running rolling recycling stopping")
        .replace("rolling", ROLLING);
  }

  @TestFactory
  Stream<DynamicTest> theCodeDoesWhatTheManualSays() throws IOException {
    return manual().entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey().situation() + ": " + e.getKey().event(),
                    () -> assertEquals(e.getValue(), outcome(e.getKey()))));
  }

  @Test
  void everyPossiblePairIsDecided() throws IOException {
    assertEquals(names(possible()), names(manual().keySet()));
  }

  private static Set<String> names(Collection<Cell> cells) {
    var names = new TreeSet<String>();
    cells.forEach(c -> names.add(c.situation() + ": " + c.event()));
    return names;
  }

  /** An event that is about a worker which is not there, or not so, is not possible. */
  private static List<Cell> possible() {
    List<Cell> cells = new ArrayList<>();
    for (String situation : SITUATIONS.keySet()) {
      Scenario scenario = in(situation);
      for (String event : EVENTS.keySet()) {
        Worker old = find(scenario, "OLD");
        Worker fresh = find(scenario, "NEW");
        boolean possible =
            switch (event) {
              case "old exits" -> old != null;
              case "old says STOPPING=1", "old is silent", "old is due" ->
                  old != null && old.phase().live();
              case "old rests", "old outlives StopTimeout" -> old != null && !old.phase().live();
              case "new is ready", "new is not ready in time" ->
                  fresh != null && fresh.phase() == Phase.STARTING;
              case "new fails requests" -> fresh != null && fresh.phase().live();
              case "new exits" -> fresh != null;
              default -> true;
            };
        if (possible) {
          cells.add(new Cell(situation, event));
        }
      }
    }
    return cells;
  }

  private static Scenario in(String situation) {
    var scenario = new Scenario();
    SITUATIONS.get(situation).forEach(scenario::run);
    return scenario;
  }

  /**
   * Where no roll is on, slot 0 holds the old worker, and the new one is slot 1's if that is
   * starting.
   */
  private static Worker find(Scenario scenario, String role) {
    Fleet fleet = scenario.fleet;
    int rolled = newWorker(fleet).orElse(-1);
    boolean starting = fleet.life() == Fleet.Life.STARTING;
    return fleet.workers().stream()
        .filter(
            w ->
                switch (role) {
                  case "OLD" -> w.slot() == 0 && w.id() != rolled;
                  case "NEW" -> starting ? w.slot() == 1 : w.id() == rolled;
                  default -> w.slot() == 1;
                })
        .findFirst()
        .orElse(null);
  }

  /**
   * The id of the worker that a rollout has started for its slot in hand, also once it is ready.
   */
  private static Optional<Integer> newWorker(Fleet fleet) {
    Optional<Rollout.Stage> stage =
        fleet.rollout().stream().flatMap(r -> r.inHand().stream()).map(Turn::stage).findFirst();
    if (stage.isPresent() && stage.get() instanceof Rollout.Retire retire) {
      return Optional.of(retire.worker());
    } else if (stage.isPresent() && stage.get() instanceof Rollout.Withdraw withdraw) {
      return Optional.of(withdraw.worker());
    }
    return stage.flatMap(Rollout.Stage::replacement);
  }

  private static String outcome(Cell cell) {
    Scenario scenario = in(cell.situation());
    Map<String, String> roles = new LinkedHashMap<>();
    for (String role : List.of("OLD", "NEW", "OTHER")) {
      Worker worker = find(scenario, role);
      if (worker != null) {
        roles.putIfAbsent("w" + worker.id(), role.toLowerCase(java.util.Locale.ROOT));
      }
    }
    List<String> facts = new ArrayList<>();
    for (String command : EVENTS.get(cell.event())) {
      for (String role : List.of("OLD", "NEW", "OTHER")) {
        Worker worker = find(scenario, role);
        command = command.replace(role, worker == null ? "?" : "w" + worker.id());
      }
      scenario.run(command).forEach(line -> fact(line, roles).ifPresent(facts::add));
    }
    return facts.isEmpty() ? "nothing" : String.join(", ", folded(facts));
  }

  /** "stop old", "stop new" is "stop old+new". */
  private static List<String> folded(List<String> facts) {
    List<String> folded = new ArrayList<>();
    String verb = "";
    for (String fact : facts) {
      String[] words = fact.split(" ");
      if (words[0].equals(verb) && List.of("stop", "dump", "kill").contains(verb)) {
        folded.set(folded.size() - 1, folded.get(folded.size() - 1) + "+" + words[1]);
      } else {
        folded.add(fact);
      }
      verb = words[0];
    }
    return folded;
  }

  private static Optional<String> fact(String line, Map<String, String> roles) {
    String[] words = line.split(" ");
    String text =
        switch (words[0]) {
          case "notify" ->
              line.contains("RELOADING=1")
                  ? "roll begins"
                  : line.contains("READY=1") ? "READY=1" : null;
          case "answer" -> answer(words);
          case "spawn" -> {
            String generation = words[6].equals("1") ? "old" : "new";
            yield "start " + words[4].replace(",", "") + " (" + generation + ")";
          }
          case "SIGINT" -> "stop " + roles.getOrDefault(words[2], "new");
          case "SIGQUIT" -> "dump " + roles.getOrDefault(words[2], "new");
          case "SIGKILL" -> "kill " + roles.getOrDefault(words[2], "new");
          case "end:" -> "end";
          default -> null;
        };
    return Optional.ofNullable(text);
  }

  private static String answer(String[] words) {
    boolean roll = words[1].equals("1:");
    return switch (words[2]) {
      case "BUSY," -> "refused (4)";
      case "CONFIG," -> "refused (78)";
      case "FAILED," -> roll ? "roll fails" : "refused (1)";
      default -> roll ? "roll done" : "done";
    };
  }

  /** Prints the table as the code has it. */
  public static void main(String[] arguments) {
    Map<String, String> rows = new LinkedHashMap<>();
    for (String event : EVENTS.keySet()) {
      for (Cell cell : possible()) {
        if (cell.event().equals(event)) {
          String key = event + "  " + outcome(cell);
          rows.merge(key, cell.situation(), (a, b) -> a + " " + b);
        }
      }
    }
    rows.forEach(
        (row, situations) -> {
          String grouped =
              situations
                  .replace(ROLLING, "rolling")
                  .replace("starting running rolling recycling stopping", "any")
                  .replace(" stopping", "\nstopping");
          if (grouped.indexOf(" recycling") > WIDTH - " recycling".length()) {
            grouped = grouped.replace(" recycling", "\nrecycling");
          }
          String[] columns = row.split("  ");
          grouped
              .lines()
              .forEach(
                  g ->
                      System.out.printf(
                          "%-" + WIDTH + "s  %-24s  %s%n", g, columns[0], columns[1]));
        });
  }
}
