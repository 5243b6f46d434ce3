package jcluster.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jcluster.config.Config;
import jcluster.model.Time;
import jcluster.systemd.Endpoint;
import jcluster.systemd.Notice;

/**
 * What the supervisor tells the agent of a worker, in its environment: lines of a keyword and what
 * belongs to it. {@code sun.nio.ch.JclusterAgent} reads them, and refuses a keyword that it does
 * not know.
 *
 * <table>
 *   <caption>The lines</caption>
 *   <tr><td>{@code seat N}<td>its seat on the balance page, see {@link Seats}
 *   <tr><td>{@code gate self|supervisor}<td>whether it accepts from when it listens, or from when
 *       the supervisor opens the gate of its seat
 *   <tr><td>{@code stop N}, {@code hooks N}, {@code grace N}<td>StopTimeout=, HookTimeout= and
 *       KeepAliveGrace=, in ms
 *   <tr><td>{@code inspect yes|no}<td>Inspect=
 *   <tr><td>{@code socket KIND INODE PORT ADDRESS}<td>each socket, the first at descriptor 3; port 0
 *       if it has none
 *   <tr><td>{@code name N NAME}<td>the FileDescriptorName= of the Nth socket, counting from 0
 *   <tr><td>{@code port P N}<td>the application's port P is that socket (PortMap=)
 *   <tr><td>{@code watchdog N}<td>Watchdog=, in ms; missing if it is off
 *   <tr><td>{@code directory PATH}<td>the supervisor's runtime directory, with the FIFO and the page
 * </table>
 */
final class AgentSettings {
  /** The variable. */
  static final String VARIABLE = "JCLUSTER_AGENT";

  private AgentSettings() {}

  /**
   * The value of {@link #VARIABLE}.
   *
   * @param config one that {@link Adoption#check} let pass
   * @param seat the worker's seat on the balance page
   */
  static String text(Config config, int seat, Launch.Surroundings surroundings) {
    List<Endpoint> sockets = surroundings.sockets();
    Config.Drain drain = config.draining();
    List<String> lines = new ArrayList<>();
    lines.add("seat " + seat);
    lines.add("gate " + (config.settings().opensItself() ? "self" : "supervisor"));
    lines.add("stop " + millis(config.settings().stopTimeout()));
    lines.add("hooks " + millis(drain.hookTimeout()));
    lines.add("grace " + millis(drain.keepAliveGrace()));
    lines.add("inspect " + (drain.inspect() ? "yes" : "no"));
    for (Endpoint socket : sockets) {
      String kind = socket.kind().name().toLowerCase(Locale.ROOT);
      lines.add(
          String.format(
              "socket %s %d %d %s", kind, socket.inode(), socket.port(), socket.address()));
    }
    for (int i = 0; i < sockets.size(); i++) {
      lines.add("name " + i + " " + Notice.printable(sockets.get(i).name()));
    }
    config
        .portMap()
        .forEach(
            (port, target) -> lines.add("port " + port + " " + Adoption.index(target, sockets)));
    if (config.settings().watchdog() > 0) {
      lines.add("watchdog " + config.settings().watchdog() / Time.MILLI);
    }
    lines.add("directory " + surroundings.directory());
    return String.join("\n", lines);
  }

  /** Rounded up, so that no time that is asked for becomes none. */
  private static long millis(long nanos) {
    return (nanos + Time.MILLI - 1) / Time.MILLI;
  }
}
