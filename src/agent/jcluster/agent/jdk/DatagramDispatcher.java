package jcluster.agent.jdk;

import java.io.FileDescriptor;
import java.io.IOException;

/** Stands for {@code sun.nio.ch.DatagramDispatcher}, which takes its place. */
public class DatagramDispatcher {
  public int read(FileDescriptor fd, long address, int length) throws IOException {
    throw new UnsupportedOperationException();
  }

  public long readv(FileDescriptor fd, long vectors, int count) throws IOException {
    throw new UnsupportedOperationException();
  }

  public int write(FileDescriptor fd, long address, int length) throws IOException {
    throw new UnsupportedOperationException();
  }

  public long writev(FileDescriptor fd, long vectors, int count) throws IOException {
    throw new UnsupportedOperationException();
  }

  public void close(FileDescriptor fd) throws IOException {
    throw new UnsupportedOperationException();
  }

  public void dup(FileDescriptor from, FileDescriptor to) throws IOException {
    throw new UnsupportedOperationException();
  }
}
