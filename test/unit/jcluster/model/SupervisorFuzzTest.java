package jcluster.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import jcluster.model.Fleet.Life;
import jcluster.model.Settings.Fallback;
import jcluster.model.Settings.OnErrors;
import jcluster.model.Settings.Order;
import jcluster.model.Settings.Ready;
import jcluster.model.Settings.Surge;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random lives of a fleet, from printed seeds, with the invariants checked after every event. */
@Tag("once")
class SupervisorFuzzTest {
  private static final int CHAOTIC_EVENTS = 120_000;
  private static final int LIVES = 300;
  private static final int EVENTS = 500;

  /** More than it takes to recycle all workers, one after the other, and to try again. */
  private static final long PATIENCE = 300 * Time.SECOND;

  /** Anything may happen to a worker at any time. */
  @Test
  void invariantsHoldWhateverHappens() {
    long events = 0;
    int recycled = 0;
    int rested = 0;
    int probed = 0;
    int takeovers = 0;
    for (int seed = 0; events < CHAOTIC_EVENTS; seed++) {
      var run = new Run(seed, true);
      events += run.live();
      recycled += run.recycled;
      rested += run.rested;
      probed += run.probed;
      takeovers += run.takeovers;
    }
    assertTrue(takeovers > CHAOTIC_EVENTS / 100, "too few were taken over to mean anything");
    assertTrue(recycled > CHAOTIC_EVENTS / EVENTS, "too few were recycled to mean anything");
    assertTrue(rested > CHAOTIC_EVENTS / 2000, "too few rested to mean anything");
    assertTrue(probed > CHAOTIC_EVENTS / EVENTS, "too few commands ran to mean anything");
  }

  /**
   * Workers only do what they are asked, if late, and give signs of life: then a start-first roll,
   * and the recycling of a worker, never has fewer ready than before it; nor has it more workers at
   * a time than the one that starts and the one that rests.
   */
  @Test
  void neverBelow() {
    int rolls = 0;
    int recycled = 0;
    int rested = 0;
    for (int seed = 0; seed < LIVES; seed++) {
      var run = new Run(seed, false);
      run.live();
      rolls += run.rollsDone;
      recycled += run.recycled;
      rested += run.rested;
    }
    assertTrue(rolls > LIVES, "too few rolls came to an end to mean anything");
    assertTrue(recycled > LIVES, "too few were recycled to mean anything");
    assertTrue(rested > LIVES, "too few rested to mean anything");
  }

  private static final class Run {
    final long seed;
    final boolean chaos;
    final Random random;
    final Deque<Supplier<Event>> queue = new ArrayDeque<>();
    final Map<Integer, Integer> alive = new HashMap<>();
    final Set<Integer> asked = new HashSet<>();
    final Set<Integer> killed = new HashSet<>();
    final Set<Long> open = new HashSet<>();

    /** Those that may accept connections. */
    final Set<Integer> admitted = new HashSet<>();

    /** Those whose command is running, and when each one's command was last started. */
    final Set<Integer> running = new HashSet<>();

    final Map<Integer, Long> lastRun = new HashMap<>();

    /** Those that were on their way out when the roll began: an earlier one has left them. */
    final Set<Integer> leftBehind = new HashSet<>();

    final List<Event> history = new ArrayList<>();
    Fleet fleet;
    long now = Time.SECOND;
    long deadline;
    long requests;
    boolean reloading;
    boolean over;

    /** How many slots the last rollout may have in hand, and how many workers beside may rest. */
    int surge = 1;

    int readyBefore = -1;
    int rollsDone;
    int recycled;
    int rested;
    int probed;
    int takeovers;

    /** Whether what was done before the end of a supervisor may be done again. */
    boolean takesOver;

    Run(long seed, boolean chaos) {
      this.seed = seed;
      this.chaos = chaos;
      this.random = new Random(seed);
      fleet = Fleet.of(1 + random.nextInt(4), 1 + random.nextInt(5), settings());
    }

