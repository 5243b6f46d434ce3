package jcluster.agent;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A class file whose calls can be redirected (JVMS 4). This code runs interpreted at the start of a
 * JVM, so it makes no object for an entry of the constant pool.
 */
final class ClassFile {
  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;
  private static final int CLASS = 7;
  private static final int METHODREF = 10;
  private static final int INTERFACE_METHODREF = 11;
  private static final int NAME_AND_TYPE = 12;

  private static final int INVOKEVIRTUAL = 0xb6;
  private static final int INVOKESTATIC = 0xb8;
  private static final int TABLESWITCH = 0xaa;
  private static final int LOOKUPSWITCH = 0xab;
  private static final int WIDE = 0xc4;
  private static final int IINC = 0x84;

  /** How many bytes follow the tag of an entry, by its tag; -1 where there is no such entry. */
  private static final int[] LENGTHS = {
    -1, 0, -1, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, -1, -1, 3, 2, 4, 4, 2, 2
  };

  /**
   * The length of each instruction, from nop to jsr_w, as a digit (JVMS 6.5); 0 for the two
   * switches and for wide. A row has sixteen.
   */
  private static final String INSTRUCTIONS =
      "1111111111111111"
          + "2323322222111111"
          + "1111111111111111"
          + "1111112222211111"
          + "1111111111111111"
          + "1111111111111111"
          + "1111111111111111"
          + "1111111111111111"
          + "1111311111111111"
          + "1111111113333333"
          + "3333333332001111"
          + "1133333335532311"
          + "3311043355";

  private static final int POOL = 10;

  private final byte[] bytes;

  /** Where each entry begins; 0 for an index without an entry. */
  private final int[] entries;

  /** The entries that are methods, and how many there are. */
  private final int[] methods;

  private int methodCount;

  /** The constant_pool_count: the number of entries plus 1, with those that were added. */
  private int count;

  /** Where the rest begins, behind the constant pool. */
  private final int rest;

