package jcluster.agent.jdk;

/** Stands for {@code sun.nio.ch.DirectBuffer}, which takes its place when the agent is loaded. */
public interface DirectBuffer {
  long address();
}
