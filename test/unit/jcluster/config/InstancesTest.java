package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InstancesTest {
  @ParameterizedTest
  @CsvSource({
    "max, 1, 1, max",
    "max, 8, 8, max",
    "0, 8, 8, max",
    "1, 8, 1, 1",
    "4, 2, 4, 4",
    "1024, 2, 1024, 1024",
    "-1, 8, 7, -1",
    "-1, 1, 1, -1",
    "-2, 2, 1, -2",
    "-100, 2, 1, -100",
    "-1024, 2000, 976, -1024",
  })
  void countsWorkers(String text, int cpus, int count, String meant) {
    Instances instances = Instances.parse(text);
    assertEquals(count, instances.count(cpus));
    assertEquals(meant, instances.toString());
    assertEquals(instances, Instances.parse(instances.toString()));
  }

  /** Everything here is a number of processes, or all CPUs, to a parser that guesses. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "banana",
        "abc",
        "+abc",
        "MAX",
        "Max",
        "",
        " ",
        "0.5",
        "3abc",
        "0x3",
        "1e1",
        "2.9",
        "+2",
        " 2",
        "2 ",
        "true",
        "{}",
        "null",
        "[2]",
        "-0",
        "00",
        "007",
        "-01",
        "--1",
        "-",
        "1025",
        "-1025",
        "10000",
        "99999999999999999999",
        "-99999999999999999999",
        "4294967298",
        "1_000",
        "\u0662",
        "\uff12",
        "\u22121",
        "all",
        "cpus",
        "max ",
        "-max",
        "2\n",
        "50%"
      })
  void refusesAnythingElse(String text) {
    assertEquals(
        "'"
            + text.replace('\n', ' ')
            + "' is not a number of instances: allowed are max, 0 (the same), N from 1 to 1024, or"
            + " -N for all CPUs but N",
        assertThrows(IllegalArgumentException.class, () -> Instances.parse(text)).getMessage());
  }

  @Test
  void holdsNoNumberOutOfRange() {
    assertEquals("1024", new Instances(1024).toString());
    assertThrows(IllegalArgumentException.class, () -> new Instances(1025));
    assertThrows(IllegalArgumentException.class, () -> new Instances(-1025));
    assertEquals(Instances.MAX, new Instances(0));
  }
}
