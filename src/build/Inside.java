import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code Inside CLASSES}: moves the agent's classes that work inside the JDK to the JDK's package,
 * by the names in their constant pools (JVMS 4.4), and puts them into one file, each behind its
 * length: so a worker's start does not have to.
 */
public final class Inside {
  private static final List<List<String>> MOVES =
      List.of(
          // Names that no class of a JDK has
          List.of("jcluster/agent/inside/", "sun/nio/ch/Jcluster"),
          List.of("jcluster/agent/files/", "sun/nio/fs/Jcluster"),
          List.of("jcluster/agent/jdk/fs/", "sun/nio/fs/"),
          List.of("jcluster/agent/jdk/Unsafe", "jdk/internal/misc/Unsafe"),
          List.of("jcluster/agent/jdk/", "sun/nio/ch/"));

  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;

  /** How many bytes follow the tag of an entry, by its tag. */
  private static final int[] LENGTHS = {
    0, 0, 0, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, 0, 0, 3, 2, 4, 4, 2, 2
  };

  private Inside() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0], "jcluster", "agent");
    bundle(folder.resolve("inside"));
    bundle(folder.resolve("files"));
  }

  private static void bundle(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.sorted().toList();
    }
    Path bundle = folder.resolveSibling(folder.getFileName() + ".classes");
    try (var out = new DataOutputStream(Files.newOutputStream(bundle))) {
      for (Path file : files) {
        byte[] moved = move(Files.readAllBytes(file));
        out.writeInt(moved.length);
        out.write(moved);
      }
    }
  }

  private static byte[] move(byte[] bytes) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    var moved = new ByteArrayOutputStream();
    var out = new DataOutputStream(moved);
    out.writeLong(in.readLong());
    int count = in.readUnsignedShort();
    out.writeShort(count);
    for (int i = 1; i < count; i++) {
      int tag = in.readUnsignedByte();
      out.writeByte(tag);
      if (tag == UTF8) {
        String text = in.readUTF();
        for (List<String> move : MOVES) {
          text = text.replace(move.get(0), move.get(1));
        }
        out.writeUTF(text);
      } else {
        out.write(in.readNBytes(LENGTHS[tag]));
      }
      if (tag == LONG || tag == DOUBLE) {
        i++;
      }
    }
    in.transferTo(out);
    return moved.toByteArray();
  }
}
