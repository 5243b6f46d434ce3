package jcluster.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import jcluster.cluster.Cluster;
import jcluster.cluster.Program;
import jcluster.runtime.OrphanedWorker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests in which supervisors of an application {@code t} follow each other. */
abstract class SupervisorsTest {
  static final String SLEEPS = "Command=sleep 600";
  static final String DEMO = "Command=java -XX:TieredStopAtLevel=1 -jar " + Program.demo();

  @TempDir Path folder;
  Cluster cluster;

  /** The runtime directory. */
  Path run;

  @BeforeEach
  void prepare() throws IOException {
    cluster = new Cluster(folder);
    cluster.listen("127.0.0.1:" + cluster.port);
    run = cluster.runtime();
  }

  @AfterEach
  void end() throws IOException {
    cluster.close();
  }

  /** Writes its configuration, in which only the demo lets itself be given the sockets. */
  void configure(String command, String... lines) throws IOException {
    String adoption = command.equals(DEMO) ? "PortMap=8080:$PORT" : "Adopt=no";
    cluster.defaults("MinUptime=0", command, adoption).configure(lines);
  }

  Program start(int instances) throws IOException {
    return cluster.start(instances);
  }

  /** The process ids of the workers that are there, with or without a supervisor. */
  Set<Integer> workers() throws IOException {
    return OrphanedWorker.of(run).stream().map(OrphanedWorker::pid).collect(Collectors.toSet());
  }
}
