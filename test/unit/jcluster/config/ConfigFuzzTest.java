package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcluster.model.Settings;
import jcluster.model.Settings.Ready;
import jcluster.model.Time;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random files: each gives a configuration that holds, or problems that name a file and line. */
@Tag("once")
class ConfigFuzzTest {
  private static final int ROUNDS = 20_000;
  private static final long SEED = 20_240_229;

  private static final String[] VALUES = {
    "java",
    "java -jar \"a b.jar\" '%i' %%",
    "/nonexistent",
    "max",
    "0",
    "3",
    "-1",
    "yes",
    "no",
    "listen",
    "notify",
    "start",
    "8080:http",
    "8080:http 8081:80",
    "30s",
    "2min 3s",
    "1us",
    "infinity",
    "off",
    "512M",
    "9T",
    "SIGTERM",
    "HUP",
    "/",
    "/proc",
    "-/nonexistent",
    "relative",
    "start-first",
    "restart",
    "abort",
    "A=1",
    "A=1 B=%i",
    "P=9000",
    "SLOT",
    "APP_INSTANCE=1",
    ""
  };
  private static final String[] NOISE = {
    "\\",
    "\\\n",
    "\"",
    "'",
    "%",
    "%i",
    "%x",
    "=",
    " ",
    "\t",
    "\n",
    "\r\n",
    "#",
    ";",
    "[",
    "]",
    "\\x41",
    "\\xff",
    "\\u00e9",
    "\\ud800",
    "\\0",
    "\u00e9",
    "\ud83d\ude00",
    "\0",
    "\ufeff",
    "\u2028",
    "\u0085",
    "\u001b",
    "9".repeat(30),
    "-",
    "_",
    "1"
  };

  private final Random random = new Random(SEED);

  @Test
  void readsOrRefuses(@TempDir Path dir) throws IOException {
    Path conf = dir.resolve("f.conf");
    Path dropIn = dir.resolve("f.conf.d/d.conf");
    Path environment = dir.resolve("env");
    Files.createDirectory(dropIn.getParent());
    Pattern place =
        Pattern.compile(
            Pattern.quote(dir.toString()) + "/(f.conf|f.conf.d/d.conf|env):[1-9][0-9]*: .+");
    int good = 0;
    for (int round = 0; round < ROUNDS; round++) {
      boolean valid = random.nextInt(4) > 0;
      write(conf, (valid ? "[Worker]\nCommand=java\n" : "") + file(environment));
      if (round % 4 == 0) {
        write(dropIn, random.nextInt(4) > 0 ? "" : file(environment));
        String text = file(environment).replaceAll("\\[(Worker|Reload)\\]", "");
        write(environment, text);
      }
      try {
        Config config = ConfigFile.load(conf, Optional.empty(), "/nonexistent");
        assertHolds(config);
        good++;
      } catch (ConfigException e) {
        assertFalse(e.problems().isEmpty());
        for (String problem : e.problems()) {
          assertTrue(place.matcher(problem).matches(), () -> problem + " in " + conf);
        }
      } catch (RuntimeException e) {
        throw new AssertionError("round " + round + ": " + Files.readString(conf), e);
      }
    }
    // Either kind is rare only if the fragments do not fit the syntax any more.
    assertTrue(good > ROUNDS / 20 && good < ROUNDS * 19 / 20, "good: " + good);
  }

  private static void assertHolds(Config config) {
    assertEquals("java", config.command().get(0));
    assertEquals(config.command().size(), config.command(7).size());
    assertEquals("7", config.environment(7).get(config.instanceVariable()));
    assertTrue(config.settings().restartDelay() <= config.settings().restartDelayMax());
    assertTrue(config.settings().restartDelay() > 0);
    assertTrue(config.memoryRecycle().orElse(Size.MIN) >= Size.MIN);
    Settings settings = config.settings();
    for (Optional<Long> span : List.of(settings.watchdog(), settings.lifetimeRecycle())) {
      long given = span.orElse(Time.SECOND);
      assertTrue(given >= Time.SECOND && given <= Span.MAX);
    }
    assertTrue(config.adopt() || config.portMap().isEmpty());
    assertTrue(config.adopt() || config.settings().ready() != Ready.LISTEN);
    assertTrue(Stream.of(config.instances().orElse(Instances.MAX)).allMatch(i -> i.count(1) >= 1));
  }

  /** Writes a text, seldom with a wrong byte. */
  private void write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0 && random.nextInt(50) == 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    // A new file: some file systems write one to the disk at once that is emptied and filled again.
    Files.deleteIfExists(file);
    Files.write(file, bytes);
  }

  private String file(Path environment) {
    StringBuilder text = new StringBuilder();
    for (int lines = random.nextInt(6); lines > 0; lines--) {
      if (random.nextInt(4) == 0) {
        text.append(random.nextBoolean() ? "[Worker]\n" : "[Reload]\n");
      }
      Key key = ConfigFile.keys().get(random.nextInt(ConfigFile.keys().size()));
      if (random.nextInt(3) > 0) {
        text.append("[").append(key.section()).append("]\n");
      }
      String value =
          switch (random.nextInt(4)) {
            case 0 -> key.defaultText();
            case 1 -> environment.toString();
            default -> VALUES[random.nextInt(VALUES.length)];
          };
      text.append(key).append("=").append(value).append("\n");
    }
    for (int edits = random.nextInt(3); edits > 0; edits--) {
      text.insert(random.nextInt(text.length() + 1), NOISE[random.nextInt(NOISE.length)]);
    }
    return text.toString();
  }
}
