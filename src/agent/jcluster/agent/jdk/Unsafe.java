package jcluster.agent.jdk;

import java.lang.reflect.Field;

/**
 * Stands for {@code jdk.internal.misc.Unsafe}, which takes its place when the agent is loaded. Here
 * an address is an index into a byte array, which is what the tests need.
 */
public final class Unsafe {
  private Unsafe() {}

  public static Unsafe getUnsafe() {
    return new Unsafe();
  }

  public byte getByte(Object base, long offset) {
    return ((byte[]) base)[(int) offset];
  }

  public byte getByte(long address) {
    throw new UnsupportedOperationException();
  }

  public void putByte(long address, byte value) {
    throw new UnsupportedOperationException();
  }

  public short getShort(long address) {
    throw new UnsupportedOperationException();
  }

  public void putShort(long address, short value) {
    throw new UnsupportedOperationException();
  }

  public int getInt(long address) {
    throw new UnsupportedOperationException();
  }

  public void putInt(long address, int value) {
    throw new UnsupportedOperationException();
  }

  public void putInt(Object base, long offset, int value) {
    throw new UnsupportedOperationException();
  }

  public long getLong(long address) {
    throw new UnsupportedOperationException();
  }

  public void putLong(long address, long value) {
    throw new UnsupportedOperationException();
  }

  public int getIntVolatile(Object base, long offset) {
    throw new UnsupportedOperationException();
  }

  public void putIntVolatile(Object base, long offset, int value) {
    throw new UnsupportedOperationException();
  }

  public Object getReferenceVolatile(Object base, long offset) {
    throw new UnsupportedOperationException();
  }

  public void putReferenceVolatile(Object base, long offset, Object value) {
    throw new UnsupportedOperationException();
  }

  public long allocateMemory(long bytes) {
    throw new UnsupportedOperationException();
  }

  public void freeMemory(long address) {
    throw new UnsupportedOperationException();
  }

  public void copyMemory(long from, long to, long bytes) {
    throw new UnsupportedOperationException();
  }

  public void ensureClassInitialized(Class<?> type) {
    throw new UnsupportedOperationException();
  }

  public Object staticFieldBase(Field field) {
    throw new UnsupportedOperationException();
  }

  public long objectFieldOffset(Field field) {
    throw new UnsupportedOperationException();
  }

  public long staticFieldOffset(Field field) {
    throw new UnsupportedOperationException();
  }
}
