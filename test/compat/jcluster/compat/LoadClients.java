package jcluster.compat;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import jcluster.load.Load;
import jcluster.load.Report;

/** Clients of the load generator. */
class LoadClients implements Clients {
  private final Load load;

  LoadClients(Load load) {
    this.load = load;
  }

  @Override
  public void awaitGoing() throws InterruptedException {
    load.awaitGoing();
  }

  @Override
  public void mark(String phase) {
    load.mark(phase);
  }

  @Override
  public Set<Long> workers(String phase) throws IOException {
    Set<Long> workers = new TreeSet<>();
    load.report().phase(phase).workers().keySet().forEach(w -> workers.add(Long.valueOf(w)));
    return workers;
  }

  @Override
  public Report stop() throws InterruptedException {
    return load.stop();
  }

  @Override
  public void close() {
    load.close();
  }
}
