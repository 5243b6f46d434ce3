package jcluster.fuzz;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import sun.nio.ch.JclusterConversation;

/**
 * Random messages of HTTP/1.1 (RFC 9112). What is expected of the agent follows from where the
 * messages begin and end, which is known because they are made here, and not from reading them.
 */
final class Http1 {
  private static final int NEVER = Integer.MAX_VALUE;
  private static final int LARGEST_BODY = 40;

  /** The close frame of a WebSocket: going away. */
  static final String CLOSE_FRAME = "\u0088\u0002\u0003\u00e9";

  /** The protocol that a connection switches to. */
  enum Switch {
    NONE,
    TUNNEL,
    HTTP_2
  }

  /** A request and its answers, and where they lie. */
  static final class Exchange {
    String method;

    /** Of the request: where its first line begins, where its head ends, and where it ends. */
    int requestFrom;

    int requestHeadEnd = NEVER;
    int requestEnd = NEVER;

    /** Whether it asks to be told to go on, and whether its client waits for that. */
    boolean expects;

    boolean waits;

    /** Whether the server reads all of it before its final answer. */
    boolean isReadFirst;

    /** Of the answers: where they begin, and where the interim ones end. */
    int answerFrom;

    int interimEnd;
    int finalFrom;

    /** Where the empty line at the end of the final head begins, and where it ends. */
    int emptyLine;

    int headEnd;

    /** Where the last line that says just "Connection: keep-alive" is; as long as 0 if none is. */
    int keepAlive;

    int keepAliveSize;

    /** Whether the server itself says that it closes the connection. */
    boolean closes;

    Switch switches = Switch.NONE;
    boolean isWebSocket;

    /** Where the final answer ends. */
    int answerTo;

    /** The content of the answer, as its client is to read it. */
    String content = "";

    boolean isEndless;
  }

  private final Scene scene;
  final List<Exchange> exchanges = new ArrayList<>();

  /** Where the body of an answer lies that the kernel may send: from, to. */
  private final List<int[]> files = new ArrayList<>();

  /** Where a WebSocket's frames end, and whether another message may follow there. */
  private final NavigableMap<Integer, Boolean> webSocket = new TreeMap<>();

  /** Where the server closes the WebSocket. */
  private int webSocketClosed = NEVER;

  /** Whether the drain has seen a WebSocket, whether its client was told, and who spoke last. */
  private boolean closeDue;

  private boolean closeSaid;
  boolean answeredLast;

  /** Empty lines before requests: where they begin. */
  private final List<Integer> emptyLines = new ArrayList<>();

  private final String newline;

  /** How many requests a client sends before it has the answer to the first of them. */
  private final int depth;

  // Inspected so far

  private int heads;
  private int answered;
  private boolean headOfAnswer;
  private boolean telling;
  private boolean told;
  private Switch switched = Switch.NONE;
  private boolean unknown;

  Http1(Scene scene) {
    this.scene = scene;
    newline = scene.oneIn(20) ? "\n" : "\r\n";
    depth = scene.any(1, 1, 2, 3, 100);
  }

  // Making messages

  /** Makes some exchanges, the last of which may go over to something else. */
  void make(Switch last) {
    int count = scene.oneIn(100) ? 120 : 1 + scene.random.nextInt(5);
    for (int i = 1; i <= count; i++) {
      exchange(i == count ? last : Switch.NONE, i == count);
    }
    if (last == Switch.NONE && !exchanges.get(count - 1).isEndless && scene.oneIn(8)) {
      unsolicited();
    }
  }

