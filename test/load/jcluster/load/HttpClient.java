package jcluster.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends a request, or several at once, reads the answers, and again. */
final class HttpClient extends Client {
  private static final int PIECE = 16_384;
  private static final long TRICKLE_MILLIS = 100;

  private final Plan plan;
  private final int depth;
  private final int rate;
  private final boolean pipelined;
  private final boolean keepAlive;
  private final ByteBuffer in = ByteBuffer.allocateDirect(PIECE);
  private final List<Message> messages = new ArrayList<>();
  private final ByteBuffer body;
  private final int piece;
  private Connection connection;
  private int turns;

  /** Those that are to be sent. */
  private List<Request> requests = new ArrayList<>();

  /** What a request consists of; {@code bytes} is its head, and among several also its body. */
  private record Message(String method, ByteBuffer bytes, Pattern expected) {}

  /** A request under way; {@code begun} is when it was first sent, in nanoseconds. */
  private record Request(Message message, long begun) {
    boolean post() {
      return message.method.equals("POST");
    }
  }

  HttpClient(Load load, Kind kind) {
    super(load, kind);
    plan = load.plan;
    pipelined = kind == Kind.SLOW || kind == Kind.PIPELINE;
    rate = kind == Kind.SLOW ? plan.rate : 0;
    keepAlive = pipelined || kind == Kind.KEEP_ALIVE || (kind == Kind.POST && plan.postKeepAlive);
    if (kind == Kind.PIPELINE && !plan.methods.isEmpty()) {
      plan.methods.forEach(method -> messages.add(message(method)));
      depth = messages.size();
    } else {
      messages.add(message(kind == Kind.POST ? "POST" : "GET"));
      depth = pipelined ? plan.depth : 1;
    }
    body = direct(kind == Kind.POST ? "x".repeat(plan.body) : "");
    long pieces = Math.max(1, plan.trickleMillis / TRICKLE_MILLIS);
    piece = plan.trickleMillis == 0 ? PIECE : (int) ((plan.body + pieces - 1) / pieces);
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes);
  }

  private Message message(String method) {
    boolean post = method.equals("POST");
    String path = plan.path;
    if (post && plan.postPath != null) {
      path = plan.postPath;
    } else if (kind == Kind.DOWNLOAD && plan.downloadPath != null) {
      path = plan.downloadPath;
    }
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\n"
            + (post ? "Content-Length: " + plan.body + "\r\n" : "")
            + (post && plan.expectContinue ? "Expect: 100-continue\r\n" : "")
            + (plan.close && !keepAlive ? "Connection: close\r\n" : "")
            + "\r\n";
    Pattern page = kind == Kind.DOWNLOAD ? null : plan.expect;
    return new Message(
        method,
        direct(head + (post && pipelined ? "x".repeat(plan.body) : "")),
        post && plan.postExpect != null ? plan.postExpect : page);
  }

  @Override
  boolean turn() throws IOException {
    while (requests.size() < depth && load.begin()) {
      Message message = messages.get(turns++ % messages.size());
      requests.add(new Request(message, System.nanoTime()));
    }
    if (requests.isEmpty()) {
      disconnect();
      return false;
    }
    while (!requests.isEmpty()) {
      try {
        connection = connection == null ? new Connection(load, in, rate) : connection;
        exchange();
        if (!keepAlive || !connection.usable()) {
          disconnect();
        }
      } catch (Failure e) {
        requests.forEach(request -> failed(e));
        requests.clear();
      }
    }
    return true;
  }

  private void disconnect() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  /** Sends all requests and reads the answers; those that are to be sent again remain. */
  private void exchange() {
    long idle = TimeUnit.NANOSECONDS.toMillis(connection.idle());
    connection.send(together());
    if (!plan.expectContinue || kind != Kind.POST) {
      sendBody();
    }
    if (plan.early) {
      going();
    }
    List<Request> again = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      Request request = requests.get(i);
      try {
        answered(request.begun, read(request, i == requests.size() - 1));
      } catch (Failure e) {
        boolean may = connection.mayRepeat(e);
        if (may && !request.post()) {
          load.tally.retried(kind);
          again.add(request);
        } else if (may && idle > plan.graceMillis) {
          load.tally.late(kind);
        } else {
          failed(e);
        }
      }
    }
    requests = again;
  }

  /** The bytes of all requests, to be sent at once. */
  private ByteBuffer together() {
    if (requests.size() == 1) {
      return requests.get(0).message.bytes.duplicate().rewind();
    }
    var all =
        ByteBuffer.allocate(requests.stream().mapToInt(r -> r.message.bytes.capacity()).sum());
    requests.forEach(request -> all.put(request.message.bytes.duplicate().rewind()));
    return all.flip();
  }

  private void sendBody() {
    long due = System.nanoTime();
    for (int at = 0; at < body.capacity(); at += piece) {
      if (plan.trickleMillis > 0) {
        due += TimeUnit.MILLISECONDS.toNanos(TRICKLE_MILLIS);
        load.pause(due - System.nanoTime());
      }
      connection.send(body.slice(at, Math.min(piece, body.capacity() - at)));
    }
  }

  /** Reads an answer, and returns the worker that it names, or null. */
  private String read(Request request, boolean last) throws Failure {
    connection.nextAnswer();
    if (plan.expectContinue && kind == Kind.POST) {
      Answer interim = Answer.next(connection);
      if (!interim.interim()) {
        throw connection.malformed("an answer without the body: " + interim.status());
      }
      sendBody();
    }
    Answer answer = Answer.head(connection);
    if (kind == Kind.DOWNLOAD || kind == Kind.SLOW) {
      going();
    }
    boolean head = request.message.method.equals("HEAD");
    Pattern expected = head ? null : request.message.expected;
    String text = head ? "" : answer.body(connection, expected != null);
    if (last && connection.hasMore()) {
      throw connection.malformed("more than the answer " + answer);
    }
    connection.answered();
    if (!answer.keepsAlive()) {
      connection.giveUp();
    }
    if (!answer.ok()) {
      throw new Failure(Outcome.WRONG_ANSWER, answer.status());
    }
    if (!head && plan.length >= 0 && plan.length != connection.taken()) {
      String wrong = connection.taken() + " bytes instead of " + plan.length;
      throw new Failure(Outcome.WRONG_ANSWER, wrong);
    }
    String worker = answer.headers().get(plan.workerHeader);
    if (expected != null) {
      Matcher matcher = expected.matcher(text);
      if (!matcher.matches()) {
        throw new Failure(Outcome.WRONG_ANSWER, "'" + text + "'");
      }
      if (expected.pattern().contains("(?<worker>")) {
        worker = matcher.group("worker");
      }
    }
    return worker;
  }
}
