package jcluster.bench;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jcluster.cluster.Program;
import jcluster.compat.Jdk;
import jcluster.compat.ServerCluster;
import jcluster.compat.Site;
import jcluster.load.Keys;
import jcluster.load.Ports;

/** A server's process, and its costs. */
final class Contender implements Closeable {
  private static final Path BUILD = Path.of(System.getProperty("jcluster.build"));

  /** In clock ticks a second, which are the same on every Linux that we run on. */
  private static final double TICKS = 100;

  private static final int TRIES = 3000;
  private static final int PAUSE = 10;
  private static final int SETTLED = 400;

  private final Closeable process;
  private final long pid;
  private final InetSocketAddress address;

  private Contender(Closeable process, long pid, InetSocketAddress address) {
    this.process = process;
    this.pid = pid;
    this.address = address;
  }

  /** A server by itself, with a port of its own. */
  static Contender bare(Site site, Jdk jdk, Path log) throws IOException, InterruptedException {
    int port = Ports.free();
    List<String> words = site.words(String.valueOf(port), Keys.in(BUILD.resolve("keys")));
    var builder = new ProcessBuilder(words).directory(BUILD.resolve("compat").toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    // ProcessBuilder looks a command up in the path of this process
    builder.command().set(0, jdk.home().resolve("bin/" + words.get(0)).toString());
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    var command = new Program(builder, log);
    for (int tries = 0; !listens(address); tries++) {
      if (tries == TRIES) {
        command.end();
        throw new IOException(words + " never listened");
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE);
    }
    return new Contender(command::end, command.pid(), address);
  }

  private static boolean listens(InetSocketAddress address) {
    try (var socket = new Socket()) {
      socket.connect(address);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The same server as the only worker of a cluster. */
  static Contender worker(Site site, Jdk jdk, Path log) throws IOException, InterruptedException {
    var cluster = new ServerCluster(site, jdk, 1, log);
    cluster.awaitReady();
    long pid = cluster.workers().iterator().next();
    return new Contender(cluster::close, pid, (InetSocketAddress) cluster.address());
  }

  long pid() {
    return pid;
  }

  InetSocketAddress address() {
    return address;
  }

  /** The CPU time that it has taken so far, in seconds: utime and stime of proc(5). */
  double cpu() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
  }

  /** The CPU time that it took to start, until it had nothing to do any more, in seconds. */
  double start() throws IOException, InterruptedException {
    double before;
    double now = cpu();
    do {
      before = now;
      TimeUnit.MILLISECONDS.sleep(SETTLED);
      now = cpu();
    } while (now > before);
    return now;
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
