package jcluster.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.control.ControlClient;
import jcluster.control.Request;
import jcluster.model.Outcome;

/** {@code jcluster reload --all}: reloads one application after the other. */
record ReloadAllCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  /**
   * Reloads the applications that run, in the order of their names, up to the first that fails.
   *
   * @return the exit status of the last reload
   */
  int run() throws UsageException {
    List<String> left = new ArrayList<>(ControlClient.running(environment));
    if (left.isEmpty()) {
      err.println("jcluster: no application is running");
      return Outcome.NOT_RUNNING.status();
    }
    List<String> done = new ArrayList<>();
    while (!left.isEmpty()) {
      String name = left.remove(0);
      out.println(name + ":");
      var reload = new Command.Ask(Request.RELOAD, Optional.of(name), List.of());
      int status = new AskCommand(environment, out, err).run(reload);
      if (status != Outcome.DONE.status()) {
        err.println(
            "jcluster: reloaded: "
                + list(done)
                + "; failed: "
                + name
                + "; not reloaded: "
                + list(left));
        return status;
      }
      done.add(name);
    }
    out.println("reloaded " + list(done));
    return Outcome.DONE.status();
  }

  private static String list(List<String> names) {
    return names.isEmpty() ? "none" : String.join(", ", names);
  }
}
