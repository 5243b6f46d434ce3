package jcluster.traffic;

import static jcluster.compat.Option.HTTP2;
import static jcluster.compat.Option.MUTUAL;
import static jcluster.compat.Option.PROXY;
import static jcluster.compat.Option.STOP;
import static jcluster.compat.Option.TLS;
import static jcluster.compat.Server.GRPC;
import static jcluster.compat.Server.HELIDON;
import static jcluster.compat.Server.HTTPSERVER;
import static jcluster.compat.Server.JETTY;
import static jcluster.compat.Server.NETTY;
import static jcluster.compat.Server.SPRING;
import static jcluster.compat.Server.THREADS;
import static jcluster.compat.Server.TOMCAT;
import static jcluster.compat.Server.UNDERTOW;
import static jcluster.compat.Server.VERTX;
import static jcluster.traffic.Kind.CALLS;
import static jcluster.traffic.Kind.CALL_STREAMS;
import static jcluster.traffic.Kind.CONTINUE;
import static jcluster.traffic.Kind.CURL_1;
import static jcluster.traffic.Kind.CURL_20;
import static jcluster.traffic.Kind.CURL_KNOWN;
import static jcluster.traffic.Kind.EVENTS;
import static jcluster.traffic.Kind.FILE;
import static jcluster.traffic.Kind.GET_HEAD;
import static jcluster.traffic.Kind.H2LOAD_1;
import static jcluster.traffic.Kind.H2LOAD_20;
import static jcluster.traffic.Kind.HALVES;
import static jcluster.traffic.Kind.HEAD_GET;
import static jcluster.traffic.Kind.HUGE_FILE;
import static jcluster.traffic.Kind.JDK_1;
import static jcluster.traffic.Kind.JDK_20;
import static jcluster.traffic.Kind.JDK_IDLE;
import static jcluster.traffic.Kind.JDK_SLOW;
import static jcluster.traffic.Kind.KEPT;
import static jcluster.traffic.Kind.KEPT_1;
import static jcluster.traffic.Kind.KEPT_4;
import static jcluster.traffic.Kind.NEW;
import static jcluster.traffic.Kind.POSTS;
import static jcluster.traffic.Kind.POSTS_FAR;
import static jcluster.traffic.Kind.POSTS_LATE;
import static jcluster.traffic.Kind.POST_GET_HEAD;
import static jcluster.traffic.Kind.PROXY_V1;
import static jcluster.traffic.Kind.PROXY_V2;
import static jcluster.traffic.Kind.SLOW;
import static jcluster.traffic.Kind.SLOW_25;
import static jcluster.traffic.Kind.STREAM;
import static jcluster.traffic.Kind.TLS_12;
import static jcluster.traffic.Kind.TLS_13;
import static jcluster.traffic.Kind.UPLOAD;
import static jcluster.traffic.Kind.WEBSOCKET;

import java.util.ArrayList;
import java.util.List;
import jcluster.compat.Site;

/**
 * All rows of the table. Rows of the same server follow each other, for they share its workers; the
 * application's own shutdown hook stops the server at once in about half of them.
 */
final class Rows {
  private static final List<Row> LIST = new ArrayList<>();

  static final List<Row> ALL = all();

  /** A few of them, for a short trial. */
  static final List<Row> SHORT =
      List.of(
          new Row(HTTPSERVER.with(STOP), SLOW),
          new Row(HTTPSERVER.with(STOP), POSTS_FAR),
          new Row(HTTPSERVER.with(STOP), HALVES),
          new Row(HTTPSERVER.with(TLS), KEPT_1),
          new Row(JETTY.with(TLS, HTTP2), JDK_20),
          new Row(NETTY.with(HTTP2), JDK_20),
          new Row(VERTX.with(), FILE));

  /**
   * How much longer than others a worker with Spring Boot's Tomcat takes, in seconds. Tomcat wakes
   * its acceptor by a connection to its own port, which another worker accepts, and waits for its
   * acceptor for a second; Spring Boot has it do so twice.
   */
  private static final int WAKES = 2;

  private Rows() {}

  private static void row(Site site, Kind kind) {
    LIST.add(new Row(site, kind));
  }

