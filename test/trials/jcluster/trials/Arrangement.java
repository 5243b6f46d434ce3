package jcluster.trials;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import jcluster.load.Report;
import jcluster.system.Machine;

/**
 * A number of workers on a socket, which rolls replace in an order.
 *
 * @param order as {@code Order=} has it
 */
record Arrangement(int workers, String order, Listener listener) {
  /** A new JVM is to serve soon: what is tried is many rolls, not long ones. */
  static final String JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto";

  static final String MIN_UPTIME = "100ms";

  /** With pauses that leave the CPUs to the JVMs that start. */
  static final List<String> CLIENTS = List.of("--new=4", "--keep-alive=4", "--think=5");

  /** The socket and the server that listens on it. */
  enum Listener {
    /** The demo. Without the property, JDK 17 waits 40 ms for an acknowledgement in each answer. */
    TCP("8080", "-Dsun.net.httpserver.nodelay=true -jar " + Machine.DEMO, "--port=8080"),

    /** Another server that knows nothing of jcluster, because the demo binds a port. */
    UNIX(
        "/run/rolls.sock",
        "-jar /srv/unix.jar /run/rolls.sock",
        "--unix=/run/rolls.sock --expect=hello\\n --worker-header=X-Worker");

    private final String address;
    private final String command;
    private final String load;

    Listener(String address, String command, String load) {
      this.address = address;
      this.command = command;
      this.load = load;
    }

    /** As in the report: {@code TCP}, {@code Unix}. */
    @Override
    public String toString() {
      return this == TCP ? "TCP" : "Unix";
    }
  }

  /**
   * The result.
   *
   * @param rolls how many went well
   * @param millis how long the rolls took in all
   * @param load the phases {@code before} and {@code rolls}
   * @param problem any other failure, or an empty text
   */
  record Outcome(int rolls, long millis, Report load, String problem) {
    /** Nothing was lost, and each roll did what it should. */
    boolean ok() {
      return problem.isEmpty() && load.failed() == 0;
    }
  }

  /** Makes a machine fit for all of them. */
  static void prepare(Machine machine) throws IOException, InterruptedException {
    machine.install("compat/unix.jar", "/srv/unix.jar");
  }

  /**
   * Starts the workers, serves for a while, and then replaces all of them again and again.
   *
   * @param beforeMillis how long that while is
   * @param rolls how often at least
   * @param requests how many are to be made during the rolls at least
   */
  Outcome run(Machine machine, long beforeMillis, int rolls, long requests)
      throws IOException, InterruptedException {
    start(machine);
    List<String> options = new ArrayList<>(List.of(listener.load.split(" ")));
    options.addAll(CLIENTS);
    try (Machine.Clients clients = machine.load(options.toArray(String[]::new))) {
      clients.mark("before");
      TimeUnit.MILLISECONDS.sleep(beforeMillis);
      clients.mark("rolls");
      int done = 0;
      long nanos = 0;
      String problem = "";
      Set<String> workers = machine.workers();
      while (problem.isEmpty()
          && (done < rolls || clients.report().phase("rolls").requests() < requests)) {
        long begun = System.nanoTime();
        Machine.Result reload = machine.run("systemctl", "reload", "myapp");
        nanos += System.nanoTime() - begun;
        Set<String> old = workers;
        workers = machine.workers();
        problem = problem(reload, old, workers);
        done += problem.isEmpty() ? 1 : 0;
      }
      return new Outcome(done, TimeUnit.NANOSECONDS.toMillis(nanos), clients.end(), problem);
    } finally {
      machine.run("systemctl", "stop", "myapp");
    }
  }

  private void start(Machine machine) throws IOException, InterruptedException {
    machine.reset();
    machine.write(
        "/etc/systemd/system/myapp@.socket.d/listen.conf",
        "[Socket]\nListenStream=\nListenStream=" + listener.address + "\n");
    machine.output("systemctl", "daemon-reload");
    machine.configure(
        "Command=java " + JVM + " " + listener.command,
        "MinUptime=" + MIN_UPTIME,
        "[Reload]",
        "Order=" + order);
    machine.output("systemctl", "start", "myapp@" + workers + ".service");
  }

  private String problem(Machine.Result reload, Set<String> old, Set<String> now) {
    if (reload.status() != 0) {
      return "systemctl reload: " + reload.output().strip();
    }
    boolean replaced = now.size() == workers && Collections.disjoint(old, now);
    return replaced ? "" : "workers " + old + " became " + now;
  }
}
