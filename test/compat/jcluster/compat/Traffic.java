package jcluster.compat;

import java.io.IOException;
import java.net.SocketAddress;
import jcluster.load.Kind;
import jcluster.load.Plan;

/** The kinds of traffic that the clients of a server make. */
enum Traffic {
  HTTP,
  /** Without large requests. */
  DOWNLOADS,
  /** Nor long answers. */
  GETS,
  /** The body of an answer names the worker. */
  FILES,
  UNIX,
  DATAGRAMS,
  /** Of gRPC: those that have its jars, see {@link GrpcClients}. */
  CALLS;

  private static final int CLIENTS = 8;

  /**
   * Starts the clients; each pauses between its requests, so that the workers get to use the CPUs.
   *
   * @param brief whether there is no time for long answers
   */
  Clients start(ServerCluster cluster, boolean brief) throws IOException {
    SocketAddress address = cluster.address();
    Plan plan = cluster.plan().with("--think=10");
    if (this == DATAGRAMS) {
      return new UdpClients(plan.clients(Kind.UDP, CLIENTS).start(), address);
    }
    plan.newConnections(CLIENTS);
    if (cluster.site().has(Option.HTTP2)) {
      plan.clients(Kind.HTTP2, CLIENTS).with("--streams=" + CLIENTS / 2);
    } else {
      plan.keepAlive(CLIENTS);
    }
    if (this == FILES) {
      plan.with("--path=/stat", "--expect=(?<worker>\\d+) .*");
    } else {
      plan.with("--worker-header=X-Worker", "--expect=hello\n");
    }
    if (this == HTTP) {
      plan.clients(Kind.POST, 1).with("--post-expect=1048576\n");
    }
    if (!brief && (this == HTTP || this == DOWNLOADS)) {
      plan.clients(Kind.DOWNLOAD, 1).with("--download-path=/slow");
    }
    return new LoadClients(plan.start());
  }
}
