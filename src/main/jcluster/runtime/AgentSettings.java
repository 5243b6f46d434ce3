package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import jcluster.config.Config;
import jcluster.model.Time;
import jcluster.systemd.Endpoint;
import jcluster.text.Printable;

/**
 * The settings that the supervisor gives to a worker's agent in the environment variable {@link
 * #VARIABLE}. Each line is a keyword and its arguments, with one space between words. {@link
 * Keyword} defines the format, and this class is its only writer. {@code sun.nio.ch.JclusterAgent}
 * reads it, and refuses a keyword that it does not know.
 */
final class AgentSettings {
  /** The name of the environment variable. */
  static final String VARIABLE = "JCLUSTER_AGENT";

  /** The first word of each line, in the order of the lines; in lower case in the text. */
  enum Keyword {
    /** {@code seat N}: the worker's seat on the balance page, see {@link BalancePage}. */
    SEAT,
    /**
     * {@code gate self|supervisor}: whether the worker may accept connections as soon as it listens
     * on all sockets, or only once the supervisor opens the gate of its seat.
     */
    GATE,
    /** {@code stop N}: StopTimeout= in milliseconds, positive. */
    STOP,
    /** {@code hooks N}: HookTimeout= in milliseconds, 0 to about half of {@link #STOP}. */
    HOOKS,
    /** {@code grace N}: KeepAliveGrace= in milliseconds, 0 or more. */
    GRACE,
    /** {@code inspect yes|no}: Inspect=. */
    INSPECT,
    /** {@code slow N}: SlowStart= in milliseconds, positive; there is no such line if it is 0. */
    SLOW,
    /**
     * {@code socket KIND INODE PORT ADDRESS}: a socket. The first such line is for descriptor 3,
     * the next for descriptor 4, and so on. The kind is {@code tcp}, {@code udp} or {@code unix},
     * the port 0 if it has none.
     */
    SOCKET,
    /** {@code name N NAME}: the FileDescriptorName= of the Nth socket, counting from 0. */
    NAME,
    /** {@code port P N}: the application's port P is the Nth socket (PortMap=). */
    PORT,
    /**
     * {@code watchdog N}: Watchdog= in milliseconds, 1000 or more; there is no such line if it is
     * off.
     */
    WATCHDOG,
    /**
     * {@code directory PATH}: the supervisor's runtime directory, with the FIFOs and the balance
     * page.
     */
    DIRECTORY;

    /** The keyword as it stands in the text. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    private String line(Object... words) {
      StringJoiner line = new StringJoiner(" ");
      line.add(toString());
      for (Object word : words) {
        line.add(word.toString());
      }
      return line.toString();
    }
  }

  private AgentSettings() {}

  /**
   * The seat in a worker's settings, {@link BalancePage#NONE} if there is none.
   *
   * @param text the value of {@link #VARIABLE}
   * @throws NumberFormatException if it is no number
   */
  static int seat(String text) {
    String start = Keyword.SEAT + " ";
    return text.lines()
        .filter(line -> line.startsWith(start))
        .map(line -> Integer.parseInt(line.substring(start.length())))
        .findFirst()
        .orElse(BalancePage.NONE);
  }

  /**
   * The value of {@link #VARIABLE}.
   *
   * @param config a configuration that {@link SocketNames#check} has accepted
   * @param seat the worker's seat on the balance page
   */
  static String text(Config config, int seat, Launch.Surroundings surroundings) {
    List<Endpoint> sockets = surroundings.sockets();
    Config.Drain drain = config.draining();
    List<String> lines = new ArrayList<>();
    lines.add(Keyword.SEAT.line(seat));
    lines.add(Keyword.GATE.line(config.settings().opensItself() ? "self" : "supervisor"));
    lines.add(Keyword.STOP.line(millis(config.settings().stopTimeout())));
    lines.add(Keyword.HOOKS.line(millis(drain.hookTimeout())));
    lines.add(Keyword.GRACE.line(millis(drain.keepAliveGrace())));
    lines.add(Keyword.INSPECT.line(drain.inspect() ? "yes" : "no"));
    config.slowStart().ifPresent(nanos -> lines.add(Keyword.SLOW.line(millis(nanos))));
    for (Endpoint socket : sockets) {
      String kind = socket.kind().name().toLowerCase(Locale.ROOT);
      lines.add(Keyword.SOCKET.line(kind, socket.inode(), socket.port(), socket.address()));
    }
    for (int i = 0; i < sockets.size(); i++) {
      lines.add(Keyword.NAME.line(i, Printable.of(sockets.get(i).name())));
    }
    config
        .portMap()
        .forEach(
            (port, target) ->
                lines.add(Keyword.PORT.line(port, SocketNames.index(target, sockets))));
    Optional<Long> watchdog = config.settings().watchdog();
    watchdog.ifPresent(nanos -> lines.add(Keyword.WATCHDOG.line(nanos / Time.MILLI)));
    lines.add(Keyword.DIRECTORY.line(surroundings.directory()));
    return String.join("\n", lines);
  }

  /** Rounds up, so that a time that is not 0 does not become 0. */
  private static long millis(long nanos) {
    return (nanos + Time.MILLI - 1) / Time.MILLI;
  }
}