  private void exchange(Switch to, boolean isLast) {
    Exchange exchange = new Exchange();
    exchange.method =
        to == Switch.NONE
            ? scene.any("GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
            : to == Switch.TUNNEL && scene.oneIn(2) ? "CONNECT" : "GET";
    boolean refused = to == Switch.TUNNEL && scene.oneIn(5);
    exchange.switches = refused ? Switch.NONE : to;
    request(exchange, to);
    answers(exchange, isLast);
    exchanges.add(exchange);
  }

  private void request(Exchange exchange, Switch to) {
    StringBuilder asking = scene.asking;
    if (scene.oneIn(10)) {
      emptyLines.add(asking.length());
      asking.append(newline);
    }
    exchange.requestFrom = asking.length();
    List<String> fields = noise();
    boolean hasBody =
        List.of("POST", "PUT", "PATCH").contains(exchange.method)
            || (exchange.method.equals("DELETE") && scene.oneIn(3));
    String body = hasBody ? scene.letters(LARGEST_BODY) : "";
    boolean chunked = hasBody && scene.oneIn(3);
    if (chunked) {
      fields.add(name("Transfer-Encoding") + ":" + scene.any("", " ") + encoding());
    } else if (hasBody || scene.oneIn(8)) {
      fields.add(name("Content-Length") + ":" + scene.any("", " ", "\t ") + body.length());
    }
    if (chunked || !body.isEmpty()) {
      exchange.expects = scene.oneIn(4);
      exchange.waits = exchange.expects && !scene.oneIn(4);
    }
    if (exchange.expects) {
      fields.add(name("Expect") + ": 100-continue");
    }
    if (to == Switch.HTTP_2) {
      fields.add("Connection: Upgrade, HTTP2-Settings");
      fields.add("Upgrade: h2c");
      fields.add("HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA");
    } else if (exchange.method.equals("GET") && to == Switch.TUNNEL) {
      fields.add("Connection: Upgrade");
      fields.add("Upgrade: websocket");
    } else if (scene.oneIn(6)) {
      fields.add(connection("keep-alive", "close", "Upgrade, HTTP2-Settings"));
    }
    Collections.shuffle(fields, scene.random);
    String target = exchange.method.equals("CONNECT") ? "a:1" : "/" + scene.any("", "x?y=z");
    asking.append(exchange.method + " " + target + " HTTP/1." + scene.any(1, 1, 1, 0) + newline);
    fields.forEach(field -> asking.append(field).append(newline));
    asking.append(newline);
    exchange.requestHeadEnd = asking.length();
    asking.append(chunked ? chunked(body, null) : body);
    exchange.requestEnd = asking.length();
    exchange.isReadFirst = scene.oneIn(2);
  }

  private void answers(Exchange exchange, boolean isLast) {
    StringBuilder saying = scene.saying;
    exchange.answerFrom = saying.length();
    exchange.interimEnd = saying.length();
    int interim = scene.oneIn(4) ? 1 + scene.random.nextInt(3) : 0;
    if (exchange.waits && exchange.isReadFirst) {
      interim = Math.max(interim, 1);
    }
    for (; interim > 0; interim--) {
      String first = exchange.expects ? "100 Continue" : "103 Early Hints\r\nLink: </a>";
      saying.append("HTTP/1.1 " + scene.any(first, first, "102 Processing"));
      saying.append("\r\n\r\n");
      exchange.interimEnd = saying.length();
    }
    exchange.finalFrom = saying.length();
    if (exchange.switches != Switch.NONE) {
      switching(exchange);
      return;
    }
    String status =
        scene.any("200 OK", "200 OK", "404 Not Found", "204 ", "304 Not Modified", "206 ");
    String body = scene.letters(LARGEST_BODY);
    boolean isBodiless =
        exchange.method.equals("HEAD") || status.startsWith("204") || status.startsWith("304");
    if (exchange.method.equals("CONNECT")) {
      status = "403 Forbidden";
      isBodiless = false;
    }
    List<String> fields = noise();
    boolean chunked = scene.oneIn(3);
    exchange.isEndless = !isBodiless && isLast && scene.oneIn(8);
    if (exchange.isEndless) {
      chunked = false;
    } else if (chunked) {
      fields.add(name("Transfer-Encoding") + ":" + scene.any("", " ") + encoding());
    } else if (!status.startsWith("204") && (!isBodiless || scene.oneIn(2))) {
      fields.add(name("Content-Length") + ":" + scene.any("", " ") + body.length());
    }
    if (scene.oneIn(12)) {
      fields.add(connection("close", "x, Close", "keep-alive ,close"));
      exchange.closes = true;
    }
    if (scene.oneIn(5)) {
      fields.add(connection("upgrade", "keep-alive, x", "x"));
    }
    for (int i = scene.oneIn(3) ? 1 + scene.random.nextInt(2) : 0; i > 0; i--) {
      fields.add(connection("keep-alive", "Keep-Alive"));
    }
    Collections.shuffle(fields, scene.random);
    head(exchange, "HTTP/1." + scene.any(1, 1, 1, 0) + " " + status, fields);
    if (!isBodiless) {
      int from = saying.length();
      saying.append(chunked ? chunked(body, files) : body);
      exchange.content = body;
      if (!chunked) {
        files.add(new int[] {from, saying.length()});
      }
    }
    exchange.answerTo = exchange.isEndless ? NEVER : saying.length();
  }

  private void switching(Exchange exchange) {
    List<String> fields = noise();
    String status = "101 Switching Protocols";
    if (exchange.switches == Switch.HTTP_2) {
      fields.add("Connection: Upgrade");
      fields.add("Upgrade: h2c");
    } else if (exchange.method.equals("GET")) {
      fields.add("Connection: Upgrade");
      exchange.isWebSocket = scene.oneIn(2);
      String other = scene.any("h2", "x");
      fields.removeIf(field -> field.startsWith("Upgrade"));
      fields.add(
          "Upgrade: " + (exchange.isWebSocket ? scene.any("websocket", "WebSocket") : other));
    } else {
      status = "200 Connection established";
    }
    head(exchange, "HTTP/1.1 " + status, fields);
    exchange.answerTo = exchange.headEnd;
    if (exchange.switches == Switch.TUNNEL) {
      scene.asking.append(scene.letters(LARGEST_BODY));
      if (exchange.isWebSocket) {
        webSocket();
      } else {
        files.add(new int[] {scene.saying.length(), NEVER});
        scene.saying.append(scene.letters(LARGEST_BODY));
      }
    }
  }

  /** What the server says on a WebSocket (RFC 6455, 5). */
  private void webSocket() {
    StringBuilder saying = scene.saying;
    webSocket.put(saying.length(), true);
    boolean within = false;
    for (int i = scene.random.nextInt(10); i > 0; i--) {
      boolean isControl = scene.oneIn(4);
      boolean isClose = isControl && scene.oneIn(5);
      boolean isLast = scene.oneIn(2);
      int opcode = isClose ? 8 : isControl ? scene.any(9, 10) : within ? 0 : scene.any(1, 2);
      String payload = scene.letters(isControl ? 20 : scene.any(0, 20, 300));
      saying.append((char) (opcode | (isControl || isLast ? 0x80 : 0)));
      if (payload.length() < 126 && !scene.oneIn(5)) {
        saying.append((char) payload.length());
      } else {
        int bytes = scene.any(2, 8);
        saying.append((char) (bytes == 2 ? 126 : 127)).append(bytes == 8 ? "\0\0\0\0" : "");
        Http2.number(saying, payload.length(), bytes == 2 ? 2 : 4);
      }
      files.add(new int[] {saying.length(), saying.length() + payload.length()});
      saying.append(payload);
      within = isControl ? within : !isLast;
      webSocket.put(saying.length(), !within);
      if (isClose) {
        webSocketClosed = Math.min(webSocketClosed, saying.length());
      }
    }
  }

  /** An answer to nothing, perhaps because a request does not get on. */
  private void unsolicited() {
    Exchange exchange = new Exchange();
    exchange.method = "GET";
    exchange.requestFrom = scene.asking.length();
    scene.asking.append(scene.any("", "", "G", "GET / HTTP/1.1\r\nHost: a", "POST "));
    exchange.answerFrom = scene.saying.length();
    exchange.interimEnd = exchange.answerFrom;
    exchange.finalFrom = exchange.answerFrom;
    List<String> fields = noise();
    exchange.closes = scene.oneIn(2);
    if (exchange.closes) {
      fields.add("Connection: close");
    }
    fields.add("Content-Length: 4");
    head(exchange, "HTTP/1.1 408 Request Timeout", fields);
    exchange.content = "late";
    files.add(new int[] {exchange.headEnd, exchange.headEnd + exchange.content.length()});
    scene.saying.append(exchange.content);
    exchange.answerTo = scene.saying.length();
    exchanges.add(exchange);
  }

  private void head(Exchange exchange, String first, List<String> fields) {
    StringBuilder saying = scene.saying;
    saying.append(first).append(newline);
    for (String field : fields) {
      if (field.matches("(?i)connection:\\s*keep-alive\\s*")) {
        exchange.keepAlive = saying.length();
        exchange.keepAliveSize = field.length() + newline.length();
      }
      saying.append(field).append(newline);
    }
    exchange.emptyLine = saying.length();
    saying.append(newline);
    exchange.headEnd = saying.length();
  }

  /** Fields that decide nothing. */
  private List<String> noise() {
    List<String> fields = new ArrayList<>();
    for (int i = scene.random.nextInt(4); i > 0; i--) {
      fields.add(
          scene.any(
              "Host: a",
              "Date: now",
              "X-Connection: close",
              "Connections: close",
              "X: Content-Length: 7",
              "Content-Lengths: 7",
              "Content-Encoding: chunked",
              "Trailer: Expect",
              "Cookie: connection: close",
              "c:",
              "T: ",
              "Upgrade: h2c",
              "Keep-Alive: timeout=5",
              "Eexpect: 100-continue",
              "Transfer-Encodings: chunked",
              "X: " + "y".repeat(scene.random.nextInt(scene.oneIn(500) ? 60_000 : 30))));
    }
    return fields;
  }

  /** A field's name in random case. */
  private String name(String name) {
    return scene.any(name, name, name.toLowerCase(Locale.ROOT), name.toUpperCase(Locale.ROOT));
  }

  private String connection(String... values) {
    return name("Connection")
        + ":"
        + scene.any("", " ", "  ")
        + scene.any(values)
        + scene.any("", " ");
  }

  private String encoding() {
    return scene.any("chunked", "chunked", "Chunked", "gzip, chunked", "gzip,chunked", "chunked ");
  }

  private String chunked(String body, List<int[]> where) {
    int before = scene.saying.length();
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < body.length(); ) {
      int size = 1 + scene.random.nextInt(body.length() - at);
      String hex = Integer.toHexString(size);
      text.append(scene.oneIn(5) ? "00" : "")
          .append(scene.oneIn(3) ? hex.toUpperCase(Locale.ROOT) : hex);
      text.append(scene.any("\r\n", "\r\n", ";x=y\r\n", " \r\n", ";a=\"1\"\r\n"));
      if (where != null) {
        where.add(new int[] {before + text.length(), before + text.length() + size + 2});
      }
      text.append(body, at, at + size).append("\r\n");
      at += size;
    }
    text.append(scene.any("0\r\n", "0\r\n", "000\r\n", "0;x\r\n"));
    text.append(scene.any("", "", "Trailer: x\r\n", "A: b\r\nContent-Length: 3\r\n"));
    return text.append("\r\n").toString();
  }

