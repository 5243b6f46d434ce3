package jcluster.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends a request, or several at once, reads the answers, and again. */
final class HttpClient extends Client {
  private static final int PIECE = 16_384;

  private final Plan plan;
  private final int depth;
  private final int rate;
  private final boolean keepAlive;
  private final Pattern expected;
  private final ByteBuffer in = ByteBuffer.allocateDirect(PIECE);
  private final ByteBuffer heads;
  private final ByteBuffer body;
  private Connection connection;

  /** When each request that is to be sent was begun, in nanoseconds. */
  private List<Long> requests = new ArrayList<>();

  HttpClient(Load load, Kind kind) {
    super(load, kind);
    plan = load.plan;
    boolean pipelined = kind == Kind.SLOW || kind == Kind.PIPELINE;
    depth = pipelined ? plan.depth : 1;
    rate = kind == Kind.SLOW ? plan.rate : 0;
    boolean post = kind == Kind.POST;
    keepAlive = pipelined || kind == Kind.KEEP_ALIVE || (post && plan.postKeepAlive);
    Pattern page = kind == Kind.DOWNLOAD ? null : plan.expect;
    expected = post && plan.postExpect != null ? plan.postExpect : page;
    heads = direct(head().repeat(depth));
    body = direct(post ? "x".repeat(plan.body) : "");
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes);
  }

  private String head() {
    String start =
        switch (kind) {
          case POST -> "POST " + (plan.postPath == null ? plan.path : plan.postPath);
          case DOWNLOAD -> "GET " + (plan.downloadPath == null ? plan.path : plan.downloadPath);
          default -> "GET " + plan.path;
        };
    return start
        + " HTTP/1.1\r\nHost: localhost\r\n"
        + (kind == Kind.POST ? "Content-Length: " + plan.body + "\r\n" : "")
        + (plan.close && !keepAlive ? "Connection: close\r\n" : "")
        + "\r\n";
  }

  @Override
  boolean turn() throws IOException {
    while (requests.size() < depth && load.begin()) {
      requests.add(System.nanoTime());
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
        requests.forEach(begun -> failed(e));
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
    connection.send(heads.slice(0, heads.capacity() / depth * requests.size()));
    for (int at = 0; at < body.capacity(); at += PIECE) {
      connection.send(body.slice(at, Math.min(PIECE, body.capacity() - at)));
    }
    List<Long> again = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      try {
        answered(requests.get(i), read(i == requests.size() - 1));
      } catch (Failure e) {
        if (kind != Kind.POST && connection.mayRepeat(e)) {
          load.tally.retried(kind);
          again.add(requests.get(i));
        } else {
          failed(e);
        }
      }
    }
    requests = again;
  }

  /** Reads an answer, and returns the worker that it names, or null. */
  private String read(boolean last) throws Failure {
    connection.nextAnswer();
    Answer answer = Answer.head(connection);
    if (kind == Kind.DOWNLOAD || kind == Kind.SLOW) {
      going();
    }
    String text = answer.body(connection, expected != null);
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
