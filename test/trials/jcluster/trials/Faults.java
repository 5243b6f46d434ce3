package jcluster.trials;

import static jcluster.trials.Trial.faulty;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcluster.system.Machine;

/**
 * What can go wrong, each under load: two workers, two clients that make a connection for each
 * request, and two that keep theirs.
 *
 * <p>As a program: tries all, or those whose names contain a word, and writes a table.
 */
final class Faults {
  /** In the order they were made. */
  private static final List<Fault> LIST = new ArrayList<>();

  static final List<Fault> BROKEN_BUILDS = made(Faults::brokenBuilds);
  static final List<Fault> HUNG_BUILDS = made(Faults::hungBuilds);
  static final List<Fault> BAD_ENDS = made(Faults::badEnds);
  static final List<Fault> LOST_WORKERS = made(Faults::killed);
  static final List<Fault> LOST_SUPERVISORS = made(Faults::supervisor);
  static final List<Fault> REQUESTS = made(Faults::requests);
  static final List<Fault> UPGRADES = made(Faults::upgrades);
  static final List<Fault> SURROUNDINGS = made(Faults::surroundings);
  static final List<Fault> WATCHED = made(Faults::watched);

  private Faults() {}

  private static List<Fault> made(Runnable rows) {
    int from = LIST.size();
    rows.run();
    return List.copyOf(LIST.subList(from, LIST.size()));
  }

  private static void fault(String name, String expected, Fault.Act act) {
    LIST.add(new Fault(name, expected, act));
  }

  // A build that does not work

  private static void brokenBuilds() {
    fault(
        "a build that exits at once",
        "reload exits 1; worker 0 exited with status 3, before it was ready; both workers kept",
        t -> {
          t.underLoad();
          t.reloadTo(faulty("exit"));
          t.why();
          t.workers();
        });
    fault(
        "a build that throws after 2 s",
        "reload exits 1; worker 0 exited with status 1, before it was ready;"
            + " worker 0 wrote: IllegalStateException: no database; both workers kept",
        t -> {
          t.underLoad();
          t.reloadTo(faulty("throw"));
          t.why();
          t.workerLog(0, "IllegalStateException: no database");
          t.workers();
        });
    fault(
        "a build that crashes 100 ms after it was ready",
        "reload exits 1; worker 0 exited with status 9 after it was ready; both workers kept",
        t -> {
          t.underLoad();
          t.mayLoseWhatIsInFlight();
          t.reloadTo(faulty("crash"), "MinUptime=1s");
          t.why();
          t.workers();
        });
    fault(
        "a build that is no jar",
        "reload exits 1; worker 0 exited with status 1, before it was ready;"
            + " worker 0 wrote: Error: Invalid or corrupt jarfile /etc/passwd; both workers kept",
        t -> {
          t.underLoad();
          t.reloadTo("Command=java -jar /etc/passwd");
          t.why();
          t.workerLog(0, "Error: .*");
          t.workers();
        });
    fault(
        "a JVM option that there is not",
        "reload exits 1; worker 0 exited with status 1, before it was ready;"
            + " worker 0 wrote: Unrecognized VM option 'UseNoGC'; both workers kept",
        t -> {
          t.underLoad();
          t.reloadTo("Command=java -XX:+UseNoGC -jar " + Machine.DEMO);
          t.why();
          t.workerLog(0, "Unrecognized VM option .*");
          t.workers();
        });
    fault(
        "a Java that there is not",
        "reload exits 1; /etc/jcluster/myapp.conf:2: Command= '/opt/jdk/bin/java' is not an"
            + " executable file: allowed are java, an executable in PATH, or the path of one; both"
            + " workers kept",
        t -> {
          t.underLoad();
          t.reloadTo("Command=/opt/jdk/bin/java -jar " + Machine.DEMO);
          t.why();
          t.workers();
        });
  }

  // A build that lives and is not ready