    Settings settings() {
      Settings s = Scenario.DEFAULTS;
      return new Settings(
          random.nextInt(4) == 0 ? Ready.START : random.nextBoolean() ? Ready.NOTIFY : Ready.LISTEN,
          (1 + random.nextInt(60)) * Time.SECOND,
          (1 + random.nextInt(30)) * Time.SECOND,
          s.stopSignal(),
          random.nextInt(3) * Time.SECOND,
          s.restartDelay(),
          s.restartDelayMax(),
          mostly(chaos ? 1 + random.nextInt(30) : 60),
          mostly(20 + random.nextInt(60)),
          chaos && random.nextInt(3) == 0 ? Order.STOP_FIRST : Order.START_FIRST,
          random.nextBoolean() ? s.surge() : new Surge(1 + random.nextInt(4), false),
          random.nextBoolean() ? Fallback.RESTART : Fallback.ABORT,
          random.nextBoolean() ? Fallback.RESTART : Fallback.ABORT,
          random.nextInt(3) == 0 ? OnErrors.OFF : OnErrors.ABORT,
          random.nextInt(3) > 0
              ? Optional.empty()
              : Optional.of(
                  new Settings.Probe(random.nextInt(3) * Time.SECOND, random.nextBoolean())));
    }

    private Optional<Long> mostly(int seconds) {
      return random.nextInt(3) == 0 ? Optional.empty() : Optional.of(seconds * Time.SECOND);
    }

    int live() {
      int count = 0;
      apply(new Event.Tick(now));
      while (count < EVENTS && !over) {
        if (chaos && random.nextInt(50) == 0) {
          takeOver();
        }
        boolean first = queue.isEmpty() || (chaos && random.nextInt(10) == 0);
        apply(first ? next() : queue.poll().get());
        count++;
      }
      // However it stands, a stop ends it in bounded time once the processes obey SIGKILL.
      while (!over && !queue.isEmpty()) {
        apply(queue.poll().get());
      }
      calm();
      if (!over) {
        apply(new Event.Stop(now));
      }
      for (int i = 0; i < 10_000 && !over; i++) {
        Event event = queue.isEmpty() ? null : queue.poll().get();
        if (event == null && !killed.isEmpty()) {
          event = new Event.Killed(now, killed.iterator().next(), 9);
        } else if (event == null) {
          assertTrue(deadline != Fleet.NEVER, () -> at("nothing is due and nothing ends"));
          now = Math.max(now, deadline);
          event = new Event.Tick(now);
        }
        apply(event);
      }
      assertTrue(over, () -> at("it did not end"));
      assertTrue(open.isEmpty(), () -> at("requests were never answered: " + open));
      assertFalse(reloading, () -> at("RELOADING=1 without a READY=1"));
      return count;
    }

    /**
     * The supervisor is gone at once, with all that was on its way to it and to its clients, and
     * the next one finds whom it finds.
     */
    void takeOver() {
      queue.clear();
      open.clear();
      takeovers++;
      for (Worker worker : fleet.workers()) {
        if (worker.pid().isEmpty() && random.nextBoolean()) {
          alive.remove(worker.id());
          apply(new Event.NeverSpawned(now, worker.id()));
        } else if (worker.pid().isEmpty()) {
          queue.add(() -> new Event.Spawned(now, worker.id(), 1000 + worker.id()));
        } else if (random.nextInt(6) == 0) {
          queue.add(() -> new Event.Vanished(now, worker.id()));
        }
        if (running.contains(worker.id())) {
          queue.add(() -> new Event.Probed(now, worker.id(), false));
        }
      }
      takesOver = true;
      apply(new Event.TakenOver(now));
      takesOver = false;
    }

