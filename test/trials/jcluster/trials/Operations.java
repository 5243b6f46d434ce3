package jcluster.trials;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is done to the service in a soak, each with a check of what comes of it. */
final class Operations {
  private static final int MOST_WORKERS = 4;
  private static final int LONGEST_DELAY_MILLIS = 500;

  /** What a changed configuration has; the empty word stands for the default. */
  private static final Map<String, List<String>> SETTINGS =
      Map.of(
          "Order", List.of("", "stop-first"),
          "MinUptime", List.of("", "0", "500ms"),
          "InstanceVariable", List.of("", "SLOT"),
          "StopTimeout", List.of("", "10s"),
          "StopSignal", List.of("", "SIGTERM"),
          "Watchdog", List.of("", "5s"),
          "JvmSizing", List.of("", "no"),
          "options", List.of("", "-Xmx48m", "-XX:+UseParallelGC -Xss512k"));

  private static final List<String> KEYS = SETTINGS.keySet().stream().sorted().toList();

  private static final List<String> BROKEN =
      List.of("java -jar /no/such.jar", "java -XX:+NoSuchOption -version", "sh -c 'exit 3'");

  private final Service service;
  private int changes;

  /**
   * An operation.
   *
   * @param weight how often it comes, beside the others
   * @param ends whether the supervisor is another program afterwards
   */
  record Operation(String name, int weight, boolean ends, Body body) {
    void run(Random random) throws IOException, InterruptedException {
      body.run(random);
    }
  }

  /** What an operation does; all chance is in what it is given. */
  @FunctionalInterface
  interface Body {
    void run(Random random) throws IOException, InterruptedException;
  }

  /** All of them. */
  final List<Operation> all =
      List.of(
          new Operation("reload", 12, false, this::reload),
          new Operation("reload with another configuration", 12, false, this::change),
          new Operation("reload of a broken build", 6, false, this::broken),
          new Operation("reload of a build that hangs", 3, false, this::hanging),
          new Operation("reload with a mistake", 4, false, this::mistake),
          new Operation("recycling", 3, false, this::recycling),
          new Operation("scale", 10, false, this::scale),
          new Operation("kill a worker", 8, false, this::kill),
          new Operation("stop a worker, with a watchdog", 3, false, this::freeze),
          new Operation("daemon-reload", 3, false, this::daemonReload),
          new Operation("status", 3, false, this::status),
          new Operation("reload in a roll", 5, false, this::reloadInRoll),
          new Operation("scale in a roll", 5, false, this::scaleInRoll),
          new Operation("daemon-reload in a roll", 3, false, this::daemonReloadInRoll),
          new Operation("kill a worker in a roll", 8, false, this::killInRoll),
          new Operation("upgrade", 8, true, this::upgrade),
          new Operation("upgrade in a roll", 6, true, this::upgradeInRoll),
          new Operation("restart", 2, true, this::restart),
          new Operation("kill the supervisor", 2, true, this::killSupervisor),
          new Operation("kill the supervisor in a roll", 2, true, this::killSupervisorInRoll));

  Operations(Service service) {
    this.service = service;
  }

  Operation choose(Random random) {
    int at = random.nextInt(all.stream().mapToInt(Operation::weight).sum());
    for (Operation operation : all) {
      at -= operation.weight();
      if (at < 0) {
        return operation;
      }
    }
    throw new AssertionError();
  }

  /** Takes all back, as far as it changes what the supervisor has at hand. */
  void undo() throws IOException, InterruptedException {
    for (String key : KEYS) {
      service.set(key, "");
    }
    service.set("Environment", "");
    if (service.number() != Service.SIZE) {
      service.scale("" + Service.SIZE, Service.SIZE);
    }
    service.reload(true);
    service.settle();
  }