  private static void hungBuilds() {
    fault(
        "a build that never gets ready",
        "reload exits 1; log: worker 0 was not ready within 1 s; stopping the old one to start the"
            + " slot afresh; worker 0 was not ready within 1 s; worker 0 restarted, worker 1 kept",
        t -> {
          t.underLoad();
          t.reloadTo(faulty("never"), "ReadyTimeout=1s");
          t.log("worker 0 .* was not ready within 1 s; stopping .*");
          t.why();
          t.workers();
        });
    fault(
        "a build that needs a file for itself alone",
        "reload exits 0; log: worker 0 was not ready within 4 s; stopping the old one to start the"
            + " slot afresh; both workers new",
        t -> {
          t.underLoad(faulty("lock"), "ReadyTimeout=4s");
          t.reloadTo(faulty("lock"), "ReadyTimeout=4s");
          t.log("worker 0 .* was not ready within 4 s; stopping .*");
          t.workers();
        });
  }

  // A build that does not end

  private static void badEnds() {
    fault(
        "a worker that ignores SIGINT",
        "reload exits 0; worker 0 wrote: Full thread dump; log: worker 0: pid N, ready in T,"
            + " killed after 2 s; both workers new",
        t -> {
          t.underLoad(
              faulty().replace("java ", "sh -c 'test %i = 1 || trap \"\" INT; exec java ") + "'",
              "StopTimeout=2s");
          t.mayLoseWhatIsInFlight();
          t.reloadTo();
          t.workerLog(0, "Full thread dump");
          t.log("worker 0: pid .*");
          t.workers();
        });
    fault(
        "shutdown hooks in a deadlock",
        "reload exits 0; worker 0 wrote: Found one Java-level deadlock; log: worker 0: pid N, ready"
            + " in T; both workers new",
        t -> {
          t.underLoad(faulty("deadlock"), "StopTimeout=2s");
          t.reloadTo();
          t.workerLog(0, "Found one Java-level deadlock");
          // Then killed, or idle in so long: as its clients have it.
          t.log("worker 0: pid [^,]*, ready in [^,]*");
          t.workers();
        });
  }

  // A worker that is killed or stopped

