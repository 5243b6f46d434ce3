import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code Bundle CLASSES FOLDER}: puts the classes of each package into one file of that folder,
 * each behind its name and length, so that the agent reads them in one go and no class loader finds
 * them.
 */
public final class Bundle {
  private Bundle() {}

  public static void main(String[] arguments) throws IOException {
    Path classes = Path.of(arguments[0]);
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    List<Path> packages;
    try (Stream<Path> all = Files.walk(classes)) {
      packages = all.filter(Bundle::holdsClasses).toList();
    }
    for (Path one : packages) {
      String name = classes.relativize(one).toString().replace('/', '.');
      try (var out = new DataOutputStream(Files.newOutputStream(folder.resolve(name)))) {
        for (Path file : list(one)) {
          byte[] bytes = Files.readAllBytes(file);
          out.writeUTF(file.getFileName().toString().replace(".class", ""));
          out.writeInt(bytes.length);
          out.write(bytes);
        }
      }
    }
  }

  private static boolean holdsClasses(Path folder) {
    return Files.isDirectory(folder)
        && list(folder).stream().anyMatch(file -> file.toString().endsWith(".class"));
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
