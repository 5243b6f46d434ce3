package jcluster.runtime;

import java.io.IOException;
import java.nio.file.Path;
import jcluster.control.RuntimeDirectory;
import jcluster.model.Action.Level;
import jcluster.text.Reason;

/**
 * The file with all that this supervisor knows, from which another one can go on whenever this
 * process ends.
 */
final class StateFile {
  private final Path directory;
  private final Log log;
  private final RecordText.Writer writer = new RecordText.Writer();

  /** Whether the last attempt to write it succeeded. */
  private boolean written = true;

  StateFile(Path directory, Log log) {
    this.directory = directory;
    this.log = log;
  }

  /** Its path in a runtime directory. */
  static Path in(Path directory) {
    return directory.resolve(RuntimeDirectory.STATE);
  }

  /** Replaces it. The first of several failures in a row is logged. */
  void write(Handover state) {
    try {
      state.writeState(directory, writer);
      written = true;
    } catch (IOException e) {
      if (written) {
        String text = "what this supervisor knows cannot be written down, and is lost if it ends: ";
        log.write(Level.ERROR, text + Reason.of(e));
      }
      written = false;
    }
  }

  /** Removes it: nothing is left to go on from. */
  void remove() throws IOException {
    RuntimeDirectory.remove(in(directory));
  }
}
