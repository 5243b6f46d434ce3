package jcluster.agent.jdk.fs;

/** Stands for {@code sun.nio.fs.UnixNativeDispatcher}, which takes its place. */
public final class UnixNativeDispatcher {
  private UnixNativeDispatcher() {}

  public static void unlink(UnixPath path) throws UnixException {
    throw new UnsupportedOperationException();
  }
}
