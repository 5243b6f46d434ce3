package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JarTest {
  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Jar jar(String name) {
    return Jar.of(List.of("java", "-jar", name), folder).get(0);
  }

  @Test
  void onlyTheJarsOfACommandThatExistAreFound() throws IOException {
    for (String name : List.of("a.jar", "b.jar", "c.jar", "d.jar", "notes.txt")) {
      write(name, "");
    }
    List<String> command =
        List.of(
            "java",
            "-javaagent:" + folder + "/a.jar=x",
            "-cp",
            "b.jar:gone.jar:lib/*:\0.jar",
            "sh -c 'exec java -jar \"c.jar\"'",
            "notes.txt",
            "b.jar");
    assertEquals(
        List.of(folder + "/a.jar", folder + "/b.jar", folder + "/c.jar"),
        Jar.of(command, folder).stream().map(Jar::path).toList());
  }

  @Test
  void aJarThatIsWrittenToIsReportedAsOverwritten() throws IOException {
    write("a.jar", "old");
    Jar jar = jar("a.jar");
    assertFalse(jar.overwritten());
    write("a.jar", "newer");
    assertTrue(jar.overwritten());
    assertFalse(jar("a.jar").overwritten());
  }

  @Test
  void aJarThatIsRenamedOrRemovedIsNotReported() throws IOException {
    write("a.jar", "old");
    Jar jar = jar("a.jar");
    Files.move(
        write("b.jar", "newer"), folder.resolve("a.jar"), StandardCopyOption.REPLACE_EXISTING);
    assertFalse(jar.overwritten());
    Files.delete(folder.resolve("a.jar"));
    assertFalse(jar.overwritten());
  }
}
