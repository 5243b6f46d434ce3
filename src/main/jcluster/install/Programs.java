package jcluster.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;

/** Runs the programs of systemd, which tell its manager what to do and show what it has done. */
@FunctionalInterface
public interface Programs {
  /**
   * Runs a program and waits for its end.
   *
   * @param words its name and arguments
   * @return what it printed, output and errors, without blanks around it
   * @throws IOException if it cannot be run, or fails; the message has what it printed
   */
  String run(String... words) throws IOException;

  /** The programs of this machine. */
  static Programs here() {
    return words -> {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      try {
        if (process.waitFor() != 0) {
          throw new IOException(String.join(" ", words) + " failed: " + output);
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e); // Nobody interrupts the main thread.
      }
      return output;
    };
  }

  /** Those of a system that does not run, such as an image: there is no manager to tell. */
  static Programs none() {
    return words -> "";
  }
}
