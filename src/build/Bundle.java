import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code Bundle CLASSES FOLDER}: puts the classes of each package into one file of that folder, so
 * that the agent reads them in one go and no class loader finds them. Each is behind its name and
 * length; behind it are the entries of its constant pool that name a member of the JDK's inside
 * which no class before it has named, so that the agent need not look for them when it starts.
 *
 * <p>And makes the agent's own class, which is in FOLDER, quick to call.
 */
public final class Bundle {
  /** JVMS 4.6. */
  private static final int ACC_VARARGS = 0x80;

  private Bundle() {}

  public static void main(String[] arguments) throws IOException {
    Path classes = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    List<Path> packages;
    try (Stream<Path> all = Files.walk(classes)) {
      packages = all.filter(Bundle::holdsClasses).toList();
    }
    for (Path one : packages) {
      String name = classes.relativize(one).toString().replace('/', '.');
      Set<String> named = new HashSet<>();
      try (var out = new DataOutputStream(Files.newOutputStream(folder.resolve(name)))) {
        for (Path file : list(one)) {
          byte[] bytes = Files.readAllBytes(file);
          out.writeUTF(file.getFileName().toString().replace(".class", ""));
          out.writeInt(bytes.length);
          out.write(bytes);
          List<Integer> members = new ClassFile(bytes).members(named);
          out.writeShort(members.size());
          for (int member : members) {
            out.writeShort(member);
          }
        }
      }
    }
    Path agent = folder.resolve("Agent.class");
    byte[] bytes = Files.readAllBytes(agent);
    // The JVM calls this method by reflection, which from JDK 18 on makes method handles first, and
    // that takes 30 ms of a start. Not for a method that is said to have a variable number of
    // arguments and has not: that is called natively
    // (jdk.internal.reflect.MethodHandleAccessorFactory).
    bytes[new ClassFile(bytes).method("premain") + 1] |= (byte) ACC_VARARGS;
    Files.write(agent, bytes);
  }

  private static boolean holdsClasses(Path folder) {
    return Files.isDirectory(folder)
        && list(folder).stream().anyMatch(file -> file.toString().endsWith(".class"));
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A class file (JVMS 4): its constant pool, and what is behind it. */
  private static final class ClassFile {
    private final DataInputStream in;
    private final int length;
    private final Map<Integer, String> texts = new HashMap<>();

    /** The first of two numbers in an entry, or its only one; and the second. */
    private final Map<Integer, Integer> first = new HashMap<>();

    private final Map<Integer, Integer> second = new HashMap<>();
    private final List<Integer> members = new ArrayList<>();

    ClassFile(byte[] bytes) throws IOException {
      in = new DataInputStream(new ByteArrayInputStream(bytes));
      length = bytes.length;
      in.skipNBytes(8); // magic and version
      int count = in.readUnsignedShort();
      for (int i = 1; i < count; i++) {
        int tag = in.readUnsignedByte();
        switch (tag) {
          case 1 -> texts.put(i, in.readUTF());
          case 3, 4 -> in.skipNBytes(4);
          case 5, 6 -> {
            in.skipNBytes(8);
            i++;
          }
          case 7, 8, 16, 19, 20 -> first.put(i, in.readUnsignedShort());
          case 9, 10, 11, 12, 17, 18 -> {
            first.put(i, in.readUnsignedShort());
            second.put(i, in.readUnsignedShort());
            if (tag >= 9 && tag <= 11) {
              members.add(i);
            }
          }
          case 15 -> in.skipNBytes(3);
          default -> throw new IOException("a constant of unknown kind " + tag);
        }
      }
    }

    /** The entries that are members of the JDK's inside, but for those named before. */
    List<Integer> members(Set<String> named) {
      List<Integer> inside = new ArrayList<>();
      for (int member : members) {
        String owner = texts.get(first.get(first.get(member)));
        int what = second.get(member);
        String name = owner + "." + texts.get(first.get(what)) + texts.get(second.get(what));
        if (isInside(owner) && named.add(name)) {
          inside.add(member);
        }
      }
      return inside;
    }

    private static boolean isInside(String owner) {
      return (owner.startsWith("sun/") && !owner.contains("/Jcluster"))
          || owner.startsWith("jdk/internal/")
          || owner.equals("java/io/FileSystem")
          || owner.endsWith("/JclusterMapping"); // Redirect.MAP makes it one of the JDK.
    }

    /** Where a method begins. */
    int method(String name) throws IOException {
      in.skipNBytes(6); // access flags, this class, super class
      in.skipNBytes(2 * in.readUnsignedShort()); // interfaces
      for (int i = in.readUnsignedShort(); i > 0; i--) {
        skipMember();
      }
      for (int i = in.readUnsignedShort(); i > 0; i--) {
        in.mark(4);
        int at = length - in.available();
        in.skipNBytes(2);
        boolean found = name.equals(texts.get(in.readUnsignedShort()));
        in.reset();
        if (found) {
          return at;
        }
        skipMember();
      }
      throw new IOException("there is no method " + name);
    }

    private void skipMember() throws IOException {
      in.skipNBytes(6);
      for (int i = in.readUnsignedShort(); i > 0; i--) {
        in.skipNBytes(2);
        in.skipNBytes(in.readInt());
      }
    }
  }
}
