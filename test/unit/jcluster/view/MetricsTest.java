package jcluster.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.runtime.ClusterStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsTest {
  /** All families with a name that begins so. */
  private static final Pattern NAMES = Pattern.compile("jcluster_[a-z_]+");

  private static String sample() {
    Optional<String> none = Optional.empty();
    var rolling =
        new ClusterStatus(
            Samples.summary(
                "rolling 1/2",
                Optional.of("worker 1: being started afresh"),
                none,
                Optional.of("x")),
            List.of(
                Samples.row(0, 11, "draining", 500, ""),
                Samples.row(0, 12, "ready", 20, ""),
                Samples.waiting(1)));
    Map<String, Optional<ClusterStatus>> clusters = new LinkedHashMap<>();
    clusters.put("shop", Optional.of(rolling));
    clusters.put("a\"b\\c", Optional.of(Samples.quiet(1, 3)));
    clusters.put("deaf", Optional.empty());
    return Metrics.of(clusters);
  }

  @Test
  void whatIsKnownIsThere() {
    List<String> lines = sample().lines().toList();
    for (String line :
        """
        # TYPE jcluster_up gauge
        jcluster_up{application="shop"} 1
        jcluster_up{application="a\\"b\\\\c"} 1
        jcluster_up{application="deaf"} 0
        # UNIT jcluster_supervisor_start_time_seconds seconds
        jcluster_supervisor_start_time_seconds{application="shop"} 1764529582.123
        jcluster_instances{application="shop"} 2
        jcluster_ready_instances{application="shop"} 1
        jcluster_generation{application="shop"} 3
        jcluster_reload_under_way{application="shop"} 1
        jcluster_reload_under_way{application="a\\"b\\\\c"} 0
        jcluster_last_reload_successful{application="shop"} 0
        jcluster_last_reload_successful{application="a\\"b\\\\c"} 1
        jcluster_worker_up{application="shop",slot="0"} 1
        jcluster_worker_up{application="shop",slot="1"} 0
        jcluster_worker_ready{application="shop",slot="0"} 1
        jcluster_worker_ready{application="shop",slot="1"} 0
        jcluster_worker_generation{application="shop",slot="0"} 3
        # TYPE jcluster_worker_restarts counter
        jcluster_worker_restarts_total{application="shop",slot="1"} 7
        jcluster_worker_resident_memory_bytes{application="shop",slot="0"} 1284089446
        jcluster_worker_open_connections{application="shop",slot="0"} 34
        jcluster_worker_requests_total{application="shop",slot="0"} 1520
        jcluster_worker_requests_total{application="shop",slot="1"} 5
        jcluster_worker_request_errors_total{application="shop",slot="0"} 14
        # EOF\
        """
            .lines()
            .toList()) {
      assertTrue(lines.contains(line), () -> line + " is not in\n" + sample());
    }
    assertFalse(sample().contains("generation{application=\"deaf\"}"));
  }

  @Test
  void itIsOpenMetrics() {
    check(sample());
    check(Metrics.of(Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# EOF",
        "# EOF\n# EOF\n",
        "a 1\n",
        "# TYPE a gauge\na 1\n# TYPE a gauge\n# EOF\n",
        "# TYPE a counter\na 1\n# EOF\n",
        "# TYPE a counter\na_total -1\n# EOF\n",
        "# TYPE a gauge\na{b=\"c} 1\n# EOF\n",
        "# TYPE a gauge\na{b=\"1\"} 1\na{b=\"1\"} 2\n# EOF\n",
        "# TYPE a gauge\n# TYPE b gauge\nb 1\na 1\n# EOF\n",
        "# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n",
        "# TYPE a gauge\na  1\n# EOF\n",
        "# TYPE a gauge\na 1\n\n# EOF\n",
        "# TYPE a gauge\na x\n# EOF\n"
      })
  void theCheckOfTheFormatFindsMistakes(String text) {
    assertThrows(AssertionError.class, () -> check(text));
  }

  @Test
  void theManualNamesEachMetric() throws Exception {
    String page = Files.readString(Path.of(System.getProperty("jcluster.root"), "man/jcluster.1"));
    Set<String> samples = new TreeSet<>();
    sample()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> samples.add(line.substring(0, line.indexOf('{'))));
    Set<String> named = new TreeSet<>();
    page.lines()
        .filter(line -> line.startsWith(".It Cm jcluster_"))
        .forEach(line -> NAMES.matcher(line).results().forEach(m -> named.add(m.group())));
    assertEquals(samples, named);
  }

  // The grammar of OpenMetrics 1.0.0, as far as gauges and counters without timestamps go

  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final Pattern META = Pattern.compile("# (TYPE|UNIT|HELP) (" + NAME + ") (.+)");
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\"\\\\n])*\"";
  private static final Pattern SAMPLE =
      Pattern.compile(
          "(" + NAME + ")(\\{(?:" + LABEL + "(?:," + LABEL + ")*)?})? (-?[0-9]+(?:\\.[0-9]+)?)");

  /** Fails if it is not as the specification demands. */
  private static void check(String text) {
    assertTrue(text.endsWith("# EOF\n"), "there is no end");
    List<String> lines = text.lines().toList();
    Map<String, String> types = new HashMap<>();
    Set<String> seen = new HashSet<>();
    String family = "";
    for (String line : lines.subList(0, lines.size() - 1)) {
      Matcher meta = META.matcher(line);
      if (meta.matches()) {
        boolean begins = !meta.group(2).equals(family);
        family = meta.group(2);
        assertTrue(seen.add(line.substring(0, meta.start(3))), "twice: " + line);
        assertEquals(begins, meta.group(1).equals("TYPE"), "a type comes first: " + line);
        if (meta.group(1).equals("TYPE")) {
          assertTrue(List.of("gauge", "counter").contains(meta.group(3)), line);
          types.put(family, meta.group(3));
        } else if (meta.group(1).equals("UNIT")) {
          assertTrue(family.endsWith("_" + meta.group(3)), "the unit is not in the name: " + line);
        }
        continue;
      }
      Matcher sample = SAMPLE.matcher(line);
      assertTrue(sample.matches(), "no sample: '" + line + "'");
      boolean counter = "counter".equals(types.get(family));
      assertEquals(counter ? family + "_total" : family, sample.group(1), "of another family");
      assertTrue(!counter || !sample.group(3).startsWith("-"), "a negative counter: " + line);
      assertTrue(seen.add(sample.group(1) + sample.group(2)), "twice: " + line);
    }
  }
}
