package jcluster.agent.jdk;

import java.io.FileDescriptor;
import java.io.IOException;

/** Stands for {@code sun.nio.ch.IOUtil}, which takes its place when the agent is loaded. */
public final class IOUtil {
  private IOUtil() {}

  public static FileDescriptor newFD(int number) {
    throw new UnsupportedOperationException();
  }

  public static int fdVal(FileDescriptor fd) {
    throw new UnsupportedOperationException();
  }

  public static void configureBlocking(FileDescriptor fd, boolean blocking) throws IOException {
    throw new UnsupportedOperationException();
  }
}
