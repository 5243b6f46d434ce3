package jcluster.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.regex.Matcher;

/**
 * Makes requests of HTTP/2 with the JDK's client, which sends again by itself what a server has
 * refused to begin.
 */
final class Http2Client extends Client {
  private final java.net.http.HttpClient connection;
  private final HttpRequest request;

  Http2Client(Load load, java.net.http.HttpClient connection) {
    super(load, Kind.HTTP2);
    this.connection = connection;
    Plan plan = load.plan;
    request =
        HttpRequest.newBuilder(uri(plan, plan.tls == null ? "http" : "https", plan.path))
            .timeout(Duration.ofMillis(plan.timeoutMillis))
            .build();
  }

  static URI uri(Plan plan, String scheme, String path) {
    return URI.create(
        scheme + "://127.0.0.1:" + ((InetSocketAddress) plan.address).getPort() + path);
  }

  /** A client that makes as few connections as it can. */
  static java.net.http.HttpClient connection(Plan plan) {
    var builder =
        java.net.http.HttpClient.newBuilder().version(java.net.http.HttpClient.Version.HTTP_2);
    if (plan.tls != null) {
      builder.sslContext(plan.tls);
    }
    return builder.build();
  }

  @Override
  boolean turn() throws IOException {
    if (!load.begin()) {
      return false;
    }
    long begun = System.nanoTime();
    try {
      HttpResponse<String> answer = connection.send(request, BodyHandlers.ofString());
      answered(begun, check(answer));
    } catch (Failure e) {
      failed(e);
    } catch (HttpTimeoutException e) {
      boolean refused = e instanceof HttpConnectTimeoutException;
      failed(new Failure(refused ? Outcome.REFUSED : Outcome.TIMED_OUT, e.toString()));
    } catch (IOException e) {
      failed(new Failure(Outcome.RESET, e.toString()));
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return true;
  }

  /** Returns the worker that an answer names, or null. */
  private String check(HttpResponse<String> answer) throws Failure {
    Plan plan = load.plan;
    if (answer.statusCode() != 200) {
      throw new Failure(Outcome.WRONG_ANSWER, "status " + answer.statusCode());
    }
    if (answer.version() != java.net.http.HttpClient.Version.HTTP_2) {
      throw new Failure(Outcome.WRONG_ANSWER, "not HTTP/2 but " + answer.version());
    }
    if (plan.length >= 0 && plan.length != answer.body().length()) {
      throw new Failure(Outcome.WRONG_ANSWER, answer.body().length() + " bytes");
    }
    if (plan.expect != null) {
      Matcher matcher = plan.expect.matcher(answer.body());
      if (!matcher.matches()) {
        throw new Failure(Outcome.WRONG_ANSWER, "'" + answer.body() + "'");
      }
    }
    return answer
        .headers()
        .firstValue(plan.workerHeader.isEmpty() ? "-" : plan.workerHeader)
        .orElse(null);
  }
}
