package jcluster.runtime;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.systemd.Endpoint;

/** How far an application has got with binding its sockets, as its worker's agent reports. */
final class BindProgress {
  /** How many addresses that belong to none of the sockets are kept. */
  private static final int MAX_OTHERS = 8;

  /** The port at the end of an address. */
  private static final Pattern PORT = Pattern.compile(":([0-9]{1,5})(?=,|$| \\(UDP\\))");

  private final List<Endpoint> sockets;
  private final Set<String> others = new LinkedHashSet<>();
  private String waiting;
  private boolean agent;
  private boolean done;

  BindProgress(List<Endpoint> sockets) {
    this.sockets = sockets;
    this.waiting = SocketNames.text(sockets);
  }

  /** Goes on from a state that was handed over. */
  BindProgress(List<Endpoint> sockets, State state) {
    this.sockets = sockets;
    this.others.addAll(state.others());
    this.waiting = state.waiting();
    this.agent = state.agent();
    this.done = state.done();
  }

  /** The state that is handed over to the program that takes this one's place. */
  record State(List<String> others, String waiting, boolean agent, boolean done) {}

  State state() {
    return new State(List.copyOf(others), waiting, agent, done);
  }

  /** The agent is at work. */
  void begins() {
    agent = true;
  }

  /** The application has yet to bind these sockets, in words. */
  void waitsFor(String text) {
    waiting = text;
  }

  /** The application listens on an address that belongs to none of the sockets. */
  void other(String address) {
    if (others.size() < MAX_OTHERS) {
      others.add(address);
    }
  }

  /** The application listens on every socket. */
  void ends() {
    done = true;
  }

  /**
   * What the application has yet to bind, if the agent is at work and something is left; else
   * empty.
   */
  String status() {
    return agent && !done ? "has not bound " + waiting : "";
  }

  /** Why the application does not listen on every socket, as far as that is known. */
  String explanation() {
    if (!agent) {
      return "no agent in this process: a script must start java with exec, and Command= must be a"
          + " JVM of version 17 or later";
    }
    if (others.isEmpty()) {
      return "the application has not bound " + waiting + " yet; it bound no other port";
    }
    return "the application bound "
        + String.join(", ", others)
        + ", but the unit listens on "
        + waiting
        + advice();
  }

  private String advice() {
    Matcher theirs = PORT.matcher(String.join(", ", others));
    Matcher ours = PORT.matcher(waiting);
    if (!theirs.find() || !ours.find() || theirs.group(1).equals(ours.group(1))) {
      return ": bind that address";
    }
    String socket = SocketNames.nameOf(Integer.parseInt(ours.group(1)), sockets);
    return ": bind that port, or set PortMap="
        + theirs.group(1)
        + ":"
        + socket
        + " (jcluster.conf(5))";
  }
}