  // Talking

  /** How far the client may have sent by now. */
  int clientMay() {
    for (int i = 0; i < exchanges.size(); i++) {
      Exchange exchange = exchanges.get(i);
      if (i >= depth && scene.said < exchanges.get(i - depth).answerTo) {
        return Math.max(scene.asked, exchanges.get(i - 1).requestEnd);
      }
      if (exchange.waits
          && scene.said < exchange.headEnd
          && (scene.said < exchange.interimEnd || exchange.interimEnd == exchange.answerFrom)) {
        return exchange.requestHeadEnd;
      }
      if (exchange.switches != Switch.NONE && scene.said < exchange.headEnd) {
        return exchange.requestEnd;
      }
    }
    return scene.asking.length();
  }

  /** How far the server may have answered by now. */
  int serverMay() {
    for (Exchange exchange : exchanges) {
      if (exchange.requestHeadEnd == NEVER) {
        boolean quiet = scene.asked == scene.asking.length();
        return quiet ? exchange.answerTo : exchange.answerFrom;
      }
      if (scene.asked < exchange.requestHeadEnd) {
        return exchange.answerFrom;
      }
      if (exchange.isReadFirst && scene.asked < exchange.requestEnd) {
        return exchange.finalFrom;
      }
    }
    return scene.saying.length();
  }

