package sun.nio.ch;

import java.lang.reflect.Method;
import jdk.internal.access.SharedSecrets;
import jdk.internal.reflect.ConstantPool;
import jdk.internal.reflect.ConstantPool.Tag;

/**
 * Checks that this JDK has all internal members that our classes use: the JVM looks up each method
 * and field that is named in their constant pools (see {@code src/build/Bundle.java}). Without
 * this, a missing one would show only when it is first used, which may be at the end of a worker.
 */
public final class JclusterMembers {
  private JclusterMembers() {}

  /**
   * Checks one of our classes.
   *
   * @param members the entries of its constant pool that name internal members of the JDK
   * @throws IllegalStateException if a member is missing; the message names it
   */
  public static void check(Class<?> ours, int[] members) {
    ConstantPool pool = SharedSecrets.getJavaLangAccess().getConstantPool(ours);
    for (int i : members) {
      boolean field = pool.getTagAt(i) == Tag.FIELDREF;
      try {
        if (field) {
          pool.getFieldAt(i);
        } else {
          pool.getMethodAt(i);
        }
      } catch (RuntimeException e) {
        String[] member = pool.getMemberRefInfoAt(i);
        // The JVM has searched only the class itself, and not its superclasses.
        if (field || !isInherited(pool.getClassAt(pool.getClassRefIndexAt(i)), member)) {
          throw missing(member);
        }
      } catch (LinkageError e) {
        throw missing(pool.getMemberRefInfoAt(i));
      }
    }
  }

  private static boolean isInherited(Class<?> owner, String[] member) {
    for (Class<?> type = owner.getSuperclass(); type != null; type = type.getSuperclass()) {
      for (Method method : type.getDeclaredMethods()) {
        if (method.getName().equals(member[1]) && descriptor(method).equals(member[2])) {
          return true;
        }
      }
    }
    return false;
  }

  private static String descriptor(Method method) {
    String types = "(";
    for (Class<?> type : method.getParameterTypes()) {
      types = types.concat(type.descriptorString());
    }
    return types.concat(")").concat(method.getReturnType().descriptorString());
  }

  private static IllegalStateException missing(String[] member) {
    return new IllegalStateException(
        "this JDK has no "
            .concat(member[0])
            .concat(".")
            .concat(member[1])
            .concat(" of type ")
            .concat(member[2]));
  }
}
