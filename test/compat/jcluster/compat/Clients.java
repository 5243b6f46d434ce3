package jcluster.compat;

import java.io.IOException;
import java.util.Set;
import jcluster.load.Report;

/** Clients that make requests all the time. */
public interface Clients extends AutoCloseable {
  /** Waits until each has had its first answer. */
  void awaitGoing() throws InterruptedException;

  /** Begins a phase of the report. */
  void mark(String phase) throws IOException;

  /** The processes that answered in a phase, which is the last one. */
  Set<Long> workers(String phase) throws IOException;

  /** Lets them finish, and says how all went. */
  Report stop() throws IOException, InterruptedException;

  @Override
  void close();
}
