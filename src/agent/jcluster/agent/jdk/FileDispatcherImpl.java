package jcluster.agent.jdk;

import java.io.FileDescriptor;
import java.io.IOException;

/** Stands for {@code sun.nio.ch.FileDispatcherImpl}, which takes its place. */
public class FileDispatcherImpl {
  public long map(FileDescriptor fd, int access, long position, long length, boolean sync)
      throws IOException {
    throw new UnsupportedOperationException();
  }
}
