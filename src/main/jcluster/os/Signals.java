package jcluster.os;

import com.sun.jna.Memory;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Handlers for the signals that end the supervisor. {@code sun.misc.Signal}, which the JDK keeps
 * for this (module jdk.unsupported, JEP 260), by reflection: its plain use is a warning that no
 * compiler option silences on 17 and on 25 alike.
 */
public final class Signals {
  /** The signals that {@link #hold} holds back. */
  private static final List<Integer> HELD = List.of(Libc.SIGHUP, Libc.SIGINT, Libc.SIGTERM);

  private Signals() {}

  /**
   * Runs {@code handler} on a thread of the JVM's each time the signal arrives, in place of what it
   * did before. One that was held back by the program before this one is let in now, on the thread
   * that calls.
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
      Object which = signal.getConstructor(String.class).newInstance(name);
      int number = (Integer) signal.getMethod("getNumber").invoke(which);
      boolean held = isBlocked(number);
      if (held) {
        setAction(number, Libc.SIG_DFL); // The JVM does not handle what is ignored.
      }
      signal.getMethod("handle", signal, type).invoke(null, which, proxy);
      if (held) {
        unblock(number);
      }
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

  /** What signals did and which were blocked, to be so again. */
  static final class Hold {
    private final Memory mask = new Memory(Libc.SIZEOF_SIGSET_T);
    private final Map<Integer, Memory> actions = new LinkedHashMap<>();

    /** As it was before. */
    void close() {
      actions.forEach((number, action) -> Libc.sigaction(number, action, null));
      Libc.pthread_sigmask(Libc.SIG_SETMASK, mask, null);
    }
  }

  /**
   * Holds back what would end the program that this one is about to become, until it {@link #handle
   * handles} it: blocks it in this thread, the only one to be left, and ignores it, because a JVM
   * unblocks whatever it finds not ignored. A blocked signal waits even if it is ignored. Those
   * that are ignored already stay so.
   */
  static Hold hold() {
    var hold = new Hold();
    try (var blocked = new Memory(Libc.SIZEOF_SIGSET_T)) {
      Libc.sigemptyset(blocked);
      for (int number : HELD) {
        var action = new Memory(Libc.SIZEOF_SIGACTION);
        Libc.sigaction(number, null, action);
        if (action.getLong(0) != Libc.SIG_IGN) {
          hold.actions.put(number, action);
          Libc.sigaddset(blocked, number);
        }
      }
      Libc.pthread_sigmask(Libc.SIG_SETMASK, blocked, hold.mask);
    }
    hold.actions.keySet().forEach(number -> setAction(number, Libc.SIG_IGN));
    return hold;
  }

  private static boolean isBlocked(int number) {
    try (var blocked = new Memory(Libc.SIZEOF_SIGSET_T)) {
      Libc.pthread_sigmask(Libc.SIG_SETMASK, null, blocked);
      return Libc.sigismember(blocked, number) == 1;
    }
  }

  private static void unblock(int number) {
    try (var one = new Memory(Libc.SIZEOF_SIGSET_T)) {
      Libc.sigemptyset(one);
      Libc.sigaddset(one, number);
      Libc.pthread_sigmask(Libc.SIG_UNBLOCK, one, null);
    }
  }

  private static void setAction(int number, long handler) {
    try (var action = new Memory(Libc.SIZEOF_SIGACTION)) {
      action.clear();
      action.setLong(0, handler);
      Libc.sigaction(number, action, null);
    }
  }
}
