package jcluster.compat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A server that knows nothing of jcluster.
 *
 * <p>Its command is what its user types, in a folder that has the jars; %s is the port or path.
 */
public enum Server {
  HTTPSERVER("JDK HttpServer", "java -jar httpserver.jar %s", Traffic.HTTP),
  // Each process has a /proc/self/stat of its own, which begins with its id.
  JWEBSERVER("jwebserver", "jwebserver -b 0.0.0.0 -p %s -d /proc/self", Traffic.FILES),
  MODULE("java -m jdk.httpserver", "java -m jdk.httpserver -p %s -d /proc/self", Traffic.FILES),
  THREADS("ServerSocket, threads", "java -jar threads.jar %s", Traffic.HTTP),
  VIRTUAL("ServerSocket, virtual threads", "java -jar virtual.jar %s", Traffic.DOWNLOADS),
  NIO("Selector", "java -jar nio.jar %s", Traffic.GETS),
  NIO2("AsynchronousServerSocketChannel", "java -jar nio2.jar %s", Traffic.GETS),
  TOMCAT("Tomcat", "java -jar tomcat.jar %s", Traffic.HTTP),
  JETTY("Jetty", "java -jar jetty.jar %s", Traffic.HTTP),
  UNDERTOW("Undertow", "java -jar undertow.jar %s", Traffic.HTTP),
  GRIZZLY("Grizzly", "java -jar grizzly.jar %s", Traffic.HTTP),
  NETTY("Netty", "java -jar netty.jar %s", Traffic.HTTP),
  NETTY_EPOLL("Netty, epoll if it is there", "java -jar netty.jar %s native", Traffic.HTTP),
  VERTX("Vert.x", "java -jar vertx.jar %s", Traffic.HTTP),
  VERTX_EPOLL("Vert.x, native preferred", "java -jar vertx.jar %s native", Traffic.HTTP),
  SPRING("Spring Boot, Tomcat", "java -jar spring.jar --server.port=%s", Traffic.HTTP),
  BOOT("Spring Boot, one jar", "java -jar boot.jar --server.port=%s", Traffic.HTTP),
  WEBFLUX("Spring Boot, WebFlux", "java -jar webflux.jar --server.port=%s", Traffic.HTTP),
  HELIDON("Helidon SE", "java -jar helidon.jar %s", Traffic.HTTP),
  GRPC("gRPC", "java -jar grpc.jar %s", Traffic.CALLS),
  UDP_SOCKET("DatagramSocket", "java -cp udp.jar SocketEcho %s", Traffic.DATAGRAMS),
  UDP_CHANNEL("DatagramChannel", "java -cp udp.jar ChannelEcho %s", Traffic.DATAGRAMS),
  UDP_SELECTOR("DatagramChannel, Selector", "java -cp udp.jar SelectorEcho %s", Traffic.DATAGRAMS),
  UNIX("Unix socket", "java -jar unix.jar %s", Traffic.UNIX),
  UNIX_TOMCAT("Tomcat, Unix socket", "java -jar tomcat.jar %s", Traffic.UNIX),
  UNIX_FRESH("Unix socket, file removed first", "java -jar unix.jar %s fresh", Traffic.UNIX);

  final String title;
  final String command;
  final Traffic traffic;

  Server(String title, String command, Traffic traffic) {
    this.title = title;
    this.command = command;
    this.traffic = traffic;
  }

  /** This server with these options. */
  public Site with(Option... options) {
    return Site.of(this, options);
  }

  /** Whether it can be told so in {@link Compat}. */
  boolean can(Option option) {
    return switch (this) {
      case HTTPSERVER, THREADS -> option == Option.TLS;
      case TOMCAT, JETTY, UNDERTOW, NETTY, VERTX, SPRING, HELIDON ->
          option == Option.TLS || option == Option.HTTP2;
      default -> false;
    };
  }

  /** The oldest JDK that it runs on. */
  public int jdk() {
    return switch (this) {
      case JWEBSERVER, MODULE -> 18;
      case VIRTUAL, HELIDON -> 21;
      default -> 17;
    };
  }

  /** The known cause and remedy of such a failure, or an empty text. */
  String known(String failure) {
    return this == GRIZZLY && failure.contains("404 Not Found")
        ? "answers 404 until it has its handlers; add the listener after start()"
        : "";
  }

  /** Its library, in the lock file; empty if that is the JDK. */
  private String artifact() {
    return switch (this) {
      case TOMCAT, UNIX_TOMCAT -> "tomcat-embed-core";
      case JETTY -> "jetty-server";
      case UNDERTOW -> "undertow-core";
      case GRIZZLY -> "grizzly-http-server";
      case NETTY, NETTY_EPOLL -> "netty-codec-http";
      case VERTX, VERTX_EPOLL -> "vertx-core";
      case SPRING, BOOT, WEBFLUX -> "spring-boot";
      case HELIDON -> "helidon-webserver";
      case GRPC -> "grpc-netty-shaded";
      default -> "";
    };
  }

  /** The version of its library. */
  String version(Path lock) throws IOException {
    Pattern line = Pattern.compile(":" + Pattern.quote(artifact()) + ":([^:]+):jar");
    try (Stream<String> lines = Files.lines(lock)) {
      return lines
          .map(line::matcher)
          .filter(Matcher::find)
          .findFirst()
          .map(m -> m.group(1))
          .orElse("");
    }
  }

  List<String> words(String address) {
    return List.of(String.format(command, address).split(" "));
  }

  /**
   * The servers of these names, or all if there are no names.
   *
   * @throws IllegalArgumentException if there is no such server
   */
  static List<Server> chosen(String names) {
    List<Server> chosen = new ArrayList<>();
    for (String name : names.isBlank() ? new String[0] : names.split(" ")) {
      chosen.add(
          Stream.of(values())
              .filter(server -> server.toString().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "no server is called '" + name + "'; there are " + List.of(values()))));
    }
    return chosen.isEmpty() ? List.of(values()) : chosen;
  }

  /** As it is chosen with SERVERS: {@code udp-socket}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