    /**
     * Once every worker does what is wanted of it, whatever is under way ends, and all slots are
     * ready; and if that lasts, nobody gets much older than it may.
     */
    void calm() {
      long patience = random.nextInt(20) == 0 ? PATIENCE : 0;
      long until = Fleet.NEVER;
      for (int i = 0; i < 30_000 && now <= until && !over && !stopping(); i++) {
        Event event = queue.isEmpty() ? obedient() : queue.poll().get();
        if (event == null && settled() && until == Fleet.NEVER) {
          until = now + patience;
        }
        if (event == null && (deadline == Fleet.NEVER || deadline > until)) {
          break;
        }
        apply(event == null ? later() : event);
      }
      if (!over && !stopping()) {
        assertEquals(Life.RUNNING, fleet.life(), () -> at("it never came up"));
        assertTrue(until < Fleet.NEVER, () -> at("what was under way never ended"));
        // In the time of patience, one may be recycled.
        int absent = patience > 0 && fleet.rollout().isPresent() ? 1 : 0;
        assertTrue(fleet.ready() >= fleet.target() - absent, () -> at("not all slots are ready"));
        for (Worker worker : fleet.workers()) {
          Optional<Long> lifetime = worker.generation().settings().lifetimeRecycle();
          long age = worker.phase() == Phase.READY ? worker.readyFor(now).orElseThrow() : 0;
          assertTrue(
              patience == 0 || age < lifetime.orElse(age) + PATIENCE,
              () -> at("too old: " + worker));
        }
      }
    }

    boolean stopping() {
      return fleet.life() == Life.STOPPING;
    }

    boolean settled() {
      return fleet.rollout().isEmpty()
          && fleet.scaling().isEmpty()
          && fleet.ready() == fleet.workers().size()
          && fleet.ready() == fleet.target();
    }

    Event obedient() {
      for (Worker worker : fleet.workers()) {
        if (worker.phase() == Phase.STARTING && worker.probing().isEmpty()) {
          return new Event.Reported(now, worker.id());
        } else if (worker.probing().filter(Worker.Probing::running).isPresent()) {
          return new Event.Probed(now, worker.id(), true);
        } else if (!worker.phase().live()) {
          return new Event.Exited(now, worker.id(), 130);
        }
      }
      return null;
    }

    /** What happens when the next deadline comes and all are alive. */
    Event later() {
      now = Math.max(now, deadline);
      for (Worker worker : fleet.workers()) {
        if (worker.aliveUntil() <= now) {
          return new Event.Alive(now, worker.id());
        }
      }
      return new Event.Tick(now);
    }

    Event next() {
      for (Worker worker : fleet.workers()) {
        if (!chaos && worker.aliveUntil() - now < 30 * Time.SECOND) {
          return new Event.Alive(now, worker.id());
        }
      }
      long before = now;
      now +=
          random.nextInt(5) == 0
              ? random.nextInt(20) * Time.SECOND
              : random.nextInt(900) * Time.MILLI;
      if (deadline <= now) {
        now = Math.max(before, fleet.rollout().isPresent() ? deadline : now);
        return new Event.Tick(now, chaos && random.nextInt(4) == 0 ? before : now);
      }
      int worker = worker();
      boolean retires = turns().anyMatch(t -> t.stage() instanceof Rollout.Retire);
      int kind = retires && random.nextInt(3) == 0 ? 25 : random.nextInt(chaos ? 100 : 60);
      if (kind < 25) {
        return fleet.workers().stream()
            .filter(w -> w.probing().filter(Worker.Probing::running).isPresent())
            .findAny()
            .<Event>map(w -> new Event.Probed(now, w.id(), random.nextInt(3) > 0))
            .orElse(new Event.Reported(now, worker));
      } else if (kind < 30) {
        // Mostly one that can, sometimes any.
        List<Worker> leaving = leaving().toList();
        boolean any = leaving.isEmpty() || random.nextInt(4) == 0;
        int rests = any ? worker : leaving.get(random.nextInt(leaving.size())).id();
        return new Event.Resting(now, rests);
      } else if (kind < 45) {
        // In an orderly world only who was asked exits.
        return chaos || asked.contains(worker)
            ? new Event.Exited(now, worker, 130)
            : new Event.Tick(now);
      } else if (kind < 55) {
        open.add(++requests);
        int instances = chaos ? 1 + random.nextInt(5) : fleet.target();
        return new Event.Reload(now, Optional.of(requests), settings(), instances);
      } else if (kind < 57) {
        return new Event.Tick(now);
      } else if (kind < 59) {
        return new Event.Oversized(now, worker, "at 1.0M");
      } else if (kind < 60) {
        // In an orderly world nothing is lost, either.
        return chaos
            ? new Event.Failing(now, worker, "failed 3 of its first 9 requests, the last one X")
            : new Event.Tick(now);
      } else if (kind < 70) {
        return random.nextInt(8) == 0
            ? new Event.Vanished(now, worker)
            : random.nextBoolean()
                ? new Event.Killed(now, worker, 9)
                : new Event.Exited(now, worker, random.nextInt(3));
      } else if (kind < 80) {
        return new Event.Leaving(now, worker);
      } else if (kind < 88) {
        open.add(++requests);
        boolean relative = random.nextBoolean();
        int change = relative ? random.nextInt(5) - 2 : random.nextInt(6);
        return new Event.Scale(now, requests, relative, change);
      } else if (kind < 90) {
        open.add(++requests);
        return new Event.Misconfigured(now, Optional.of(requests), "x.conf:1: bad");
      } else if (kind == 90 && random.nextInt(20) == 0) {
        return new Event.Stop(now);
      } else if (kind < 96) {
        return new Event.Alive(now, worker);
      }
      return new Event.Reported(now, worker);
    }