  /** How many of the next bytes the kernel may send. */
  int mayBeFile() {
    if (scene.isAhead() || scene.isPending() || !scene.wire.takesFiles()) {
      return 0;
    }
    for (int[] file : files) {
      if (scene.said >= file[0] && scene.said < file[1]) {
        return Math.min(file[1], scene.saying.length()) - scene.said;
      }
    }
    return 0;
  }

  // Expectations

  /** So much has come. */
  void asked() {
    answeredLast = false;
    while (heads < exchanges.size() && exchanges.get(heads).requestHeadEnd <= scene.asked) {
      heads++;
      told = false;
    }
  }

  /** So much is about to go; how much of the server's was presented before does not matter. */
  void presented(int to) {
    answeredLast |= to > scene.presented;
    while (answered < exchanges.size() && !unknown) {
      Exchange exchange = exchanges.get(answered);
      if (!headOfAnswer && exchange.headEnd <= to) {
        headOfAnswer = true;
        telling = exchange.closes || saysClose(exchange);
      }
      if (exchange.answerTo > to) {
        break;
      }
      told = telling;
      headOfAnswer = false;
      answered++;
      switched = exchange.switches;
    }
  }

  private boolean saysClose(Exchange exchange) {
    boolean isLast = heads == answered + 1 && !isWithinHead();
    if (!scene.ended || !isLast || exchange.switches != Switch.NONE || scene.isPending()) {
      return false;
    }
    if (exchange.keepAliveSize > 0 && exchange.keepAlive >= scene.said) {
      scene.expect(exchange.keepAlive, exchange.keepAliveSize, Scene.CLOSE);
      return true;
    }
    if (exchange.emptyLine >= scene.said) {
      scene.expect(exchange.emptyLine, 0, Scene.CLOSE);
      return true;
    }
    return false;
  }