  private static void killed() {
    fault(
        "a worker killed while it starts, in a roll",
        "reload exits 1; worker 0 was killed by SIGKILL, before it was ready; both workers kept",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.signal("KILL", t.worker(0));
          t.ends("reload", reload);
          t.release();
          t.why();
          t.workers();
        });
    fault(
        "a worker killed while it is ready",
        "log: worker 0 was killed by SIGKILL after it was ready; worker 0 restarted, worker 1 kept",
        t -> {
          t.underLoad();
          t.mayLoseWhatIsInFlight();
          t.signal("KILL", t.oldWorker(0));
          t.log("worker 0 .* was killed by .*");
          t.workers();
        });
    fault(
        "a worker killed while it drains, in a roll",
        "reload exits 0; log: worker 0 was killed by SIGKILL after it was asked to stop; both"
            + " workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStop();
          t.signal("KILL", t.oldWorker(0));
          t.release();
          t.ends("reload", reload);
          t.log("worker 0 .* was killed by .*");
          t.workers();
        });
    fault(
        "the other slot's worker killed in a roll",
        "log: worker 1 was killed by SIGKILL after it was ready; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          t.mayLoseWhatIsInFlight();
          Process reload = t.heldAtStart();
          t.signal("KILL", t.oldWorker(1));
          t.log("worker 1 .* was killed by .*");
          t.release();
          t.ends("reload", reload);
          t.workers();
        });
    fault(
        "a worker stopped while it starts, in a roll",
        "reload exits 0; log: worker 0 was not ready within 4 s; stopping the old one to start the"
            + " slot afresh; log: worker 0 was killed by SIGKILL after it was asked to stop; both"
            + " workers new",
        t -> {
          t.underLoad();
          t.configure("ReadyTimeout=4s", "StopTimeout=2s");
          Process reload = t.heldAtStart();
          t.signal("STOP", t.worker(0));
          t.release();
          t.ends("reload", reload);
          t.log("worker 0 .* was not ready within 4 s; stopping .*");
          t.log("worker 0 .* was killed by .*");
          t.workers();
        });
    fault(
        "a worker stopped while it is ready, in a roll",
        "log: worker 1 gave no sign of life for 2 s; log: worker 1 was killed by SIGKILL after it"
            + " was asked to stop; reload exits 0; both workers new",
        t -> {
          t.underLoad("Watchdog=2s");
          t.mayLoseWhatIsInFlight();
          Process reload = t.heldAtStart();
          t.signal("STOP", t.oldWorker(1));
          t.log("worker 1 .* gave no sign of life for 2 s");
          t.log("worker 1 .* was killed by .*");
          t.release();
          t.ends("reload", reload);
          t.workers();
        });
    fault(
        "a worker stopped while it drains, in a roll",
        "reload exits 0; log: worker 0: pid N, ready in T; both workers new",
        t -> {
          t.underLoad("StopTimeout=2s");
          Process reload = t.heldAtStop();
          t.signal("STOP", t.oldWorker(0));
          t.release();
          t.ends("reload", reload);
          t.log("worker 0: pid [^,]*, ready in [^,]*");
          t.workers();
        });
  }

  // A supervisor that is killed or stopped

  private static void supervisor() {
    fault(
        "the supervisor killed while all workers are ready",
        "log: the supervisor before this one ended without ending its workers; this one goes on"
            + " with 2 of them; both workers kept",
        t -> {
          t.underLoad();
          t.killSupervisor();
          t.log("the supervisor before this one .*");
          t.workers();
        });
    fault(
        "the supervisor killed ten times in a row",
        "both workers kept",
        t -> {
          t.underLoad();
          for (int i = 0; i < 10; i++) {
            t.killSupervisor();
          }
          t.workers();
        });
    fault(
        "the supervisor killed in a roll, while a worker starts",
        "reload exits 1; log: reloaded 2 workers in T, generation N; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.killSupervisor(reload);
          t.release();
          t.log("reloaded 2 workers .*");
          t.workers();
        });
    fault(
        "the supervisor killed in a roll, while a worker drains",
        "reload exits 1; log: reloaded 2 workers in T, generation N; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStop();
          t.killSupervisor(reload);
          t.release();
          t.log("reloaded 2 workers .*");
          t.workers();
        });
    fault(
        "the supervisor killed in a roll, while the old worker is to go first",
        "reload exits 1; log: reloaded 2 workers in T, generation N; both workers new",
        t -> {
          t.underLoad();
          t.configure("MinUptime=200ms", "[Reload]", "Order=stop-first");
          Process reload = t.heldAtStop();
          t.killSupervisor(reload);
          t.release();
          t.log("reloaded 2 workers .*");
          t.workers();
        });
    fault(
        "the supervisor killed in a roll whose new worker does not come up",
        "reload exits 1; log: reload to generation N failed: worker 0 "
            + (Trial.TELLS_ENDINGS ? "exited with status 1" : "ended, it is not known how,")
            + ", before it was ready; both workers kept",
        t -> {
          t.underLoad();
          t.configure(faulty("throw"));
          Process reload = t.heldAtStart();
          t.killSupervisor(reload);
          t.machine.await("this one goes on with", "-t", "myapp"); // It watches the new worker now.
          t.release();
          t.log("reload to generation .* failed: .*");
          t.workers();
        });
    fault(
        "the supervisor killed while it scales",
        "scale exits 1; 3 workers",
        t -> {
          t.underLoad();
          t.hold("start");
          Process scale = t.command("jcluster", "scale", "myapp", "3");
          t.machine.await("holding at start", "-t", "myapp[2]");
          t.killSupervisor();
          t.release();
          t.ends("scale", scale);
          t.machine.awaitStatus("2", "3/3 ready, generation 1");
          t.see(t.seats().size() + " workers");
        });
    fault(
        "the supervisor killed while it starts",
        "restart exits 1; both workers restarted",
        t -> {
          t.underLoad();
          t.hold("start");
          Process restart = t.command("systemctl", "restart", "myapp@2");
          t.machine.await("holding at start", "-t", "myapp[0]");
          t.killSupervisor();
          t.release();
          t.ends("restart", restart);
          t.workers();
        });
    fault(
        "the supervisor killed while it upgrades",
        "both workers kept",
        t -> {
          t.underLoad();
          t.command("jcluster", "upgrade", "myapp");
          Machine.awaitThat(
              "an upgrade",
              () -> String.valueOf(t.machine.run("test", "-e", "/run/myapp/handover").status()),
              "0"::equals);
          t.killSupervisor();
          t.workers();
        });
    fault(
        "the supervisor killed while it stops",
        "stop exits 0; failed, signal; 0 workers",
        t -> {
          t.underLoad();
          t.mayRefuse();
          t.mayLoseWhatIsInFlight();
          t.hold("stop");
          Process stop = t.command("systemctl", "stop", "myapp");
          t.machine.await("holding at stop", "-t", "myapp[0]");
          t.signal("KILL", t.supervisor());
          t.ends("stop", stop);
          t.see(t.machine.show("2", "ActiveState") + ", " + t.machine.show("2", "Result"));
          t.see(t.seats().size() + " workers");
        });
    fault(
        "all processes of the service killed",
        "both workers restarted",
        t -> {
          t.underLoad();
          t.mayLoseWhatIsInFlight();
          String supervisor = t.supervisor();
          t.machine.output("systemctl", "kill", "--signal=KILL", "myapp@2");
          t.awaitSupervisor(supervisor);
          t.workers();
        });
    fault(
        "the supervisor stopped and continued in a roll",
        "the new worker answers meanwhile; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.signal("STOP", t.supervisor());
          t.release();
          t.awaitAnswer(t.worker(0));
          t.see("the new worker answers meanwhile");
          t.signal("CONT", t.supervisor());
          t.ends("reload", reload);
          t.workers();
        });
  }

  // Something is asked for that does not fit

  private static void requests() {
    fault(
        "systemctl stop in a roll",
        "stop exits 0; reload exits 1; inactive, success",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.mayRefuse();
          t.ends("stop", t.command("systemctl", "stop", "myapp"));
          t.ends("reload", reload);
          t.see(t.machine.show("2", "ActiveState") + ", " + t.machine.show("2", "Result"));
        });
    fault(
        "systemctl restart in a roll",
        // systemd merges the two jobs.
        "log: stopping; restart exits 0; reload exits 0; both workers restarted",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          Process restart = t.command("systemctl", "restart", "myapp");
          t.log("stopping");
          t.release();
          t.ends("restart", restart);
          t.ends("reload", reload);
          t.workers();
        });
    fault(
        "systemctl restart",
        "restart exits 0; both workers restarted",
        t -> {
          t.underLoad();
          t.ends("restart", t.command("systemctl", "restart", "myapp"));
          t.workers();
        });
    fault(
        "jcluster reload in a roll",
        "second exits 4; says 'jcluster: myapp: a reload is under way: 0 of 2 workers replaced';"
            + " reload exits 0; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.says("second", t.command("jcluster", "reload", "myapp"));
          t.release();
          t.ends("reload", reload);
          t.workers();
        });
    fault(
        "systemctl reload in a roll",
        "reload exits 0; second exits 0; 2 rolls; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          Process second = t.reload();
          t.release();
          t.ends("reload", reload);
          t.ends("second", second);
          t.see(t.count("reload to generation \\d+ begins") + " rolls");
          t.workers();
        });
    fault(
        "systemctl daemon-reload in a roll",
        "daemon-reload exits 0; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.ends("daemon-reload", t.command("systemctl", "daemon-reload"));
          t.release();
          t.ends("reload", reload);
          t.workers();
        });
    fault(
        "systemctl daemon-reexec in a roll",
        // systemctl loses its connection; the roll goes on.
        "daemon-reexec exits 0; reload exits 1; says 'Failed to wait for response: Connection reset"
            + " by peer'; log: reloaded 2 workers; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.ends("daemon-reexec", t.command("systemctl", "daemon-reexec"));
          t.release();
          t.says("reload", reload);
          t.log("reloaded 2 workers");
          t.workers();
        });
    fault(
        "jcluster scale to 3 in a roll",
        "log: scaling from 2 to 3 workers; reload exits 0; scale exits 0; workers 0, 1 and 2 new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          Process scale = t.command("jcluster", "scale", "myapp", "3");
          t.log("scaling from .*");
          t.release();
          t.ends("reload", reload);
          t.ends("scale", scale);
          t.workers(3);
        });
    fault(
        "jcluster scale to 1 in a roll",
        "log: scaling from 2 to 1 worker; reload exits 0; scale exits 0; worker 0 new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          Process scale = t.command("jcluster", "scale", "myapp", "1");
          t.log("scaling from .*");
          t.release();
          t.ends("reload", reload);
          t.ends("scale", scale);
          t.workers(1);
        });
  }

  // Another version of jcluster, and of the application's file

  private static void upgrades() {
    fault(
        "jcluster upgrade",
        "upgrade exits 0; the same process; both workers kept; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          t.upgrade();
          t.workers();
          t.ends("reload", t.reload());
          t.workers();
        });
    fault(
        "jcluster upgrade in a roll",
        "upgrade exits 0; the same process; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          Process reload = t.heldAtStart();
          t.upgrade();
          t.release();
          t.ends("reload", reload);
          t.workers();
        });
    fault(
        "jcluster upgrade to a version that cannot start",
        "upgrade exits 1; says 'jcluster: myapp: the version that is installed cannot take over,"
            + " and this one (V) goes on: no luck (it ended with status 3)'; the same process; both"
            + " workers kept; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          String launcher = "/usr/bin/jcluster";
          t.machine.output("mv", launcher, launcher + ".good");
          t.machine.write(
              launcher,
              "#!/bin/sh\n[ $1 != run ] || { echo no luck; exit 3; }\nexec $0.good \"$@\"\n");
          try {
            t.machine.output("chmod", "+x", launcher);
            t.upgrade();
          } finally {
            t.machine.output("mv", launcher + ".good", launcher);
          }
          t.workers();
          t.ends("reload", t.reload());
          t.workers();
        });
    fault(
        "the application's jar overwritten in place",
        "reload exits 0; log: /srv/app.jar was overwritten while workers have it open, which makes"
            + " them fail, at the latest while they stop: put the new one beside it and rename it,"
            + " as with cp NEW /srv/app.jar.new && mv /srv/app.jar.new /srv/app.jar; both workers"
            + " new",
        t -> {
          t.machine.output("cp", Machine.DEMO, "/srv/app.jar");
          t.underLoad("Command=java -jar /srv/app.jar");
          t.machine.output("cp", Machine.DEMO, "/srv/app.jar");
          t.ends("reload", t.reload());
          t.log("/srv/app.jar was overwritten .*");
          t.workers();
        });
  }

  // Faults of the surroundings

  private static void surroundings() {
    fault(
        "no room left for the journal",
        "the journal has 0 blocks left; worker 0 answers after 2 MB of output; reload exits 0; both"
            + " workers new",
        t -> {
          t.underLoad();
          t.fillJournal();
          try {
            t.see("the journal has " + t.roomInJournal() + " blocks left");
            t.ask("/talk-", 0);
            t.see("worker 0 answers after 2 MB of output");
            t.ends("reload", t.reload());
            t.workers();
          } finally {
            t.emptyJournal();
          }
        });
    fault(
        "100 idle clients of the control socket",
        "100 are connected; the first is hung up on; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          BufferedReader crowd = t.crowd("idle");
          t.see(crowd.readLine());
          Process reload = t.reload();
          t.see(crowd.readLine());
          t.ends("reload", reload);
          t.workers();
        });
    fault(
        "garbage in the control socket and in the agents' FIFO",
        "100 have written; reload exits 0; both workers new",
        t -> {
          t.underLoad();
          t.see(t.crowd("garbage").readLine());
          t.machine.output("sh", "-c", "head -c 200000 /dev/urandom >/run/myapp/agent");
          t.ends("reload", t.reload());
          t.workers();
        });
    fault(
        "no descriptor left for the supervisor, and then some again",
        "reload exits 1; worker 0 could not be started: fcntl: Too many open files (errno 24); both"
            + " workers kept; reload exits 0; both workers new",
        t -> {
          t.underLoad("StopTimeout=20s"); // Started for this, so that it has no gaps among them.
          String hard = t.descriptors(2); // For who asks, and to read the configuration.
          t.ends("reload", t.reload());
          t.why();
          t.workers();
          t.limit(t.supervisor(), "--nofile=" + hard + ":");
          t.ends("reload", t.reload());
          t.workers();
        });
    fault(
        "the runtime directory's files removed",
        "reload exits 1; jcluster reload exits 3; says 'jcluster: myapp has no control socket in"
            + " /run/myapp: if it has started already, that was removed; restart it'; log: reload"
            + " to generation N failed: worker 0 exited with status 78, before it was ready; both"
            + " workers kept; restart exits 0; both workers restarted",
        t -> {
          t.underLoad();
          t.machine.output("sh", "-c", "rm -rf /run/myapp/*");
          t.ends("reload", t.reload());
          t.says("jcluster reload", t.command("jcluster", "reload", "myapp"));
          t.signal("HUP", t.supervisor());
          t.log("reload to .* failed.*");
          t.workers();
          t.ends("restart", t.command("systemctl", "restart", "myapp"));
          t.workers();
        });
  }

  // Workers that are watched

  private static void watched() {
    fault(
        "Watchdog=2s and the demo: healthy for 8 s, then stopped",
        "both workers kept; log: worker 0 gave no sign of life for 2 s; in time; log: worker 0 was"
            + " killed by SIGKILL after it was asked to stop; worker 0 restarted, worker 1 kept",
        t -> {
          t.underLoad("Command=java -jar " + Machine.DEMO, "Watchdog=2s");
          t.mayLoseWhatIsInFlight();
          t.awaitAge(t.oldWorker(1), 8);
          t.workers();
          t.signal("STOP", t.oldWorker(0));
          t.log("worker 0 .* gave no sign of life for 2 s");
          // At most two thirds of the time are over; noticed up to a second late, it counts anew.
          t.within(5, "gave no sign of life");
          t.log("worker 0 .* was killed by .*");
          t.workers();
        });
    fault(
        "Watchdog=2s and an application that ceases to say WATCHDOG=1",
        "log: worker 0 gave no sign of life for 2 s; worker 0 wrote: Full thread dump; worker 0"
            + " restarted, worker 1 kept",
        t -> {
          t.underLoad(faulty("life"), "Watchdog=2s");
          t.mayLoseWhatIsInFlight();
          t.ask("/cease-", 0);
          t.log("worker 0 .* gave no sign of life for 2 s");
          t.workerLog(0, "Full thread dump");
          t.workers();
        });
    fault(
        "Watchdog=2s and a JVM whose threads all hang",
        "log: worker 0 gave no sign of life for 2 s; log: worker 0 was killed by SIGKILL after it"
            + " was asked to stop; 0 thread dumps; worker 0 restarted, worker 1 kept",
        t -> {
          t.underLoad(
              faulty()
                  .replace(
                      "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC -XX:-UseCountedLoopSafepoints"),
              "Watchdog=2s");
          t.mayLoseWhatIsInFlight();
          t.ask("/hang-", 0);
          t.log("worker 0 .* gave no sign of life for 2 s");
          t.log("worker 0 .* was killed by .*");
          t.see(t.dumps(0) + " thread dumps");
          t.workers();
        });
    fault(
        "MemoryRecycle=150M and a worker that grows",
        "log: worker 0: pid N, recycled at its size (ready in T, drained in T); worker 0 restarted,"
            + " worker 1 kept",
        t -> {
          // Without a bound the heap alone may grow so far.
          t.underLoad(
              faulty().replace("java ", "java -Xmx32m -XX:MaxDirectMemorySize=250m "),
              "MemoryRecycle=150M");
          t.ask("/grow-", 0);
          t.log("worker 0: pid .* recycled .*");
          t.workers();
        });
    fault(
        "LifetimeRecycle=2s, and a reload",
        "reload exits 0; recycled [0, 1], 1 at once, 0 in the reload",
        t -> {
          t.underLoad("LifetimeRecycle=2s");
          t.recycled(3);
          Process reload = t.heldAtStart();
          t.awaitAges(3);
          t.release();
          t.ends("reload", reload);
          t.recycled(4);
          t.see(t.recyclings());
        });
  }

  /** Tries all and writes a table. */
  public static void main(String[] words) throws IOException, InterruptedException {
    var paper = new Paper(Path.of(words[0]));
    boolean good = true;
    try (Machine machine = Machine.boot("faults")) {
      Trial.prepare(machine);
      String systemd = machine.output("systemctl", "--version").split("\n")[0];
      paper.say("Faults under load: " + Paper.machine() + ", " + systemd.replaceAll(" \\(.*", ""));
      paper.say("");
      var table = new Table(30, 38, 38, 18);
      paper.say(table.row("fault", "expected", "seen", "lost of how many"));
      for (Fault fault : LIST) {
        if (words.length < 2 || fault.name().contains(words[1])) {
          Fault.Result result = fault.on(machine);
          good &= result.asExpected();
          paper.say(
              table.row(
                  (result.asExpected() ? "" : "WRONG: ") + fault.name(),
                  fault.expected(),
                  result.seen(),
                  result.lost()));
        }
      }
    }
    System.exit(good ? 0 : 1);
  }
}
