package jcluster.agent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;

/** An agent that has its hands on every class, those that are loaded included. */
final class StartTransformer implements ClassFileTransformer {
  private StartTransformer() {}

  public static void premain(String arguments, Instrumentation instrumentation)
      throws UnmodifiableClassException {
    instrumentation.addTransformer(new StartTransformer(), true);
    int count = 0;
    for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
      // The JVM cannot take it that some are changed while they are at work.
      if (instrumentation.isModifiableClass(loaded) && loaded.getName().startsWith("sun.nio.ch.")) {
        instrumentation.retransformClasses(loaded);
        count++;
      }
    }
    System.out.println("transformed " + count + " classes of the JDK's sockets");
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> changed, ProtectionDomain domain, byte[] bytes) {
    return bytes.clone();
  }
}