  private boolean isWithinHead() {
    for (int from : emptyLines) {
      if (scene.asked > from && scene.asked < from + newline.length()) {
        return true;
      }
    }
    return heads < exchanges.size() && scene.asked > exchanges.get(heads).requestFrom;
  }

  /**
   * The kernel is about to send so many bytes, whatever they are. What is not the body of an answer
   * cannot be followed, and neither can what comes behind bytes that have not gone.
   */
  void loseTrack(int count) {
    boolean isBody = count <= mayBeFile();
    if (!isBody) {
      unknown = true;
      if (scene.isPending()) {
        scene.forgetPending();
      }
    } else {
      presented(scene.said + count);
    }
  }

  /** The drain inspects the connection, and sends its word if it may. */
  void drain(boolean speaks) {
    JclusterConversation conversation = scene.wire.conversation;
    scene.check(!conversation.goaway(true, false), "GOAWAY is due, and it is not HTTP/2");
    boolean isWebSocket = switched == Switch.TUNNEL && !unknown && !webSocket.isEmpty();
    boolean isClosed = webSocketClosed <= scene.presented;
    closeDue = isWebSocket;
    scene.check(
        conversation.close() == (isWebSocket && !closeSaid && !isClosed),
        "a WebSocket is to be closed, or is not");
    boolean may =
        speaks
            && closeDue
            && !closeSaid
            && !isClosed
            && answeredLast
            && !scene.isAhead()
            && webSocket.getOrDefault(scene.said, false);
    if (may) {
      scene.expect(scene.said, 0, CLOSE_FRAME);
      closeSaid = true;
    }
    String word = speaks ? scene.wire.say() : "";
    scene.check(word.equals(may ? CLOSE_FRAME : ""), "Close may be said now, or may not");
    scene.check(conversation.isCloseSaid() == closeSaid, "Close was said, or was not");
  }

  boolean isUnknown() {
    return unknown;
  }

  Switch switched() {
    return switched;
  }

  void checkState() {
    if (unknown) {
      scene.checkState(JclusterConversation.UNKNOWN, -1);
    } else if (scene.asked == 0 || (heads == 0 && !isWithinHead())) {
      // An empty line may be the beginning of a proxy's header.
      scene.checkState(JclusterConversation.FRESH, scene.asked > 0 ? 1 : -1);
    } else {
      scene.checkState(state(), -1);
    }
  }

  private int state() {
    if (scene.isAhead()) {
      return JclusterConversation.BUSY;
    }
    if (switched == Switch.TUNNEL) {
      return JclusterConversation.TUNNEL;
    }
    int outstanding = heads - Math.min(answered, heads);
    if (isWithinAnswer()) {
      return JclusterConversation.BUSY;
    }
    if (outstanding > 0) {
      Exchange newest = exchanges.get(heads - 1);
      boolean isWithinBody = scene.asked < newest.requestEnd;
      boolean isAsked = anyInterim(newest) || scene.asked > newest.requestHeadEnd;
      return isWithinBody && outstanding == 1 && (!newest.expects || isAsked)
          ? JclusterConversation.UPLOADING
          : JclusterConversation.BUSY;
    }
    if (isWithinHead()) {
      return JclusterConversation.PARTIAL;
    }
    return told ? JclusterConversation.TOLD : JclusterConversation.IDLE;
  }

  /** Whether one of the interim answers has gone. */
  private boolean anyInterim(Exchange exchange) {
    int first = scene.saying.indexOf("\r\n\r\n", exchange.answerFrom) + 4;
    return exchange.interimEnd > exchange.answerFrom && scene.said >= first;
  }

  private boolean isWithinAnswer() {
    if (answered == exchanges.size()) {
      return false;
    }
    Exchange exchange = exchanges.get(answered);
    if (scene.said >= exchange.finalFrom) {
      return scene.said > exchange.finalFrom;
    }
    if (scene.said <= exchange.answerFrom) {
      return false;
    }
    return scene.saying.indexOf("\r\n\r\n", scene.said - 4) != scene.said - 4;
  }

  /**
   * Checks that a client can read what it has got.
   *
   * @return where another protocol begins
   */
  int checkMessages() {
    String got = scene.wire.got();
    int at = 0;
    for (Exchange exchange : exchanges) {
      var answer = new Answer(got, at, exchange.method);
      scene.check(
          answer.content.equals(exchange.content) || exchange.switches != Switch.NONE,
          "a client reads another content");
      at = answer.end;
      if (exchange.switches != Switch.NONE) {
        return at;
      }
    }
    scene.check(at == got.length(), "a client reads more than the answers");
    return at;
  }
}
