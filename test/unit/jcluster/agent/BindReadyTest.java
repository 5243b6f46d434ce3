package jcluster.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import jcluster.cluster.Program;
import jcluster.load.Ports;
import jcluster.os.Fd;
import jcluster.os.Sys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a worker is ready, and which of its JVMs shares the sockets. */
@Timeout(120)
class BindReadyTest {
  /** The worker is not ready, but waits for this to be bound. */
  private static void awaits(BindRun run, String waiting) throws Exception {
    List<String> status = run.ask("status", "t").output();
    assertEquals("t: starting, 0/1 ready", status.get(0));
    assertTrue(status.get(2).endsWith("has not bound " + waiting), status::toString);
    assertTrue(run.program().output().stream().noneMatch(line -> line.contains(") ready in ")));
  }

  private static void write(Path fifo, String word) throws IOException {
    Files.write(fifo, (word + "\n").getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
  }

  @Test
  void aWorkerIsReadyWhenEverySocketIsBound() throws Exception {
    int first = Ports.free();
    int second = Ports.free();
    int datagram = Ports.free();
    int other = Ports.free();
    try (BindRun run = new BindRun()) {
      run.datagrams("127.0.0.1:" + datagram).listen(first).listen("127.0.0.1:" + second);
      Path words = run.folder.resolve("words");
      try (Fd fifo = Sys.fifo(words.toString())) {
        assertTrue(fifo.number() > 0);
        Program program = run.begin(1, "socket=" + first, "then " + words);
        run.trigger();
        program.await("^socket has .* " + first);
        String dns = "dns 127.0.0.1:" + datagram;
        awaits(run, dns + ", " + second + " 127.0.0.1:" + second);

        write(words, "channel=" + other);
        write(words, "channel=" + second);
        program.await("^channel has 127.0.0.1 " + second);
        awaits(run, dns);

        write(words, "packets=" + datagram);
        run.awaitStarted();
        run.assertServes("packets=" + datagram);
      }
    }
  }

  @Test
  void aWorkerThatBindsAnotherPortIsExplained() throws Exception {
    int port = Ports.free();
    int other = Ports.free();
    try (BindRun run = new BindRun().listen("127.0.0.1:" + port)) {
      run.configure("ReadyTimeout=4s");
      Program program = run.begin(1, "socket=127.0.0.1:" + other);
      program.await(
          "worker 0 \\(pid \\d+\\): the application bound 127.0.0.1:"
              + other
              + ", but the unit listens on "
              + port
              + " 127.0.0.1:"
              + port
              + ": bind that port, or set PortMap="
              + other
              + ":"
              + port
              + " ");
      assertEquals(1, program.await());
    }
  }

  @Test
  void ofTheJvmsOfAStartScriptOnlyTheWorkerSharesSockets() throws Exception {
    int port = Ports.free();
    int other = Ports.free();
    try (BindRun run = new BindRun().listen("127.0.0.1:" + port)) {
      Path script = run.folder.resolve("start");
      String java = System.getProperty("java.home") + "/bin/java";
      Files.writeString(
          script, "#!/bin/sh\n" + java + " -version\nexec " + java + " -Dscript=1 \"$@\"\n");
      assertTrue(script.toFile().setExecutable(true));
      Program program =
          run.begin(
              1,
              List.of(script.toString()),
              "socket=127.0.0.1:" + port,
              "child others " + other + ", fails socket=127.0.0.1:" + port + ", end");
      run.awaitStarted();
      assertEquals(2, run.holds(0, 0));
      run.assertServes("socket=" + port);
      program.await("^child ended with 0");
      program.await("^child: socket=.* failed: java.net.BindException");
      program.await("^child: others of TCP have " + other);
      program.await("^child: others of UDP have");
      // A JVM always prints this; there are three.
      program.await("^(child: )?Picked up JAVA_TOOL_OPTIONS: ", 3);
      List<String> said = program.output().stream().filter(l -> l.startsWith("child: ")).toList();
      assertEquals(6, said.size(), said::toString);
      assertTrue(program.output().stream().noneMatch(l -> l.contains("jcluster: ")));
    }
  }
}
