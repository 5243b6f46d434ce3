package jcluster.traffic;

import java.io.IOException;
import java.util.List;
import jcluster.compat.Jdk;
import jcluster.compat.ServerCluster;
import jcluster.compat.Site;

/** Tries rows on one JDK, one after the other; a row mostly keeps the workers of the row before. */
final class Lane implements AutoCloseable {
  private final Jdk jdk;
  private Site site;
  private List<String> settings;
  private ServerCluster cluster;

  Lane(Jdk jdk) {
    this.jdk = jdk;
  }

  Jdk jdk() {
    return jdk;
  }

  /** Tries a row; after a failure, the next row has new workers. */
  Row.Result run(Row row, int reloads, int requests) throws IOException, InterruptedException {
    Row.Result result;
    try {
      prepare(row);
      result = row.run(cluster, reloads, requests);
    } catch (IllegalStateException e) { // It does not even start.
      result = Row.Result.failed(e);
    }
    if (!result.ok()) {
      close();
    }
    return result;
  }

  private void prepare(Row row) throws IOException, InterruptedException {
    List<String> wanted = row.kind().settings();
    if (cluster == null || !row.site().equals(site) || !wanted.equals(settings)) {
      close();
      site = row.site();
      settings = wanted;
      cluster = new ServerCluster(site, jdk, Row.log(site, jdk), wanted.toArray(String[]::new));
      cluster.awaitReady();
    }
  }

  @Override
  public void close() throws IOException {
    if (cluster != null) {
      cluster.close();
      cluster = null;
    }
  }
}
