package jcluster.agent;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A class file whose names can be changed, by its constant pool alone (JVMS 4.4). */
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

  private final byte[] original;
  private final List<byte[]> entries = new ArrayList<>();

  /** Where what follows the constant pool begins. */
  private final int rest;

  /**
   * Reads a class file.
   *
   * @throws IllegalStateException if its constant pool cannot be read
   */
  ClassFile(byte[] bytes) {
    original = bytes;
    int count = number(bytes, POOL - 2);
    entries.add(null);
    int at = POOL;
    while (entries.size() < count) {
      int tag = bytes[at];
      if (tag < 0 || tag >= LENGTHS.length || LENGTHS[tag] < 0) {
        throw new IllegalStateException("a class of this JDK has a constant of unknown kind " + tag);
      }
      int length = 1 + (tag == UTF8 ? 2 + number(bytes, at + 1) : LENGTHS[tag]);
      byte[] entry = new byte[length];
      System.arraycopy(bytes, at, entry, 0, length);
      entries.add(entry);
      if (tag == LONG || tag == DOUBLE) {
        entries.add(null);
      }
      at += length;
    }
    rest = at;
  }

  /**
   * Lets what calls a static method call the one of the same name and type in another class.
   *
   * @return whether anything calls it
   */
  boolean redirect(String owner, String name, String type, String newOwner) {
    int target = 0;
    for (int i = 1, n = entries.size(); i < n; i++) {
      byte[] entry = entries.get(i);
      if (entry == null || entry[0] != METHODREF || !names(entry, owner, name, type)) {
        continue;
      }
      if (target == 0) {
        target = addClass(newOwner);
      }
      entry[1] = (byte) (target >> 8);
      entry[2] = (byte) target;
    }
    return target != 0;
  }

  private boolean names(byte[] reference, String owner, String name, String type) {
    byte[] nameAndType = entries.get(number(reference, 3));
    return text(number(nameAndType, 1)).equals(name)
        && text(number(nameAndType, 3)).equals(type)
        && text(number(entries.get(number(reference, 1)), 1)).equals(owner);
  }

  /** Puts one text in place of another in all names and types. */
  void rename(String from, String to) {
    for (int i = 1; i < entries.size(); i++) {
      byte[] entry = entries.get(i);
      if (entry != null && entry[0] == UTF8) {
        String text = text(i);
        if (text.contains(from)) {
          entries.set(i, utf8(text.replace(from, to)));
        }
      }
    }
  }

  byte[] bytes() {
    var out = new ByteArrayOutputStream(original.length + 256);
    out.write(original, 0, POOL - 2);
    out.write(entries.size() >> 8);
    out.write(entries.size());
    for (byte[] entry : entries) {
      if (entry != null) {
        out.write(entry, 0, entry.length);
      }
    }
    out.write(original, rest, original.length - rest);
    return out.toByteArray();
  }

  private int addClass(String name) {
    entries.add(utf8(name));
    int index = entries.size() - 1;
    entries.add(new byte[] {CLASS, (byte) (index >> 8), (byte) index});
    return entries.size() - 1;
  }

  private String text(int index) {
    byte[] entry = entries.get(index);
    // ISO 8859-1 is not what these are in, but it loses nothing on the way to and fro.
    return new String(entry, 3, entry.length - 3, StandardCharsets.ISO_8859_1);
  }

  private static byte[] utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] entry = new byte[3 + bytes.length];
    entry[0] = UTF8;
    entry[1] = (byte) (bytes.length >> 8);
    entry[2] = (byte) bytes.length;
    System.arraycopy(bytes, 0, entry, 3, bytes.length);
    return entry;
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }
}
