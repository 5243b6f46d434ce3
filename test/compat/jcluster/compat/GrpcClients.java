package jcluster.compat;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import jcluster.cluster.Program;
import jcluster.load.Report;

/** Clients of gRPC, in a process that has its jars: the program Client beside the server. */
final class GrpcClients implements Clients {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Program client;

  GrpcClients(Program client) {
    this.client = client;
  }

  @Override
  public void awaitGoing() throws InterruptedException {
    client.await("^going$", 1, LIMIT);
  }

  @Override
  public void mark(String phase) throws IOException {
    client.say(phase);
  }

  @Override
  public Set<Long> workers(String phase) {
    Set<Long> workers = new TreeSet<>();
    client.all("^" + phase + " worker (\\d+)$").forEach(m -> workers.add(Long.valueOf(m.group(1))));
    return workers;
  }

  @Override
  public Report stop() throws IOException, InterruptedException {
    client.say("stop");
    client.await("^requests=", 1, LIMIT);
    return Report.parse(client.output());
  }

  @Override
  public void close() {
    client.end();
  }
}