    /** Mostly a worker that exists, sometimes one that is long gone. */
    int worker() {
      List<Integer> ids = new ArrayList<>(alive.keySet());
      return ids.isEmpty() || random.nextInt(20) == 0
          ? random.nextInt(fleet.nextWorker() + 1)
          : ids.get(random.nextInt(ids.size()));
    }

    void apply(Event event) {
      history.add(event);
      Fleet before = fleet;
      Step step = Supervisor.on(before, event);
      assertEquals(step, Supervisor.on(before, event), () -> at("the same is not the same"));
      fleet = step.fleet();
      deadline = step.deadline();
      fleet.rollout().ifPresent(r -> surge = r.reload().map(Rollout.Reload::surge).orElse(1));
      if (event instanceof Event.Exited e) {
        gone(e.worker());
      } else if (event instanceof Event.Killed e) {
        gone(e.worker());
      } else if (event instanceof Event.Vanished e) {
        gone(e.worker());
      } else if (event instanceof Event.SpawnFailed e) {
        gone(e.worker());
      } else if (event instanceof Event.Probed e) {
        running.remove(e.worker());
      }
      if (fleet.rollout().isPresent() && !isSame(before.rollout(), fleet.rollout().get())) {
        leftBehind.clear();
        leaving().forEach(w -> leftBehind.add(w.id()));
      }
      step.actions().forEach(this::check);
      checkFleet(before);
      if (event instanceof Event.Tick e && e.heardUntil() == now && !over) {
        assertTrue(deadline > now, () -> at("a tick left something that is due"));
      }
    }

    void gone(int worker) {
      alive.remove(worker);
      asked.remove(worker);
      killed.remove(worker);
      running.remove(worker);
    }

    static boolean isSame(Optional<Rollout> before, Rollout rollout) {
      return before
          .filter(b -> b.getClass() == rollout.getClass() && b.startedAt() == rollout.startedAt())
          .filter(b -> b.generation().number() == rollout.generation().number())
          .isPresent();
    }

    Stream<Worker> leaving() {
      return fleet.workers().stream().filter(w -> !w.phase().live());
    }

