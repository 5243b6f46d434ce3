package jcluster.agent;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A class file whose calls can be led elsewhere, by its constant pool alone (JVMS 4.4). Interpreted
 * code at the start of a JVM: makes no object for an entry.
 */
final class ClassFile {
  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;
  private static final int CLASS = 7;
  private static final int METHODREF = 10;

  /** How many bytes follow the tag of an entry, by its tag; -1 where there is no such entry. */
  private static final int[] LENGTHS = {
    -1, 0, -1, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, -1, -1, 3, 2, 4, 4, 2, 2
  };

  private static final int POOL = 10;

  private final byte[] bytes;

  /** Where each entry begins; 0 for those that are none. */
  private final int[] entries;

  /** How many there are, counting from 1, and where what follows them begins. */
  private int count;

  private final int rest;

  /** Entries to come behind the others. */
  private byte[] added = {};

  /**
   * Reads a class file.
   *
   * @throws IllegalStateException if its constant pool cannot be read
   */
  ClassFile(byte[] original) {
    bytes = original.clone();
    count = number(POOL - 2);
    entries = new int[count];
    int at = POOL;
    for (int i = 1; i < count; i++) {
      int tag = bytes[at];
      if (tag < 0 || tag >= LENGTHS.length || LENGTHS[tag] < 0) {
        throw new IllegalStateException(
            "a class of this JDK has a constant of unknown kind " + tag);
      }
      entries[i] = at;
      at += 1 + (tag == UTF8 ? 2 + number(at + 1) : LENGTHS[tag]);
      if (tag == LONG || tag == DOUBLE) {
        i++;
      }
    }
    rest = at;
  }

  /**
   * Lets what calls a static method call the one of the same name and type in another class.
   *
   * @param names pairs of a name and a type of the methods
   * @return the first name that nothing calls, or null
   */
  String redirect(String owner, String[] names, String newOwner) {
    byte[] ownerName = utf8(owner);
    int target = addClass(newOwner);
    byte[][] wanted = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      wanted[i] = utf8(names[i]);
    }
    boolean[] found = new boolean[names.length];
    for (int i = 1; i < entries.length; i++) {
      int entry = entries[i];
      if (entry == 0 || bytes[entry] != METHODREF) {
        continue;
      }
      int type = number(entry + 1);
      // One that was led elsewhere before has its class behind the others.
      if (type >= entries.length || !is(number(entries[type] + 1), ownerName)) {
        continue;
      }
      int nameAndType = entries[number(entry + 3)];
      for (int k = 0; k < names.length; k += 2) {
        if (is(number(nameAndType + 1), wanted[k]) && is(number(nameAndType + 3), wanted[k + 1])) {
          bytes[entry + 1] = (byte) (target >> 8);
          bytes[entry + 2] = (byte) target;
          found[k] = true;
        }
      }
    }
    for (int k = 0; k < names.length; k += 2) {
      if (!found[k]) {
        return names[k];
      }
    }
    return null;
  }

  byte[] bytes() {
    byte[] all = Arrays.copyOf(bytes, bytes.length + added.length);
    System.arraycopy(added, 0, all, rest, added.length);
    System.arraycopy(bytes, rest, all, rest + added.length, bytes.length - rest);
    all[POOL - 2] = (byte) (count >> 8);
    all[POOL - 1] = (byte) count;
    return all;
  }

  private int addClass(String name) {
    byte[] text = utf8(name);
    int at = added.length;
    added = Arrays.copyOf(added, at + text.length + 3);
    System.arraycopy(text, 0, added, at, text.length);
    added[at + text.length] = CLASS;
    added[at + text.length + 1] = (byte) (count >> 8);
    added[at + text.length + 2] = (byte) count;
    count += 2;
    return count - 1;
  }

  /** Whether an entry is this one. */
  private boolean is(int index, byte[] utf8) {
    int at = entries[index];
    return Arrays.equals(bytes, at, Math.min(at + utf8.length, bytes.length), utf8, 0, utf8.length);
  }

  /** An entry, as it is in a file; names of the JDK are ASCII. */
  private static byte[] utf8(String text) {
    byte[] letters = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] entry = new byte[3 + letters.length];
    entry[0] = UTF8;
    entry[1] = (byte) (letters.length >> 8);
    entry[2] = (byte) letters.length;
    System.arraycopy(letters, 0, entry, 3, letters.length);
    return entry;
  }

  private int number(int at) {
    return ((bytes[at] & 0xff) << 8) | (bytes[at + 1] & 0xff);
  }
}