  private static List<Row> all() {
    // Plain
    row(HTTPSERVER.with(), NEW);
    row(HTTPSERVER.with(), KEPT);
    row(HTTPSERVER.with(), KEPT_1);
    row(HTTPSERVER.with(), KEPT_4);
    row(HTTPSERVER.with(), POSTS);
    row(HTTPSERVER.with(), POSTS_FAR);
    row(HTTPSERVER.with(), POSTS_LATE);
    row(HTTPSERVER.with(), STREAM);
    row(HTTPSERVER.with(), EVENTS);
    row(HTTPSERVER.with(), UPLOAD);
    row(HTTPSERVER.with(), HEAD_GET);
    row(HTTPSERVER.with(), GET_HEAD);
    row(HTTPSERVER.with(), POST_GET_HEAD);
    row(HTTPSERVER.with(), CONTINUE);
    row(HTTPSERVER.with(), HALVES);
    row(HTTPSERVER.with(STOP), NEW);
    row(HTTPSERVER.with(STOP), KEPT_1);
    row(HTTPSERVER.with(STOP), POSTS_FAR);
    row(HTTPSERVER.with(STOP), SLOW);
    row(HTTPSERVER.with(STOP), STREAM);
    row(HTTPSERVER.with(STOP), UPLOAD);
    row(HTTPSERVER.with(STOP), SLOW_25);
    row(THREADS.with(), NEW);
    row(THREADS.with(), KEPT_1);
    row(THREADS.with(), SLOW);
    row(THREADS.with(), HEAD_GET);
    row(THREADS.with(), HALVES);
    row(TOMCAT.with(), NEW);
    row(TOMCAT.with(), KEPT_1);
    row(TOMCAT.with(), FILE);
    row(TOMCAT.with(), HUGE_FILE);
    row(TOMCAT.with(), WEBSOCKET);
    row(TOMCAT.with(), HEAD_GET);
    row(TOMCAT.with(), CONTINUE);
    row(TOMCAT.with(), HALVES);
    row(TOMCAT.with(STOP), KEPT_4);
    row(TOMCAT.with(STOP), STREAM);
    row(TOMCAT.with(STOP), SLOW_25);
    row(JETTY.with(), KEPT_1);
    row(JETTY.with(), WEBSOCKET);
    row(JETTY.with(), GET_HEAD);
    row(JETTY.with(), HALVES);
    row(JETTY.with(STOP), EVENTS);
    row(JETTY.with(STOP), UPLOAD);
    row(JETTY.with(STOP), SLOW_25);
    row(JETTY.with(PROXY), PROXY_V1);
    row(JETTY.with(PROXY), PROXY_V2);
    row(UNDERTOW.with(), KEPT_1);
    row(UNDERTOW.with(), FILE);
    row(UNDERTOW.with(), HUGE_FILE);
    row(UNDERTOW.with(), WEBSOCKET);
    row(UNDERTOW.with(), HEAD_GET);
    row(UNDERTOW.with(), HALVES);
    row(UNDERTOW.with(STOP), STREAM);
    row(UNDERTOW.with(PROXY), PROXY_V1);
    row(UNDERTOW.with(PROXY), PROXY_V2);
    row(NETTY.with(), KEPT_1);
    row(NETTY.with(), FILE);
    row(NETTY.with(), HUGE_FILE);
    row(NETTY.with(), WEBSOCKET);
    row(NETTY.with(), POST_GET_HEAD);
    row(NETTY.with(), CONTINUE);
    row(NETTY.with(), HALVES);
    row(NETTY.with(STOP), SLOW);
    row(NETTY.with(STOP), EVENTS);
    row(NETTY.with(PROXY), PROXY_V1);
    row(NETTY.with(PROXY), PROXY_V2);
    row(VERTX.with(), KEPT_1);
    row(VERTX.with(), POSTS_FAR);
    row(VERTX.with(), FILE);
    row(VERTX.with(), HUGE_FILE);
    row(VERTX.with(), WEBSOCKET);
    row(VERTX.with(), HALVES);
    row(VERTX.with(STOP), SLOW);
    row(VERTX.with(STOP), STREAM);
    row(VERTX.with(PROXY), PROXY_V1);
    row(VERTX.with(PROXY), PROXY_V2);

    // HTTP/2, prior knowledge (h2load, curl that is told so) and upgrade
    row(TOMCAT.with(HTTP2), JDK_1);
    row(TOMCAT.with(HTTP2), JDK_20);
    row(TOMCAT.with(HTTP2), CURL_1);
    row(TOMCAT.with(HTTP2), CURL_KNOWN);
    row(TOMCAT.with(HTTP2), H2LOAD_20);
    row(JETTY.with(HTTP2), JDK_1);
    row(JETTY.with(HTTP2), JDK_20);
    row(JETTY.with(HTTP2), CURL_1);
    row(JETTY.with(HTTP2), CURL_KNOWN);
    row(JETTY.with(HTTP2), H2LOAD_20);
    row(NETTY.with(HTTP2), JDK_1);
    row(NETTY.with(HTTP2), JDK_20);
    row(NETTY.with(HTTP2), CURL_1);
    row(NETTY.with(HTTP2), CURL_KNOWN);
    row(NETTY.with(HTTP2), H2LOAD_20);
    row(VERTX.with(HTTP2), JDK_1);
    row(VERTX.with(HTTP2), JDK_20);
    row(VERTX.with(HTTP2), CURL_KNOWN);
    row(VERTX.with(HTTP2), H2LOAD_20);
    row(HELIDON.with(HTTP2), JDK_1);
    row(HELIDON.with(HTTP2), JDK_20);
    row(HELIDON.with(HTTP2), CURL_KNOWN);
    row(HELIDON.with(HTTP2), H2LOAD_20);
    row(UNDERTOW.with(HTTP2), CURL_KNOWN);
    row(UNDERTOW.with(HTTP2), H2LOAD_1);
    row(UNDERTOW.with(HTTP2), H2LOAD_20);
    row(JETTY.with(HTTP2, STOP), JDK_SLOW);
    row(JETTY.with(HTTP2, STOP), JDK_IDLE);
    row(NETTY.with(HTTP2, STOP), JDK_SLOW);
    row(NETTY.with(HTTP2, STOP), JDK_IDLE);
    row(GRPC.with(), CALLS);
    row(GRPC.with(), CALL_STREAMS);
    row(GRPC.with(STOP), CALLS);
    row(GRPC.with(STOP), CALL_STREAMS);

    // HTTPS
    row(HTTPSERVER.with(TLS), NEW);
    row(HTTPSERVER.with(TLS), KEPT);
    row(HTTPSERVER.with(TLS), KEPT_1);
    row(HTTPSERVER.with(TLS), KEPT_4);
    row(HTTPSERVER.with(TLS), POSTS_FAR);
    row(HTTPSERVER.with(TLS), POSTS_LATE);
    row(HTTPSERVER.with(TLS), STREAM);
    row(HTTPSERVER.with(TLS), UPLOAD);
    row(HTTPSERVER.with(TLS), HEAD_GET);
    row(HTTPSERVER.with(TLS), TLS_12);
    row(HTTPSERVER.with(TLS), TLS_13);
    row(THREADS.with(TLS), NEW);
    row(THREADS.with(TLS), KEPT_1);
    row(TOMCAT.with(TLS), NEW);
    row(TOMCAT.with(TLS), KEPT_1);
    row(TOMCAT.with(TLS), FILE);
    row(TOMCAT.with(TLS), WEBSOCKET);
    row(TOMCAT.with(TLS), TLS_12);
    row(TOMCAT.with(TLS), TLS_13);
    row(JETTY.with(TLS), NEW);
    row(JETTY.with(TLS), KEPT_1);
    row(JETTY.with(TLS), POSTS_FAR);
    row(JETTY.with(TLS), STREAM);
    row(JETTY.with(TLS), WEBSOCKET);
    row(JETTY.with(TLS), TLS_12);
    row(JETTY.with(TLS), TLS_13);
    row(UNDERTOW.with(TLS), NEW);
    row(UNDERTOW.with(TLS), KEPT_1);
    row(UNDERTOW.with(TLS), FILE);
    row(UNDERTOW.with(TLS), WEBSOCKET);
    row(NETTY.with(TLS), NEW);
    row(NETTY.with(TLS), KEPT_1);
    row(NETTY.with(TLS), WEBSOCKET);
    row(NETTY.with(TLS), TLS_12);
    row(NETTY.with(TLS), TLS_13);
    row(VERTX.with(TLS), NEW);
    row(VERTX.with(TLS), KEPT_1);
    row(VERTX.with(TLS), FILE);
    row(VERTX.with(TLS), POSTS_FAR);
    LIST.add(new Row(SPRING.with(TLS), NEW, NEW.most() + WAKES));
    row(SPRING.with(TLS), KEPT_1);
    row(HELIDON.with(TLS), NEW);
    row(HELIDON.with(TLS), KEPT_1);
    row(HTTPSERVER.with(TLS, STOP), KEPT_1);
    row(HTTPSERVER.with(TLS, STOP), SLOW);
    row(HTTPSERVER.with(TLS, STOP), STREAM);
    row(HTTPSERVER.with(TLS, STOP), SLOW_25);
    row(TOMCAT.with(TLS, STOP), KEPT_1);
    row(TOMCAT.with(TLS, STOP), SLOW);
    row(TOMCAT.with(TLS, STOP), SLOW_25);
    row(JETTY.with(TLS, STOP), KEPT_1);
    row(JETTY.with(TLS, STOP), SLOW);
    row(JETTY.with(TLS, STOP), STREAM);
    row(UNDERTOW.with(TLS, STOP), KEPT_1);
    row(UNDERTOW.with(TLS, STOP), SLOW);
    row(NETTY.with(TLS, STOP), KEPT_1);
    row(NETTY.with(TLS, STOP), SLOW);
    row(VERTX.with(TLS, STOP), KEPT_1);
    row(VERTX.with(TLS, STOP), SLOW);
    row(SPRING.with(TLS, STOP), KEPT_1);
    row(SPRING.with(TLS, STOP), SLOW);
    row(SPRING.with(TLS, STOP), STREAM);
    row(HELIDON.with(TLS, STOP), KEPT_1);
    row(HELIDON.with(TLS, STOP), SLOW);
    row(HTTPSERVER.with(TLS, MUTUAL), KEPT_1);
    row(THREADS.with(TLS, MUTUAL), KEPT_1);
    row(TOMCAT.with(TLS, MUTUAL), KEPT_1);
    row(JETTY.with(TLS, MUTUAL), KEPT_1);
    row(UNDERTOW.with(TLS, MUTUAL), KEPT_1);
    row(NETTY.with(TLS, MUTUAL), KEPT_1);
    row(VERTX.with(TLS, MUTUAL), KEPT_1);

    // HTTP/2 over TLS
    row(TOMCAT.with(TLS, HTTP2), JDK_1);
    row(TOMCAT.with(TLS, HTTP2), JDK_20);
    row(TOMCAT.with(TLS, HTTP2), JDK_IDLE);
    row(TOMCAT.with(TLS, HTTP2), CURL_20);
    row(TOMCAT.with(TLS, HTTP2), H2LOAD_20);
    row(JETTY.with(TLS, HTTP2), JDK_1);
    row(JETTY.with(TLS, HTTP2), JDK_20);
    row(JETTY.with(TLS, HTTP2), JDK_IDLE);
    row(JETTY.with(TLS, HTTP2), CURL_1);
    row(JETTY.with(TLS, HTTP2), CURL_20);
    row(JETTY.with(TLS, HTTP2), H2LOAD_1);
    row(JETTY.with(TLS, HTTP2), H2LOAD_20);
    row(UNDERTOW.with(TLS, HTTP2), JDK_1);
    row(UNDERTOW.with(TLS, HTTP2), JDK_20);
    row(UNDERTOW.with(TLS, HTTP2), JDK_IDLE);
    row(UNDERTOW.with(TLS, HTTP2), CURL_20);
    row(UNDERTOW.with(TLS, HTTP2), H2LOAD_20);
    row(NETTY.with(TLS, HTTP2), JDK_1);
    row(NETTY.with(TLS, HTTP2), JDK_20);
    row(NETTY.with(TLS, HTTP2), JDK_IDLE);
    row(NETTY.with(TLS, HTTP2), CURL_1);
    row(NETTY.with(TLS, HTTP2), CURL_20);
    row(NETTY.with(TLS, HTTP2), H2LOAD_1);
    row(NETTY.with(TLS, HTTP2), H2LOAD_20);
    row(VERTX.with(TLS, HTTP2), JDK_1);
    row(VERTX.with(TLS, HTTP2), JDK_20);
    row(VERTX.with(TLS, HTTP2), JDK_IDLE);
    row(VERTX.with(TLS, HTTP2), CURL_20);
    row(VERTX.with(TLS, HTTP2), H2LOAD_20);
    row(SPRING.with(TLS, HTTP2), JDK_1);
    row(SPRING.with(TLS, HTTP2), JDK_20);
    row(SPRING.with(TLS, HTTP2), JDK_IDLE);
    row(SPRING.with(TLS, HTTP2), CURL_20);
    row(SPRING.with(TLS, HTTP2), H2LOAD_20);
    row(HELIDON.with(TLS, HTTP2), JDK_1);
    row(HELIDON.with(TLS, HTTP2), JDK_20);
    row(HELIDON.with(TLS, HTTP2), JDK_IDLE);
    row(HELIDON.with(TLS, HTTP2), CURL_20);
    row(HELIDON.with(TLS, HTTP2), H2LOAD_20);
    row(TOMCAT.with(TLS, HTTP2, STOP), JDK_SLOW);
    row(JETTY.with(TLS, HTTP2, STOP), JDK_SLOW);
    row(JETTY.with(TLS, HTTP2, STOP), JDK_20);
    row(UNDERTOW.with(TLS, HTTP2, STOP), JDK_SLOW);
    row(NETTY.with(TLS, HTTP2, STOP), JDK_SLOW);
    row(NETTY.with(TLS, HTTP2, STOP), JDK_20);
    row(VERTX.with(TLS, HTTP2, STOP), JDK_SLOW);
    row(VERTX.with(TLS, HTTP2, STOP), JDK_20);
    row(SPRING.with(TLS, HTTP2, STOP), JDK_SLOW);
    row(HELIDON.with(TLS, HTTP2, STOP), JDK_SLOW);
    row(GRPC.with(TLS), CALLS);
    row(GRPC.with(TLS), CALL_STREAMS);
    row(GRPC.with(TLS, STOP), CALLS);
    row(GRPC.with(TLS, STOP), CALL_STREAMS);
    return List.copyOf(LIST);
  }
}