  /** The entries to add behind the others. */
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
    methods = new int[count];
    int at = POOL;
    for (int i = 1; i < count; i++) {
      int tag = bytes[at];
      if (tag < 0 || tag >= LENGTHS.length || LENGTHS[tag] < 0) {
        throw new IllegalStateException(
            "a class of this JDK has a constant of unknown kind " + tag);
      }
      entries[i] = at;
      if (tag == METHODREF || tag == INTERFACE_METHODREF) {
        methods[methodCount++] = i;
      }
      at += 1 + (tag == UTF8 ? 2 + number(at + 1) : LENGTHS[tag]);
      if (tag == LONG || tag == DOUBLE) {
        i++;
      }
    }
    rest = at;
  }

  /**
   * Redirects the calls of a method to another one.
   *
   * @return whether anything calls the method
   */
  boolean redirect(Redirect redirect) {
    byte[] owner = utf8(redirect.owner());
    byte[] name = utf8(redirect.name());
    byte[] type = utf8(redirect.type());
    for (int m = 0; m < methodCount; m++) {
      int i = methods[m];
      int entry = entries[i];
      // A method that was redirected before has an added class, behind the others.
      int itsOwner = number(entry + 1);
      if (itsOwner >= entries.length) {
        continue;
      }
      int nameAndType = entries[number(entry + 3)];
      if (!is(number(nameAndType + 1), name)
          || !is(number(nameAndType + 3), type)
          || !is(number(entries[itsOwner] + 1), owner)) {
        continue;
      }
      bytes[entry] = METHODREF;
      put(entry + 1, add(CLASS, addUtf8(redirect.target()), -1));
      if (!redirect.type().equals(redirect.targetType())) {
        int targetType = addUtf8(redirect.targetType());
        put(entry + 3, add(NAME_AND_TYPE, number(nameAndType + 1), targetType));
        changeCalls(i, redirect.kind() == Redirect.Kind.TO_INSTANCE ? INVOKEVIRTUAL : INVOKESTATIC);
      }
      return true;
    }
    return false;
  }

  byte[] bytes() {
    byte[] all = Arrays.copyOf(bytes, bytes.length + added.length);
    System.arraycopy(added, 0, all, rest, added.length);
    System.arraycopy(bytes, rest, all, rest + added.length, bytes.length - rest);
    all[POOL - 2] = (byte) (count >> 8);
    all[POOL - 1] = (byte) count;
    return all;
  }

  /**
   * Changes the opcode of each call of a method. The receiver of an instance method is the first
   * argument of a static one, at the same place on the stack, so neither lengths nor stack maps
   * change.
   */
  private void changeCalls(int method, int opcode) {
    int at = rest + 6; // access flags, this class, super class
    at += 2 + 2 * number(at); // interfaces
    at = members(at, null, method, opcode); // fields
    members(at, utf8("Code"), method, opcode);
  }

  /** Goes over the fields or methods, and over the code of methods; returns where they end. */
  private int members(int from, byte[] code, int method, int opcode) {
    int at = from + 2;
    for (int left = number(from); left > 0; left--) {
      int attributes = number(at + 6);
      at += 8;
      for (; attributes > 0; attributes--) {
        if (code != null && is(number(at), code)) {
          calls(at + 14, word(at + 10), method, opcode); // behind max_stack, max_locals and length
        }
        at += 6 + word(at + 2);
      }
    }
    return at;
  }

  /** Changes the calls in a method's code. */
  private void calls(int from, int length, int method, int opcode) {
    for (int at = from; at < from + length; ) {
      int before = bytes[at] & 0xff;
      if (before >= INVOKEVIRTUAL && before <= INVOKESTATIC && number(at + 1) == method) {
        bytes[at] = (byte) opcode;
      }
      at += size(at, before, (at - from) & 3);
    }
  }

  private int size(int at, int opcode, int offset) {
    int padding = 3 - offset;
    return switch (opcode) {
      case TABLESWITCH -> {
        int low = word(at + 1 + padding + 4);
        int high = word(at + 1 + padding + 8);
        yield 1 + padding + 12 + 4 * (high - low + 1);
      }
      case LOOKUPSWITCH -> 1 + padding + 8 + 8 * word(at + 1 + padding + 4);
      case WIDE -> (bytes[at + 1] & 0xff) == IINC ? 6 : 4;
      default -> INSTRUCTIONS.charAt(opcode) - '0';
    };
  }

  private int addUtf8(String text) {
    byte[] entry = utf8(text);
    append(entry);
    return count - 1;
  }

  /** Adds an entry of two indices, or of one if the second is negative. */
  private int add(int tag, int first, int second) {
    byte[] entry = new byte[second < 0 ? 3 : 5];
    entry[0] = (byte) tag;
    entry[1] = (byte) (first >> 8);
    entry[2] = (byte) first;
    if (second >= 0) {
      entry[3] = (byte) (second >> 8);
      entry[4] = (byte) second;
    }
    append(entry);
    return count - 1;
  }

  private void append(byte[] entry) {
    int at = added.length;
    added = Arrays.copyOf(added, at + entry.length);
    System.arraycopy(entry, 0, added, at, entry.length);
    count++;
  }

  /** Whether an entry of the original constant pool is this text. */
  private boolean is(int index, byte[] utf8) {
    if (index >= entries.length) {
      return false;
    }
    int at = entries[index];
    // Most differ in their length or in their first letter.
    return bytes[at + 2] == utf8[2]
        && bytes[at + 3] == utf8[3]
        && Arrays.equals(bytes, at, Math.min(at + utf8.length, bytes.length), utf8, 0, utf8.length);
  }

  /** The entry for a text, as it is in a class file; names in the JDK are ASCII. */
  private static byte[] utf8(String text) {
    byte[] letters = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] entry = new byte[3 + letters.length];
    entry[0] = UTF8;
    entry[1] = (byte) (letters.length >> 8);
    entry[2] = (byte) letters.length;
    System.arraycopy(letters, 0, entry, 3, letters.length);
    return entry;
  }

  private void put(int at, int number) {
    bytes[at] = (byte) (number >> 8);
    bytes[at + 1] = (byte) number;
  }

  private int number(int at) {
    return ((bytes[at] & 0xff) << 8) | (bytes[at + 1] & 0xff);
  }

  private int word(int at) {
    return (number(at) << 16) | number(at + 2);
  }
}
