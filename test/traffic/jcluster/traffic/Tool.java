package jcluster.traffic;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import jcluster.cluster.Program;
import jcluster.compat.ServerCluster;

/**
 * A program of others as a client, started again and again until it is enough. Each time it makes
 * some requests, and says what came of them.
 */
final class Tool implements Crowd {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final ServerCluster cluster;
  private final List<String> words;
  private final Function<List<String>, Count> reader;
  private final CountDownLatch going;
  private final CountDownLatch ended;
  private final List<Program> running = new ArrayList<>();
  private Count count = Count.NONE;
  private Throwable broken;
  private volatile boolean enough;

  /**
   * Starts it.
   *
   * @param times how many of it run beside each other
   * @param reader counts the outcomes of the requests in the output
   */
  Tool(ServerCluster cluster, int times, List<String> words, Function<List<String>, Count> reader) {
    this.cluster = cluster;
    this.words = words;
    this.reader = reader;
    going = new CountDownLatch(times);
    ended = new CountDownLatch(times);
    for (int i = 0; i < times; i++) {
      var thread = new Thread(this::run, words.get(0));
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void run() {
    try {
      while (!enough) {
        Program command = start();
        going.countDown();
        command.await(LIMIT);
        add(command);
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      synchronized (this) {
        broken = e;
      }
    } finally {
      going.countDown();
      ended.countDown();
    }
  }

  private synchronized Program start() throws IOException {
    Program command = cluster.program(words);
    running.add(command);
    return command;
  }

  private synchronized void add(Program command) {
    running.remove(command);
    count = count.plus(reader.apply(command.output()));
  }

  @Override
  public void awaitGoing() throws InterruptedException {
    going.await();
  }

  @Override
  public Count stop() throws InterruptedException {
    enough = true;
    ended.await();
    synchronized (this) {
      if (broken != null) {
        throw new IllegalStateException(words.get(0) + ": " + broken.getMessage(), broken);
      }
      return count;
    }
  }

  @Override
  public synchronized void close() {
    enough = true;
    running.forEach(Program::end);
  }
}
