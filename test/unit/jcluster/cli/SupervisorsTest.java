package jcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jcluster.load.Ports;
import jcluster.runtime.OrphanedWorker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Supervisors of an application {@code t} that come one after the other, with a folder for it. */
abstract class SupervisorsTest {
  static final String SLEEPS = "Command=sleep 600";
  static final String DEMO = "Command=java -XX:TieredStopAtLevel=1 -jar " + Program.demo();

  @TempDir Path folder;
  final int port = Ports.free();

  /** Those that were started, in order; what is still there at the end of a test ends with it. */
  final List<Program> programs = new ArrayList<>();

  /** The runtime directory. */
  Path run;

  Map<String, String> environment;

  @BeforeEach
  void prepare() throws IOException {
    run = Files.createDirectories(folder.resolve("run/t"));
    environment =
        Map.of("RUNTIME_DIRECTORY", run.toString(), "XDG_RUNTIME_DIR", run.getParent().toString());
  }

  @AfterEach
  void end() throws IOException {
    for (int i = programs.size() - 1; i >= 0; i--) {
      programs.get(i).close();
    }
  }

  /** Writes its configuration, in which only the demo lets itself be given the sockets. */
  void configure(String command, String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("[Worker]", "MinUptime=0", command));
    all.addAll(List.of(lines));
    all.add(command.equals(DEMO) ? "PortMap=8080:" + port : "Adopt=no");
    Files.write(folder.resolve("t.conf"), all);
  }

  Program start(int instances) throws IOException {
    return start(Program.LAUNCHER, environment, instances);
  }

  Program start(String launcher, Map<String, String> variables, int instances) throws IOException {
    var program =
        new Program(
            launcher,
            variables,
            "run",
            "--name=t",
            "--config=" + folder.resolve("t.conf"),
            "--instances=" + instances,
            "--listen=127.0.0.1:" + port);
    programs.add(program);
    return program;
  }

  /** The process ids of the workers that are there, with or without a supervisor. */
  Set<Integer> workers() throws IOException {
    return OrphanedWorker.of(run).stream().map(OrphanedWorker::pid).collect(Collectors.toSet());
  }

  static void kill(Program program) throws Exception {
    program.signal("KILL");
    program.awaitEnd();
  }
}
