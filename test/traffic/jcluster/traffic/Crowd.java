package jcluster.traffic;

import java.io.IOException;
import jcluster.load.Load;

/** Clients that ask a server all the time. */
interface Crowd extends AutoCloseable {
  /** Waits until each of them asks. */
  void awaitGoing() throws InterruptedException;

  /** How many requests are over so far, unless that is told at the end only. */
  default long requests() throws IOException {
    return Long.MAX_VALUE;
  }

  /** Lets them finish their requests. */
  Count stop() throws InterruptedException, IOException;

  @Override
  void close() throws IOException;

  /** Clients of the load generator; the resources are closed after them. */
  static Crowd of(Load load, Link... links) {
    return new Crowd() {
      @Override
      public void awaitGoing() throws InterruptedException {
        load.awaitGoing();
      }

      @Override
      public long requests() {
        Count count = Count.of(load.report());
        return count.requests() + count.late();
      }

      @Override
      public Count stop() throws InterruptedException {
        return Count.of(load.stop());
      }

      @Override
      public void close() {
        load.close();
        for (Link link : links) {
          link.close();
        }
      }
    };
  }
}