    void check(Action action) {
      assertFalse(over, () -> at("something is done after the end: " + action));
      if (action instanceof Action.Spawn a) {
        assertTrue(fleet.life() != Life.STOPPING, () -> at("a worker is started while stopping"));
        alive.put(a.worker(), a.slot());
        boolean fails = chaos && random.nextInt(30) == 0;
        queue.add(
            () ->
                fails
                    ? new Event.SpawnFailed(now, a.worker(), "no such file", 2)
                    : new Event.Spawned(now, a.worker(), 1000 + a.worker()));
      } else if (action instanceof Action.Send a) {
        assertTrue(alive.containsKey(a.worker()), () -> at(a + " after it exited"));
        asked.add(a.worker());
        if (a.signal() == Signal.KILL) {
          assertTrue(killed.add(a.worker()) || takesOver, () -> at("killed twice: " + a));
        }
      } else if (action instanceof Action.Admit a) {
        assertTrue(alive.containsKey(a.worker()), () -> at(a + " after it exited"));
        assertTrue(admitted.add(a.worker()) || takesOver, () -> at("admitted twice: " + a));
      } else if (action instanceof Action.Probe a) {
        checkProbe(a);
      } else if (action instanceof Action.Answer a) {
        assertTrue(open.remove(a.request()), () -> at("answered twice: " + a));
        if (a.line().startsWith("reloaded")) {
          rollsDone++;
          boolean left = leaving().anyMatch(w -> !chaos || w.rests());
          assertFalse(left, () -> at("answered before all old workers have exited: " + a));
        }
      } else if (action instanceof Action.Explain a) {
        assertTrue(alive.containsKey(a.worker()), () -> at(a + " after it exited"));
        assertTrue(
            open.containsAll(a.request().stream().toList()),
            () -> at("told after the answer: " + a));
      } else if (action instanceof Action.Progress a) {
        assertTrue(open.contains(a.request()), () -> at("told after the answer: " + a));
      } else if (action instanceof Action.Notify a) {
        long statuses = a.message().lines().filter(line -> line.startsWith("STATUS=")).count();
        assertTrue(statuses <= 1, () -> at("only the first would be shown: " + a));
        if (a.message().contains("RELOADING=1")) {
          assertFalse(reloading, () -> at("RELOADING=1 twice"));
          reloading = true;
        }
        if (a.message().contains("READY=1") && !takesOver) {
          reloading = false;
        }
        if (a.message().contains("STOPPING=1")) {
          reloading = false;
        }
      } else if (action instanceof Action.Log a) {
        assertFalse(LogMessages.of(a).isEmpty(), () -> at("not in the manual: " + a));
        recycled +=
            a.line().contains(", recycled at ") || a.line().contains(", recycled after ") ? 1 : 0;
        if (a.line().contains(", idle in ")) {
          rested++;
          List<Worker> resting = fleet.workers().stream().filter(Worker::rests).toList();
          List<Integer> inHand = turns().map(Rollout.Turn::slot).toList();
          long left = resting.stream().filter(w -> !inHand.contains(w.slot())).count();
          assertTrue(left <= surge, () -> at("the roll goes on beside " + resting));
          assertTrue(
              resting.stream().anyMatch(w -> a.line().startsWith("worker " + w.slot() + ": ")),
              () -> at("it is another slot's that rests: " + a));
        }
      } else if (action instanceof Action.Exit) {
        assertTrue(fleet.workers().isEmpty(), () -> at("it ends with workers left"));
        over = true;
      }
    }

    void checkProbe(Action.Probe probe) {
      int id = probe.worker();
      assertTrue(alive.containsKey(id), () -> at(probe + " after it exited"));
      assertFalse(admitted.contains(id), () -> at("it is ready already: " + probe));
      assertTrue(running.add(id), () -> at("two at a time: " + probe));
      Long last = lastRun.put(id, now);
      assertTrue(
          last == null || now - last >= Time.SECOND, () -> at("again within a second: " + probe));
      Optional<Settings.Probe> wanted = probe.generation().settings().probe();
      assertTrue(wanted.filter(Settings.Probe::command).isPresent(), () -> at("no such command"));
      probed++;
    }

