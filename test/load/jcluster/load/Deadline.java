package jcluster.load;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;

/**
 * Gives each dynamic test the time that any other test has: JUnit's own default holds for the
 * method that makes them, and not for them.
 */
public final class Deadline implements InvocationInterceptor {
  private static final String EACH = "junit.jupiter.execution.timeout.default";

  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "deadline");
            thread.setDaemon(true);
            return thread;
          });

  @Override
  public void interceptDynamicTest(
      Invocation<Void> test, DynamicTestInvocationContext what, ExtensionContext context)
      throws Throwable {
    String each = context.getConfigurationParameter(EACH).orElse("4m");
    within(Duration.parse("PT" + each), test::proceed);
  }

  /** Something that a thread does. */
  @FunctionalInterface
  public interface Work {
    void run() throws Throwable;
  }

  /**
   * Does it in this thread, which is interrupted after that time; it has then failed, and the trace
   * shows where it was.
   */
  public static void within(Duration time, Work work) throws Throwable {
    var bell = new Bell(Thread.currentThread());
    Future<?> due = CLOCK.schedule(bell, time.toNanos(), TimeUnit.NANOSECONDS);
    Throwable failure = null;
    try {
      work.run();
    } catch (Throwable e) {
      failure = e;
    }
    due.cancel(false);
    StackTraceElement[] place = bell.silence();
    if (place != null) {
      var late = new TimeoutException("not done within " + time.toString().substring(2));
      late.setStackTrace(place);
      if (failure != null) {
        late.addSuppressed(failure);
      }
      throw late;
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static final class Bell implements Runnable {
    private final Thread thread;
    private boolean silent;
    private StackTraceElement[] place;

    Bell(Thread thread) {
      this.thread = thread;
    }

    @Override
    public synchronized void run() {
      if (!silent) {
        place = thread.getStackTrace();
        thread.interrupt();
      }
    }

    /** From now on it does not ring; returns where the thread was if it has. */
    synchronized StackTraceElement[] silence() {
      silent = true;
      if (place != null) {
        Thread.interrupted(); // whether or not anything was waiting
      }
      return place;
    }
  }
}
