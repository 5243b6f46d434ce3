package jcluster.fuzz;

/** An answer of HTTP/1.1 as a simple client reads it, which is all at once. */
final class Answer {
  final String content;

  /** Where the next answer begins. */
  final int end;

  Answer(String text, int from, String method) {
    int at = from;
    int status;
    String head;
    do {
      int crlf = text.indexOf("\r\n\r\n", at);
      int lf = text.indexOf("\n\n", at);
      // A word of ours may be the only line of the head that ends in CR LF.
      int mixed = text.indexOf("close\r\n\n", at);
      int to =
          least(
              least(crlf < 0 ? crlf : crlf + 4, lf < 0 ? lf : lf + 2),
              mixed < 0 ? mixed : mixed + 8);
      if (to < 0) {
        throw new AssertionError("an answer has no end of its head");
      }
      head = text.substring(at, to);
      status = Integer.parseInt(head.substring(9, 12));
      at = to;
    } while (status < 200 && status != 101);
    StringBuilder body = new StringBuilder();
    String length = field(head, "content-length");
    if (method.equals("HEAD") || status == 204 || status == 304 || status == 101) {
      end = at;
    } else if (field(head, "transfer-encoding") != null) {
      end = chunks(text, at, body);
    } else if (length != null) {
      end = at + Integer.parseInt(length);
      body.append(text, at, end);
    } else {
      end = text.length();
      body.append(text, at, end);
    }
    content = body.toString();
  }

  private static int least(int one, int other) {
    return one < 0 ? other : other < 0 ? one : Math.min(one, other);
  }

  private static String field(String head, String name) {
    for (String line : head.split("\r?\n")) {
      if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
        return line.substring(name.length() + 1).trim();
      }
    }
    return null;
  }

  private static int chunks(String text, int from, StringBuilder body) {
    int at = from;
    while (true) {
      int line = text.indexOf("\r\n", at);
      int size = Integer.parseInt(text.substring(at, line).split("[; ]")[0], 16);
      at = line + 2;
      if (size == 0) {
        while (!text.startsWith("\r\n", at)) {
          at = text.indexOf("\r\n", at) + 2;
        }
        return at + 2;
      }
      body.append(text, at, at + size);
      at += size + 2;
    }
  }
}