    void checkFleet(Fleet before) {
      long starting = fleet.workers().stream().filter(w -> w.phase() == Phase.STARTING).count();
      assertTrue(starting <= fleet.cpus(), () -> at("more JVMs start at once than there are CPUs"));
      assertEquals(
          reloading,
          fleet.rollout().flatMap(Rollout::reload).isPresent() && !over,
          () -> at("RELOADING=1 and roll differ"));
      fleet.rollout().flatMap(Rollout::recycling).ifPresent(this::checkRecycling);
      long live = fleet.workers().stream().filter(w -> w.phase().live()).count();
      assertTrue(live <= fleet.limit() + surge, () -> at(live + " live workers"));
      for (Slot slot : fleet.slots()) {
        long here =
            fleet.workers().stream()
                .filter(w -> w.slot() == slot.number() && w.phase().live())
                .count();
        boolean rolled = turns().anyMatch(t -> t.slot() == slot.number());
        assertTrue(here <= (rolled ? 2 : 1), () -> at(here + " live workers in slot " + slot));
      }
      for (Worker worker : fleet.workers()) {
        assertEquals(
            worker.wasReady(),
            admitted.contains(worker.id()),
            () -> at("it accepts connections exactly when it is ready: " + worker));
        boolean probing = worker.phase() == Phase.STARTING && worker.probing().isPresent();
        assertTrue(
            !probing
                || worker.probing().get().running()
                || deadline <= worker.probing().get().nextAt(),
            () -> at("its probe will be forgotten: " + worker));
        assertTrue(!worker.rests() || !worker.phase().live(), () -> at("it rests: " + worker));
        assertTrue(worker.deadline() > now, () -> at("overdue: " + worker));
        long next = worker.recycleAt() > now ? worker.recycleAt() : Fleet.NEVER;
        assertTrue(
            over || deadline <= Math.min(next, worker.aliveUntil()),
            () -> at("its time will pass unnoticed: " + worker));
        assertTrue(
            worker.phase() != Phase.READY
                || worker.recycleAt() > now
                || fleet.life() != Life.RUNNING
                || !settled(),
            () -> at("nothing keeps it from being recycled: " + worker));
      }
      if (!chaos) {
        neverBelow(before);
        neverMore();
      }
    }

    void checkRecycling(Rollout.Recycling recycling) {
      assertEquals(fleet.target(), fleet.limit(), () -> at("it changes the number of workers"));
      for (Slot slot : fleet.slots()) {
        if (slot.number() == recycling.turn().slot()) {
          Generation own = slot.generation();
          assertEquals(own, recycling.generation(), () -> at("it changes the generation"));
        }
      }
    }

    Stream<Rollout.Turn> turns() {
      return fleet.rollout().stream().flatMap(r -> r.inHand().stream());
    }

    /** From the moment a roll begins to its end; but for the fallback, which says what it does. */
    void neverBelow(Fleet before) {
      long empty =
          turns()
              .map(Rollout.Turn::stage)
              .filter(s -> s instanceof Rollout.Vacate || s instanceof Rollout.Fresh)
              .count();
      assertTrue(empty <= 1, () -> at(empty + " slots are emptied at a time"));
      boolean fallsBack = empty > 0;
      if (before.rollout().isEmpty() || fallsBack) {
        readyBefore = fleet.ready();
      }
      assertTrue(turns().count() <= surge, () -> at("too many slots in hand"));
      if (fleet.rollout().isPresent()) {
        assertTrue(fleet.ready() >= readyBefore, () -> at("fewer are ready than before the roll"));
      }
    }

    /** Those that start and as many that rest, but for what an earlier roll has left. */
    void neverMore() {
      long here = fleet.workers().stream().filter(w -> !leftBehind.contains(w.id())).count();
      boolean recycles = fleet.rollout().flatMap(Rollout::recycling).isPresent();
      assertTrue(
          here <= fleet.target() + (recycles ? 1 : 2 * surge),
          () -> at(here + " workers at a time"));
    }

    String at(String what) {
      int from = Math.max(0, history.size() - 12);
      return "seed "
          + seed
          + ": "
          + what
          + "\n"
          + fleet
          + "\n"
          + history.subList(from, history.size());
    }
  }
}
