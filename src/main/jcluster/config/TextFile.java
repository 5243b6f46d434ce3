package jcluster.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import jcluster.text.Reason;

/** Reads the files that a configuration is made of: UTF-8, at most 1 MiB. */
final class TextFile {
  private static final int LARGEST = 1 << 20;

  private TextFile() {}

  /**
   * Returns the text of a file, with {@code \n} at the end of its lines. If that fails, adds the
   * reason to {@code problems} and returns empty.
   *
   * @param where how a problem starts if the file cannot be read
   * @param problems gets what is wrong with the file
   */
  static Optional<String> read(Path file, String where, Problems problems) {
    byte[] bytes;
    try {
      bytes = bytes(file);
    } catch (IOException e) {
      problems.add(where + " cannot be read: " + Reason.why(e));
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    boolean malformed = UTF_8.newDecoder().decode(in, out, true).isError();
    String text = out.flip().toString();
    int nul = text.indexOf('\0');
    if (malformed || nul >= 0) {
      String before = nul >= 0 ? text.substring(0, nul) : text;
      problems.add(
          file
              + ":"
              + (1 + before.chars().filter(c -> c == '\n').count())
              + (nul >= 0 ? ": this line has a NUL byte" : ": this line is not valid UTF-8"));
      return Optional.empty();
    }
    return Optional.of(text.replaceFirst("^\ufeff", "").replace("\r\n", "\n"));
  }

  private static byte[] bytes(Path file) throws IOException {
    // Checked before the file is opened: opening a FIFO would block until it has a writer.
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new IOException(attributes.isDirectory() ? "it is a directory" : "it is not a file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new IOException("it is larger than 1 MiB");
      }
      return bytes;
    }
  }
}
