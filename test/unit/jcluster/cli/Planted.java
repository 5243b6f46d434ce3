package jcluster.cli;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The program, with a failure planted into its log. Words: the pattern of the line at which it
 * fails; the class of what is thrown; a file that is made then, so that it is once, or nothing; and
 * the program's own.
 */
final class Planted {
  private Planted() {}

  public static void main(String[] words) throws Exception {
    var pattern = ".*(" + words[0] + ").*";
    Class<?> failure = Class.forName(words[1]);
    PrintStream err =
        new PrintStream(System.err, true) {
          @Override
          public void println(String line) {
            super.println(line);
            if (line.matches(pattern) && (words[2].isEmpty() || first(Path.of(words[2])))) {
              raise(failure);
            }
          }
        };
    List<String> own = List.of(words).subList(3, words.length);
    System.exit(Main.run(own, System.getenv(), System.out, err));
  }

  private static boolean first(Path file) {
    try {
      Files.createFile(file);
      return true;
    } catch (java.io.IOException e) {
      return false;
    }
  }

  private static void raise(Class<?> failure) {
    try {
      Object thrown = failure.getConstructor(String.class).newInstance("planted");
      if (thrown instanceof Error e) {
        throw e;
      }
      throw (RuntimeException) thrown;
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
