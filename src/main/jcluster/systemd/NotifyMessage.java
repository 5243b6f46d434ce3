package jcluster.systemd;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jcluster.text.Printable;

/**
 * A message from a worker to its NOTIFY_SOCKET, as in sd_notify(3). Any other assignment is
 * ignored, as systemd does.
 *
 * @param ready READY=1
 * @param stopping STOPPING=1
 * @param alive WATCHDOG=1
 * @param status STATUS=, printable and of at most {@link #MAX_STATUS} characters
 */
public record NotifyMessage(
    boolean ready, boolean stopping, boolean alive, Optional<String> status) {
  /** The longest STATUS= that is kept. */
  public static final int MAX_STATUS = 200;

  /** Parses a message: assignments, one per line. */
  public static NotifyMessage parse(byte[] message) {
    boolean ready = false;
    boolean stopping = false;
    boolean alive = false;
    Optional<String> status = Optional.empty();
    for (String line : new String(message, StandardCharsets.UTF_8).split("\n")) {
      if (line.equals("READY=1")) {
        ready = true;
      } else if (line.equals("STOPPING=1")) {
        stopping = true;
      } else if (line.equals("WATCHDOG=1")) {
        alive = true;
      } else if (line.startsWith("STATUS=")) {
        String text = Printable.of(line.substring("STATUS=".length()));
        status = Optional.of(Printable.cut(text, MAX_STATUS));
      }
    }
    return new NotifyMessage(ready, stopping, alive, status);
  }
}
