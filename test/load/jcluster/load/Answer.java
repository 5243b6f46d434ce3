package jcluster.load;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * An answer as in RFC 9112. It must tell the length of its body: without that nobody knows a cut
 * from an end.
 */
record Answer(String status, Map<String, String> headers) {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] [1-5]\\d\\d( .*)?");
  private static final int MAX_HEADERS = 1000;

  /** Takes the head of the next final answer. */
  static Answer head(Connection from) throws Failure {
    Answer answer = next(from);
    while (answer.interim()) {
      answer = next(from);
    }
    return answer;
  }

  /** Reads the next head, which may be that of an interim answer (1xx). */
  static Answer next(Connection from) throws Failure {
    String status = from.line();
    if (!STATUS.matcher(status).matches()) {
      throw from.malformed("no HTTP: '" + status + "'");
    }
    return new Answer(status, headers(from));
  }

  /** Whether the final answer is still to come. */
  boolean interim() {
    return status.charAt(9) == '1';
  }

  private static Map<String, String> headers(Connection from) throws Failure {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (String line = from.line(); !line.isEmpty(); line = from.line()) {
      int colon = line.indexOf(':');
      if (colon < 1 || headers.size() == MAX_HEADERS) {
        throw from.malformed("no header: '" + line + "'");
      }
      headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    return headers;
  }

  /** Takes the body to its end, and returns it if it is to be kept. */
  String body(Connection from, boolean keep) throws Failure {
    var body = keep ? new ByteArrayOutputStream() : null;
    String coding = headers.get("Transfer-Encoding");
    if (coding == null) {
      from.take(number(headers.getOrDefault("Content-Length", "none"), 10, from), body);
    } else if (coding.equalsIgnoreCase("chunked")) {
      for (long size = chunk(from); size > 0; size = chunk(from)) {
        from.take(size, body);
        String rest = from.line();
        if (!rest.isEmpty()) {
          throw from.malformed("a chunk longer than it says: '" + rest + "'");
        }
      }
      headers(from);
    } else {
      throw from.malformed("a transfer coding unknown here: '" + coding + "'");
    }
    return keep ? body.toString(StandardCharsets.UTF_8) : "";
  }

  private static long chunk(Connection from) throws Failure {
    return number(from.line().split(";", 2)[0].strip(), 16, from);
  }

  private static long number(String text, int radix, Connection from) throws Failure {
    try {
      return Long.parseUnsignedLong(text, radix);
    } catch (NumberFormatException e) {
      throw from.malformed("no length: '" + text + "'");
    }
  }

  boolean ok() {
    return status.startsWith("200", 9);
  }

  /** Whether the server takes more requests on this connection. */
  boolean keepsAlive() {
    String option = headers.getOrDefault("Connection", "").toLowerCase(Locale.ROOT);
    return status.startsWith("HTTP/1.1")
        ? !option.contains("close")
        : option.contains("keep-alive");
  }
}
