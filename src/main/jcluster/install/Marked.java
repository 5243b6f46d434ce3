package jcluster.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * A text whose first line says that jcluster wrote it, with a checksum of the other lines: a change
 * by a person is known by it.
 */
final class Marked {
  private static final Pattern FIRST =
      Pattern.compile("# Written by jcluster add, checksum (?<sum>[0-9a-f]{8})\n");

  private Marked() {}

  static String of(String text) {
    return "# Written by jcluster add, checksum " + checksum(text) + "\n" + text;
  }

  /** Whether jcluster wrote the text, changed or not. */
  static boolean isOurs(String text) {
    return FIRST.matcher(text).lookingAt();
  }

  /** Whether it is as jcluster wrote it. */
  static boolean isIntact(String text) {
    Matcher first = FIRST.matcher(text);
    return first.lookingAt() && first.group("sum").equals(checksum(text.substring(first.end())));
  }

  private static String checksum(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(UTF_8));
    return String.format("%08x", crc.getValue());
  }
}
