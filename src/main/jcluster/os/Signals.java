package jcluster.os;

import com.sun.jna.Memory;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Handlers for the signals that end the supervisor. {@code sun.misc.Signal}, which the JDK keeps
 * for this (module jdk.unsupported, JEP 260), by reflection: its plain use is a warning that no
 * compiler option silences on 17 and on 25 alike.
 */
public final class Signals {
  private Signals() {}

  /**
   * Runs {@code handler} on a thread of the JVM's each time the signal arrives, in place of what it
   * did before.
   *
   * @param name without SIG: HUP, INT or TERM
   * @throws IllegalStateException if the JVM does not allow it, as with {@code -Xrs}
   */
  public static void handle(String name, Runnable handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) -> called(self, method, arguments, handler));
      signal
          .getMethod("handle", signal, type)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot handle SIG" + name, e);
    }
  }

  private static Object called(Object self, Method method, Object[] arguments, Runnable handler) {
    return switch (method.getName()) {
      case "handle" -> {
        handler.run();
        yield null;
      }
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      default -> "handler";
    };
  }

  /** The numbers of SIGHUP, SIGINT and SIGTERM, but for those that are ignored. */
  public static List<Integer> endings() {
    List<Integer> numbers = new ArrayList<>(List.of(Libc.SIGHUP, Libc.SIGINT, Libc.SIGTERM));
    try (var action = new Memory(Libc.SIZEOF_SIGACTION)) {
      numbers.removeIf(
          number -> {
            Libc.sigaction(number, null, action);
            return action.getLong(0) == Libc.SIG_IGN;
          });
    }
    return numbers;
  }

  /** What signals did and which were blocked, to be so again. */
  static final class Held {
    private final Memory mask = new Memory(Libc.SIZEOF_SIGSET_T);
    private final Map<Integer, Memory> actions = new LinkedHashMap<>();

    /** As it was before. */
    void letGo() {
      actions.forEach((number, action) -> Libc.sigaction(number, action, null));
      Libc.pthread_sigmask(Libc.SIG_SETMASK, mask, null);
    }
  }

  /**
   * Holds signals back for the program that this one is about to become: blocks them in this
   * thread, the only one to be left, and ignores them, because a JVM unblocks what it finds not
   * ignored. What is blocked waits even if it is ignored.
   */
  static Held hold(List<Integer> numbers) {
    var held = new Held();
    try (var blocked = set(numbers)) {
      Libc.pthread_sigmask(Libc.SIG_SETMASK, blocked, held.mask);
    }
    for (int number : numbers) {
      var action = new Memory(Libc.SIZEOF_SIGACTION);
      Libc.sigaction(number, null, action);
      held.actions.put(number, action);
      setAction(number, Libc.SIG_IGN);
    }
    return held;
  }

  /**
   * Makes it possible to {@link #handle} signals that the program before this one has held back; a
   * JVM does not handle what is ignored.
   */
  public static void expect(List<Integer> numbers) {
    numbers.forEach(number -> setAction(number, Libc.SIG_DFL));
  }

  /** Lets signals in that were held back; from now on this thread is the one that gets them. */
  public static void admit(List<Integer> numbers) {
    try (var admitted = set(numbers)) {
      Libc.pthread_sigmask(Libc.SIG_UNBLOCK, admitted, null);
    }
  }

  private static Memory set(List<Integer> numbers) {
    var set = new Memory(Libc.SIZEOF_SIGSET_T);
    Libc.sigemptyset(set);
    numbers.forEach(number -> Libc.sigaddset(set, number));
    return set;
  }

  private static void setAction(int number, long handler) {
    try (var action = new Memory(Libc.SIZEOF_SIGACTION)) {
      action.clear();
      action.setLong(0, handler);
      Libc.sigaction(number, action, null);
    }
  }
}
