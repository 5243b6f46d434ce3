package jcluster.fuzz;

import java.nio.file.Path;
import java.security.Security;
import java.util.List;
import java.util.Random;
import jcluster.agent.RedirectedTls;

/**
 * The conversations of {@link Fuzz} under the JDK's TLS, in a JVM of their own, whose TLS is led to
 * the agent.
 */
public final class TlsFuzz {
  private TlsFuzz() {}

  /**
   * Runs it for make; the arguments are the number of cases, a seed, and a case's number to run it
   * alone.
   */
  public static void main(String[] arguments) throws Exception {
    System.exit(run(arguments));
  }

  /** The same; returns 0 if all is as expected. */
  public static int run(String... arguments) throws Exception {
    return RedirectedTls.run(Inside.class.getName(), List.of(arguments));
  }

  /** The program of the process that {@link #main} starts. */
  static final class Inside {
    private Inside() {}

    /** The first argument is a folder for keys. */
    public static void main(String[] arguments) throws Exception {
      // Keys change often, so that records of the handshake come between those of the application.
      Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 2^11");
      Tls tls = new Tls(Path.of(arguments[0]));
      long seed = Long.parseLong(arguments[2]);
      boolean single = arguments.length > 3;
      long from = single ? Long.parseLong(arguments[3]) : 0;
      long count = single ? 1 : Long.parseLong(arguments[1]);
      long began = System.nanoTime();
      for (long number = from; number < from + count; number++) {
        try {
          Random random = new Random(seed * 1_000_003 + number);
          TlsWire wire = tls.connect(random);
          new Fuzz(random, wire).run();
          wire.close();
        } catch (Exception | AssertionError | LinkageError e) {
          System.err.println("make fuzz-tls SEED=" + seed + " CASE=" + number + ":");
          e.printStackTrace();
          System.exit(1);
        }
      }
      System.out.printf(
          "Java %s: %,d conversations under TLS of seed %d in %d s, all as expected%n",
          Runtime.version().feature(), count, seed, (System.nanoTime() - began) / 1_000_000_000);
    }
  }
}
