package jcluster.load;

import java.io.IOException;
import java.net.http.WebSocket;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Sends a message, wants it back, and again on the same connection. A message is lost if the
 * connection ends before it has come back; if the server says in time that it goes away, it is to
 * be sent again.
 */
final class WebSocketClient extends Client {
  private static final int GOING_AWAY = 1001;
  private static final int RESTART = 1012;

  private final java.net.http.HttpClient client;
  private WebSocket connection;
  private Ears ears;
  private long number;

  WebSocketClient(Load load) {
    super(load, Kind.WEBSOCKET);
    client = Http2Client.connection(load.plan);
  }

  /** A message that has arrived, or how the connection ended. */
  private record News(String text, Failure end) {}

  /** Queues incoming messages and the end of the connection. */
  private static final class Ears implements WebSocket.Listener {
    final BlockingQueue<News> news = new ArrayBlockingQueue<>(16);
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        news.add(new News(text.toString(), null));
        text.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      boolean away = status == GOING_AWAY || status == RESTART;
      Outcome outcome = away ? Outcome.RETRYABLE : Outcome.CLOSED_BEFORE_ANSWER;
      news.add(new News(null, new Failure(outcome, "closed with status " + status)));
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable e) {
      news.add(new News(null, new Failure(Outcome.RESET, e.toString())));
    }
  }

  @Override
  boolean turn() throws IOException {
    if (!load.begin()) {
      disconnect();
      return false;
    }
    long begun = System.nanoTime();
    String text = "message " + ++number;
    try {
      while (!exchange(text)) {
        load.tally.retried(kind);
      }
      answered(begun, null);
    } catch (Failure e) {
      disconnect();
      failed(e);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return true;
  }

  private void disconnect() {
    if (connection != null) {
      connection.abort();
      connection = null;
    }
  }

  /** Whether the message came back; if not, it is to be sent again. */
  private boolean exchange(String text) throws Failure, InterruptedException {
    if (connection != null && !ears.news.isEmpty()) { // It has ended meanwhile, and that is known.
      disconnect();
    }
    if (connection == null) {
      connect();
    }
    try {
      connection.sendText(text, true).join();
    } catch (CompletionException e) {
      // The listener hears the reason.
    }
    News news = ears.news.poll(load.plan.timeoutMillis, TimeUnit.MILLISECONDS);
    if (news == null) {
      throw new Failure(Outcome.TIMED_OUT, "no echo of " + text);
    }
    if (news.end != null && news.end.outcome == Outcome.RETRYABLE) {
      disconnect();
      return false;
    }
    if (news.end != null) {
      throw news.end;
    }
    if (!news.text.equals(text)) {
      throw new Failure(Outcome.WRONG_ANSWER, "'" + news.text + "' for '" + text + "'");
    }
    return true;
  }

  private void connect() throws Failure {
    ears = new Ears();
    String scheme = load.plan.tls == null ? "ws" : "wss";
    CompletableFuture<WebSocket> opening =
        client
            .newWebSocketBuilder()
            .buildAsync(Http2Client.uri(load.plan, scheme, load.plan.path), ears);
    try {
      connection = opening.join();
    } catch (CompletionException e) {
      throw new Failure(Outcome.REFUSED, "while connecting: " + e.getCause());
    }
  }
}
