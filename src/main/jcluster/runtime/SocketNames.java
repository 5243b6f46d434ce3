package jcluster.runtime;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jcluster.config.Config;
import jcluster.config.ConfigException;
import jcluster.systemd.Endpoint;

/**
 * How the sockets that the agent gives to a binding application are named and checked:
 * jcluster.conf(5), ADOPTION.
 */
final class SocketNames {
  private static final String WITHOUT_AGENT =
      "set Adopt=no for an application that takes its sockets by itself";

  private SocketNames() {}

  /**
   * Checks that the agent's jar is there, and that the configuration fits the sockets.
   *
   * @throws ConfigException if not, with everything that is wrong
   */
  static void check(Config config, Launch.Surroundings surroundings) throws ConfigException {
    if (!config.adopt()) {
      return;
    }
    List<String> problems = new ArrayList<>();
    if (!Files.isRegularFile(surroundings.agent())) {
      problems.add(
          surroundings.agent() + " is missing: install jcluster again, or " + WITHOUT_AGENT);
    }
    List<Endpoint> sockets = surroundings.sockets();
    for (Endpoint socket : sockets) {
      if (!socket.kind().bindable()) {
        problems.add(
            "the socket '"
                + socket
                + "' is "
                + socket.kind()
                + ", which no Java program can bind: "
                + WITHOUT_AGENT);
      }
    }
    config
        .portMap()
        .forEach((port, target) -> problem(port, target, sockets).ifPresent(problems::add));
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  /** What is wrong with a pair of PortMap=, if anything is. */
  private static Optional<String> problem(int port, String target, List<Endpoint> sockets) {
    int count = matching(target, sockets).size();
    if (count == 1) {
      return Optional.empty();
    }
    return Optional.of(
        "PortMap= '"
            + port
            + ":"
            + target
            + "' names "
            + (count == 0
                ? "no TCP or UDP socket by its name or port"
                : count + " sockets, allowed is what only one has")
            + ": there are "
            + text(sockets));
  }

  /** The sockets as people write them, separated by commas. */
  static String text(List<Endpoint> sockets) {
    return sockets.stream().map(Endpoint::toString).collect(Collectors.joining(", "));
  }

  /** The name by which PortMap= can refer to the socket with this port, or else the port itself. */
  static String nameOf(int port, List<Endpoint> sockets) {
    return sockets.stream()
        .filter(s -> s.port() == port)
        .map(Endpoint::name)
        // Without FileDescriptorName=, a socket has the unit's name, which contains the number of
        // workers.
        .filter(name -> name.matches("[\\w-]+") && matching(name, sockets).size() == 1)
        .findFirst()
        .orElse(String.valueOf(port));
  }

  /**
   * The index of the socket that a target of PortMap= names, once {@link #check} has accepted it.
   */
  static int index(String target, List<Endpoint> sockets) {
    return matching(target, sockets).get(0);
  }

  /** The indices of the sockets that have a port and whose name or port is {@code target}. */
  private static List<Integer> matching(String target, List<Endpoint> sockets) {
    return IntStream.range(0, sockets.size())
        .filter(i -> sockets.get(i).port() != 0)
        .filter(
            i ->
                sockets.get(i).name().equals(target)
                    || String.valueOf(sockets.get(i).port()).equals(target))
        .boxed()
        .toList();
  }
}
