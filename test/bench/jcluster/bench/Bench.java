package jcluster.bench;

import java.nio.file.Path;
import jcluster.cluster.Program;
import jcluster.compat.Jdk;

/**
 * Takes the figures that jcluster is to be judged by.
 *
 * <p>Words: the file for the report; the homes of the JDKs, in one; what those figures have in
 * their names that are to be taken, empty for all.
 */
public final class Bench {
  private Bench() {}

  public static void main(String[] words) throws Exception {
    Program.endAllAtExit();
    var report = new Report(Path.of(words[0]));
    report.head("What the agent costs a server");
    for (String home : words[1].split(" ")) {
      new AgentCost(report, Jdk.of(home), words[2]).run();
    }
  }
}
