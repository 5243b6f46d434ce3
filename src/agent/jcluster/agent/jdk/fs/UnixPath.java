package jcluster.agent.jdk.fs;

/** Stands for {@code sun.nio.fs.UnixPath}, which takes its place when the agent is loaded. */
public class UnixPath {
  public UnixPath toAbsolutePath() {
    throw new UnsupportedOperationException();
  }

  public UnixPath normalize() {
    throw new UnsupportedOperationException();
  }
}
