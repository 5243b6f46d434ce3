package jcluster.install;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the keys of PM2 become. */
class ProcessFileTest {
  private static ProcessFile.Entry entry(String keys) {
    String text = "{apps: [{name: 'shop', env: {PORT: 80}, " + keys + "}]}";
    return ProcessFile.read(Path.of("/srv/ecosystem.config.js"), text, List.of()).get(0);
  }

  private static Application application(String keys) {
    ProcessFile.Entry entry = entry(keys);
    return entry.application().orElseThrow(() -> new AssertionError(entry));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          script: 'shop.jar'                                                     | java -jar /srv/shop.jar
          script: './lib/shop.jar', interpreter: 'java', args: '--a "b c"'       | java -jar /srv/lib/shop.jar --a "b c"
          script: '/x/shop.jar', interpreter: 'java', interpreter_args: '-jar'   | java -jar /x/shop.jar
          script: 'shop.jar', interpreter: '/jdk/bin/java', node_args: ['-Xa']   | /jdk/bin/java -Xa -jar /srv/shop.jar
          script: 'java', args: ['-Xmx1g', '-jar', 'a b.jar', '100%']            | java -Xmx1g -jar "/srv/a b.jar" 100%%
          script: '/usr/bin/java', interpreter: 'none', args: '-cp x Main'       | /usr/bin/java -cp x Main
          script: 'java', args: '-jar shop.jar', cwd: 'app'                      | java -jar /srv/app/shop.jar
          """)
  void theCommand(String keys, String command) {
    String text = application(keys).configuration();
    String line = text.lines().filter(l -> l.startsWith("Command=")).findFirst().orElse(text);
    assertEquals("Command=" + command, line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          kill_timeout: 5000                          | StopTimeout=5000ms
          kill_timeout: '5s'                          | StopTimeout=5s
          listen_timeout: '2m'                        | ReadyTimeout=2min
          min_uptime: '1h'                            | MinUptime=1h
          restart_delay: 100                          | RestartDelay=100ms
          restart_delay: 0                            | ~~
          exp_backoff_restart_delay: 200              | RestartDelay=200ms
          max_memory_restart: '300M'                  | MemoryRecycle=300M
          max_memory_restart: 4194304                 | MemoryRecycle=4194304
          wait_ready: true                            | Ready=notify
          wait_ready: false                           | ~~
          instance_var: 'SLOT'                        | InstanceVariable=SLOT
          increment_var: 'ADMIN'                      | IncrementVariable=ADMIN=0
          increment_var: 'PORT'                       | ~~
          exec_mode: 'cluster', watch: false          | ~~
          """)
  void theSettings(String keys, String line) {
    List<String> settings = application("script: 'a.jar', " + keys).settings();
    List<String> more = settings.stream().filter(l -> !l.equals("Environment=PORT=80")).toList();
    assertEquals(line.isEmpty() ? List.of() : List.of(line), more);
  }

  @Test
  void theVariables() {
    String env = "env: {PORT: 80, A: 'x y', B: true, C: 'a%i', D: null, ADMIN: 9000}";
    String text = "[{script: 'a.jar', increment_var: 'ADMIN', " + env + "}]";
    var entry = ProcessFile.read(Path.of("/srv/x.json"), text, List.of()).get(0);
    assertEquals("a", entry.name());
    assertEquals(
        List.of(
            "IncrementVariable=ADMIN=9000",
            "Environment=PORT=80",
            "Environment=\"A=x y\"",
            "Environment=B=true",
            "Environment=C=a%%i"),
        entry.application().orElseThrow().settings());
  }

  @ParameterizedTest
  @CsvSource({"-1, -1", "'max', max", "0, max", "4, 4", "null, 1"})
  void theSize(String instances, String size) {
    String quoted = instances.equals("max") ? "'max'" : instances;
    assertEquals(size, application("script: 'a.jar', instances: " + quoted).size().toString());
  }

  @Test
  void thePortOfSpringBootComesBeforeTheVariable() {
    String keys = "script: 'a.jar', args: '--server.port=8443'";
    assertEquals("8443", application(keys).listen().get(0).text());
    assertEquals("80", application("script: 'a.jar'").listen().get(0).text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          cron_restart: '0 0 * * *' | cron_restart: none: a timer, see systemd.timer(5), can run systemctl reload shop; or LifetimeRecycle=
          max_restarts: 10          | max_restarts: none: jcluster never gives up on a worker, but waits longer
          out_file: '/x'            | out_file: none: the journal has all lines, journalctl -u 'shop@*'
          uid: 'me'                 | uid: User= and Group=, with systemctl edit shop@.service
          env_production: {A: 1}    | env_production: not used: its variables may go into /etc/jcluster/shop.conf.d/production.conf
          autorestart: false        | autorestart: none: a worker that ends is started again
          wait_ready: true          | wait_ready: the application must send READY=1, see Ready= in jcluster.conf(5)
          colour: 'red'             | colour: not known here
          """)
  void theKeysWithoutACounterpart(String keys, String note) {
    assertEquals(List.of(note), entry("script: 'a.jar', " + keys).notes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          script: 1                            | script: allowed is a text in quotes
          script: 'a.jar', kill_timeout: 'no'  | kill_timeout: 'no' is not a time: allowed are 1600, 2s, 1m, 1h
          script: 'a.jar', instances: true     | instances: 'true' is not a number of instances: allowed are max, 0 (the same), N from 1 to 1024, or -N for all CPUs but N
          """)
  void theMistakes(String keys, String problem) {
    assertEquals(List.of(problem), entry(keys).problems());
  }

  @ParameterizedTest
  @CsvSource({"server.js", "start.sh", "npm"})
  void whatIsNotJavaIsLeft(String script) {
    ProcessFile.Entry entry = entry("script: '" + script + "', interpreter: 'bash'");
    assertEquals(List.of(), entry.problems());
    assertEquals(false, entry.application().isPresent());
    assertEquals(1, entry.notes().size());
  }
}
