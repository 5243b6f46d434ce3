package sun.nio.ch;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import jdk.internal.misc.Unsafe;

/** Where a buffer's bytes lie, for {@link Unsafe}: an array or null, and an address. */
public final class JclusterMemory {
  private static final Unsafe UNSAFE = Unsafe.getUnsafe();
  private static final long ARRAY = UNSAFE.objectFieldOffset(ByteBuffer.class, "hb");
  private static final long ADDRESS = UNSAFE.objectFieldOffset(Buffer.class, "address");

  /**
   * The address of the first byte of an array; the type of Unsafe's constant depends on the
   * release.
   */
  public static final long BYTES = address(ByteBuffer.allocate(0));

  private JclusterMemory() {}

  /** The array in which a buffer's bytes lie, even if it is read-only; null if it is direct. */
  public static Object array(ByteBuffer buffer) {
    return UNSAFE.getReference(buffer, ARRAY);
  }

  /** The address of a buffer's first byte. */
  public static long address(ByteBuffer buffer) {
    return UNSAFE.getLong(buffer, ADDRESS);
  }
}
