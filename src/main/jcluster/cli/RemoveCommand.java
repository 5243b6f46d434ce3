package jcluster.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import jcluster.install.Services;
import jcluster.model.Outcome;

/** {@code jcluster remove}: undoes what {@code jcluster add} has done. */
record RemoveCommand(PrintStream out, PrintStream err) {
  Outcome run(Command.Remove command) {
    String name = command.name();
    try {
      Services services = AddCommand.services(command.root());
      List<String> obstacles = services.obstacles(name);
      if (!obstacles.isEmpty()) {
        obstacles.forEach(obstacle -> err.println("jcluster: " + obstacle));
        err.println("jcluster: " + name + ": nothing was removed");
        return Outcome.FAILED;
      }
      services.remove(name).forEach(file -> out.println("removed " + file));
      return Outcome.DONE;
    } catch (IOException e) {
      return AddCommand.failed(err, name + ": ", e);
    }
  }
}
