package jcluster.compat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import jcluster.cluster.Program;
import jcluster.load.Kind;

/**
 * Tries the servers one after the other and prints a table, which goes to a file, too.
 *
 * <p>Words: the file; the homes of the JDKs, in one; the servers, in one that is empty for all.
 */
public final class Compat {
  private static final int RELOADS = 2;
  private static final Path LOCK =
      Path.of(System.getProperty("jcluster.root"), "test/compat/deps.lock");
  private static final String ROW = "%-31s %-12s %-7s %5s %6s %6s %4s %5s %3s %5s %7s %7s  %s";

  private final Path file;
  private boolean ok = true;

  private Compat(Path file) {
    this.file = file;
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    Program.endAllAtExit();
    List<Jdk> jdks = new ArrayList<>();
    for (String home : words[1].split(" ")) {
      jdks.add(Jdk.of(home));
    }
    var compat = new Compat(Path.of(words[0]));
    try {
      compat.all(jdks, Server.chosen(words[2]));
    } catch (IllegalArgumentException e) {
      System.err.println("Compat: " + e.getMessage());
      System.exit(2);
    }
    System.exit(compat.ok ? 0 : 1);
  }

  private void all(List<Jdk> jdks, List<Server> servers) throws IOException, InterruptedException {
    Files.deleteIfExists(file);
    int cpus = Runtime.getRuntime().availableProcessors();
    say(
        String.format(
            """
            Servers that know nothing of jcluster, each with %d workers on %d CPUs, all of them replaced
            twice under load.
              ready        how long the slower worker took until it listened, in ms
              new, kept    requests during the rolls, on a connection of their own and on one that is kept
              lost, again  requests that failed, and that a client had to send once more, as HTTP lets it
              all          every worker of the last generation answered
              gap          the longest time without an answer during the rolls, in ms
              https, h2    the same with TLS, and with HTTP/2 over TLS: requests, if none was lost
            """,
            ServerCluster.WORKERS, cpus));
    say(
        String.format(
            ROW, "server", "version", "JDK", "ready", "new", "kept", "lost", "again", "all", "gap",
            "https", "h2", "result"));
    for (Server server : servers) {
      for (Jdk jdk : jdks) {
        if (jdk.feature() >= server.jdk()) {
          one(server, jdk);
        }
      }
    }
  }

  private void one(Server server, Jdk jdk) throws IOException, InterruptedException {
    List<String> failures = new ArrayList<>();
    var trial = new Trial(server.with(), jdk);
    run(trial, "", server, failures);
    String https = also(server, jdk, failures, Option.TLS);
    String http2 = also(server, jdk, failures, Option.TLS, Option.HTTP2);
    say(
        String.format(
            ROW,
            server.title,
            server.version(LOCK),
            jdk.version(),
            trial.ready(),
            trial.requests(Kind.NEW) + trial.requests(Kind.UDP),
            trial.requests(Kind.KEEP_ALIVE),
            trial.lost(),
            trial.retryable(),
            trial.everyWorker() ? "yes" : "no",
            trial.gap(),
            https,
            http2,
            failures.isEmpty() ? "ok" : String.join("; ", failures)));
  }

  /** Tries a server with these options; returns the text of its column. */
  private String also(Server server, Jdk jdk, List<String> failures, Option... options)
      throws IOException, InterruptedException {
    for (Option option : options) {
      if (!server.can(option)) {
        return "-";
      }
    }
    var trial = new Trial(server.with(options), jdk);
    return run(trial, options[options.length - 1].title + ": ", server, failures)
        ? String.valueOf(trial.requests())
        : "FAILED";
  }

  /** Whether it went well; if not, adds why. */
  private boolean run(Trial trial, String title, Server server, List<String> failures)
      throws IOException, InterruptedException {
    try {
      trial.run(RELOADS);
      return true;
    } catch (IOException | IllegalStateException e) {
      String failure = e.getMessage().lines().findFirst().orElse("");
      String known = server.known(failure);
      ok &= !known.isEmpty();
      failures.add(title + (known.isEmpty() ? "FAILED: " + failure : "known: " + known));
      return false;
    }
  }

  private void say(String line) throws IOException {
    System.out.println(line);
    Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
