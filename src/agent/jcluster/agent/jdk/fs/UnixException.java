package jcluster.agent.jdk.fs;

/** Stands for {@code sun.nio.fs.UnixException}, which takes its place. */
public class UnixException extends Exception {
  private static final long serialVersionUID = 1L;
}