  private static <T> T one(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private static long delay(Random random) {
    return random.nextInt(LONGEST_DELAY_MILLIS);
  }

  private void reload(Random random) throws IOException, InterruptedException {
    service.reload(random.nextBoolean());
  }

  private void change(Random random) throws IOException, InterruptedException {
    for (int i = 0; i < 2; i++) {
      String key = one(KEYS, random);
      service.set(key, one(SETTINGS.get(key), random));
    }
    String mark = "" + ++changes;
    service.set("Environment", "SOAK=" + mark);
    service.reload(true);
    Set<String> marks = service.variable("SOAK");
    Service.check(marks.equals(Set.of(mark)), "SOAK is " + marks + ", not " + mark);
    String name = service.get("InstanceVariable");
    Set<String> slots = service.variable(name.isEmpty() ? "APP_INSTANCE" : name);
    Set<String> expected =
        IntStream.range(0, service.number())
            .mapToObj(Integer::toString)
            .collect(Collectors.toSet());
    Service.check(slots.equals(expected), "the slots are " + slots);
  }

  private void broken(Random random) throws IOException, InterruptedException {
    service.configure(one(BROKEN, random));
    service.reloadInVain(service.startsFirst() ? 0 : 1);
    service.repair();
    if (random.nextBoolean()) {
      service.reload(true);
    }
  }

  /** Its one worker stands for a classic restart, or is given up, as the configuration has it. */
  private void hanging(Random random) throws IOException, InterruptedException {
    boolean abort = random.nextBoolean();
    service.configure(
        "sleep 600", "ReadyTimeout=1s", "[Reload]", "OnTimeout=" + (abort ? "abort" : "restart"));
    service.reloadInVain(abort && service.startsFirst() ? 0 : 1);
    service.repair();
  }

  private void mistake(Random random) throws IOException, InterruptedException {
    service.configure("java -version", one(List.of("ReadyTimeuot=3s", "MinUptime=soon"), random));
    service.reloadRefused();
    service.repair();
  }

  /** Each worker is replaced by itself, until it is told to stop that. */
  private void recycling(Random random) throws IOException, InterruptedException {
    service.set("LifetimeRecycle", "1s");
    service.reload(true);
    service.awaitOthers(service.workers());
    service.set("LifetimeRecycle", "");
    service.reload(true);
  }

  private void scale(Random random) throws IOException, InterruptedException {
    int number = 1 + random.nextInt(MOST_WORKERS);
    int change = number - service.number();
    if (random.nextInt(4) == 0) {
      int cpus = Integer.parseInt(service.machine().output("nproc"));
      service.scale("max", cpus);
    } else if (change != 0 && random.nextBoolean()) {
      service.scale(String.format("%+d", change), number);
    } else {
      service.scale("" + number, number);
    }
  }

  private void kill(Random random) throws IOException, InterruptedException {
    int choice = random.nextInt(MOST_WORKERS);
    service.endangered(() -> service.killWorker(choice));
  }

  private void freeze(Random random) throws IOException, InterruptedException {
    int choice = random.nextInt(MOST_WORKERS);
    service.set("Watchdog", "5s");
    service.reload(true);
    service.endangered(() -> service.awaitGone(service.stopWorker(choice)));
  }

  private void daemonReload(Random random) throws IOException, InterruptedException {
    service.expect(0, "systemctl", "daemon-reload");
  }

  private void status(Random random) throws IOException, InterruptedException {
    service.expect(0, "jcluster", "status", "myapp");
    service.expect(0, "jcluster", "check");
  }

  // In the midst of a roll

  private void rollWell(Random random, Service.Action meanwhile)
      throws IOException, InterruptedException {
    Service.check(service.roll(delay(random), meanwhile), service.reloadSaid());
  }

  private void reloadInRoll(Random random) throws IOException, InterruptedException {
    rollWell(random, service::secondReload);
  }

  private void scaleInRoll(Random random) throws IOException, InterruptedException {
    int number = 1 + random.nextInt(MOST_WORKERS);
    rollWell(random, () -> service.scaleAtOnce("" + number, number));
  }

  private void daemonReloadInRoll(Random random) throws IOException, InterruptedException {
    rollWell(random, () -> daemonReload(random));
  }

  /** It may be one that the roll has brought, which ends the roll. */
  private void killInRoll(Random random) throws IOException, InterruptedException {
    int choice = random.nextInt(MOST_WORKERS);
    service.endangered(() -> service.roll(delay(random), () -> service.killWorker(choice)));
  }

  // What ends the supervisor, or its program

  private void upgrade(Random random) throws IOException, InterruptedException {
    service.upgrade();
  }

  private void upgradeInRoll(Random random) throws IOException, InterruptedException {
    rollWell(random, service::upgradeInRoll);
  }

  private void restart(Random random) throws IOException, InterruptedException {
    service.restart();
  }

  private void killSupervisor(Random random) throws IOException, InterruptedException {
    service.endangered(service::killSupervisor);
  }

  private void killSupervisorInRoll(Random random) throws IOException, InterruptedException {
    service.endangered(() -> service.rollCutShort(delay(random)));
  }
}
