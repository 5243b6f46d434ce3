package jcluster.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.config.Config;
import jcluster.config.ConfigException;
import jcluster.config.Instances;
import jcluster.os.Fd;
import jcluster.systemd.ListenFds.Socket;
import jcluster.systemd.Manager;

/**
 * What a supervisor works with.
 *
 * @param name the application's name
 * @param reader where its configuration comes from
 * @param instances the number of workers, if the command line gives it and so overrides the
 *     configuration
 * @param sockets the sockets that workers serve from, at least one
 * @param directory the runtime directory, for the supervisor's own files
 * @param agent the agent's jar
 * @param manager the service manager to notify
 * @param log the supervisor's own log
 * @param journal whether the log goes to the journal, so that each worker gets a journal stream of
 *     its own
 * @param environment the supervisor's environment
 * @param version this program's version
 * @param program the command line of this program as it is installed, for an upgrade; empty if not
 *     known
 * @param handover at an upgrade, the state that the program before this one in this process has
 *     left
 * @param takeover what the supervisor before this one has left, if it is gone and its workers are
 *     not
 * @param receiver the socket that workers report to, if the service manager has kept it
 */
public record Setup(
    String name,
    Reader reader,
    Optional<Instances> instances,
    List<Socket> sockets,
    Path directory,
    Path agent,
    Manager manager,
    Log log,
    boolean journal,
    Map<String, String> environment,
    String version,
    List<String> program,
    Optional<Handover> handover,
    Optional<Takeover> takeover,
    Optional<Fd> receiver) {

  /** Reads the configuration, at the start and at each reload. */
  @FunctionalInterface
  public interface Reader {
    Config read() throws ConfigException;
  }

  /** How many CPUs this process may use now, by affinity and by its cgroup's quota. */
  static int cpus() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** What is the same for all workers. */
  Launch.Surroundings surroundings() {
    return new Launch.Surroundings(
        environment,
        System.getProperty("java.home"),
        cpus(),
        sockets.stream().map(Socket::endpoint).toList(),
        directory,
        agent);
  }

  /** Reads the configuration as it is now and checks that it fits the sockets. */
  Config config() throws ConfigException {
    Config config = reader.read();
    SocketNames.check(config, surroundings());
    return config;
  }

  /** How many workers a configuration asks for, unless the command line has the last word. */
  int instances(Config config) {
    return instances.or(config::instances).orElse(Instances.MAX).count(cpus());
  }
}
