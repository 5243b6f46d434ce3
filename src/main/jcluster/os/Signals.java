package jcluster.os;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

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
}
