package jcluster.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** What a load does: its clients, their requests, and where they go. */
public final class Plan {
  static final String USAGE =
      """
      Usage: Load --port=N|--address=HOST:PORT|--unix=PATH CLIENTS... [OPTIONS]
      Says `going` when each client has had an answer. Ends when its input does, or earlier after
      --requests or --seconds, or if it does not go within a minute, and reports: a table for
      people, and in the last line all of it for programs. A line `mark NAME` of input begins a
      phase of the report, at `report` the line for programs comes as it is by then. Exits with 1
      if a request failed.

      Clients, N of each kind:
        --new=N            a connection for each request
        --keep-alive=N     many requests on a connection
        --post=N           requests with a body, a connection for each
        --slow=N           several requests at once on a connection, the answers read slowly
        --pipeline=N       several requests at once on a connection
        --download=N       requests whose answer takes long, a connection for each
        --udp=N            datagrams that are to come back within a second
        --echo=N           lines that are to come back, a connection for each
        --half=N           half a request, and never the rest
        --http2=N          requests of HTTP/2 by the JDK's client, many on a connection
        --websocket=N      messages that are to come back, many on a connection
      Options:
        --path=PATH        what to request; /
        --expect=REGEX     what the whole body matches; its group `worker` tells who answered
        --worker-header=H  the header that tells who answered
        --close            say `Connection: close` in requests on a connection for each
        --think=MILLIS     pause after an answer; 0. MILLIS-MILLIS: between the two, at random
        --timeout=MILLIS   how long to wait for the next byte; 20000
        --post-path=PATH --post-expect=REGEX --download-path=PATH
                           where they differ from --path and --expect
        --body=BYTES       of each POST; 1048576
        --post-keep-alive  many POSTs on a connection
        --grace=MILLIS     for how long a server waits for a POST on a kept connection; 5000
        --trickle=MILLIS   for how long a POST sends its body, bit by bit
        --expect-continue  send the body of a POST when told to
        --length=BYTES     what the body of an answer is to have
        --methods=METHOD,… those of several requests at once; GET
        --preamble=v1|v2   begin connections as a proxy does that speaks the PROXY protocol
        --streams=N        how many clients of HTTP/2 share a connection; 1
        --early            clients go as soon as they have sent a request
        --depth=N          how many requests are several; 4
        --rate=BYTES       what a slow client reads per second; 10000
        --requests=N       how many to make, all clients together
        --seconds=N        how long to make them
      """;

  SocketAddress address;
  final Map<Kind, Integer> clients = new EnumMap<>(Kind.class);
  String path = "/";
  Pattern expect;
  String workerHeader = "";
  boolean close;
  int thinkMillis;
  int thinkMillisMost;
  int graceMillis = 5_000;
  int trickleMillis;
  boolean expectContinue;
  long length = -1;
  List<String> methods = List.of();
  byte[] preamble = {};
  int streams = 1;
  boolean early;
  SSLContext tls;
  String tlsVersion = "";
  int timeoutMillis = 20_000;
  String postPath;
  Pattern postExpect;
  String downloadPath;
  int body = 1 << 20;
  boolean postKeepAlive;
  int depth = 4;
  int rate = 10_000;
  long requests = Long.MAX_VALUE;
  long seconds = Long.MAX_VALUE;

  Plan(SocketAddress address) {
    this.address = address;
  }

  public Plan newConnections(int n) {
    return clients(Kind.NEW, n);
  }

  public Plan keepAlive(int n) {
    return clients(Kind.KEEP_ALIVE, n);
  }

  public Plan clients(Kind kind, int n) {
    clients.put(kind, n);
    return this;
  }

  /** Sets options as on the command line: {@code --think=10}. */
  public Plan with(String... options) {
    for (String option : options) {
      String[] parts = option.split("=", 2);
      try {
        set(parts[0], parts.length > 1 ? parts[1] : "");
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
      }
    }
    return this;
  }

  private void set(String name, String value) {
    switch (name) {
      case "--port" -> address = tcp("127.0.0.1:" + value);
      case "--address" -> address = tcp(value);
      case "--unix" -> address = UnixDomainSocketAddress.of(value);
      case "--path" -> path = value;
      case "--expect" -> expect = Pattern.compile(value, Pattern.DOTALL);
      case "--worker-header" -> workerHeader = value;
      case "--close" -> close = true;
      case "--think" -> think(value.split("-"));
      case "--grace" -> graceMillis = positive(value);
      case "--trickle" -> trickleMillis = positive(value);
      case "--expect-continue" -> expectContinue = true;
      case "--length" -> length = Long.parseLong(value);
      case "--methods" -> methods = List.of(value.split(","));
      case "--preamble" -> preamble = preamble(value);
      case "--streams" -> streams = positive(value);
      case "--early" -> early = true;
      case "--timeout" -> timeoutMillis = positive(value);
      case "--post-path" -> postPath = value;
      case "--post-expect" -> postExpect = Pattern.compile(value, Pattern.DOTALL);
      case "--download-path" -> downloadPath = value;
      case "--body" -> body = positive(value);
      case "--post-keep-alive" -> postKeepAlive = true;
      case "--depth" -> depth = positive(value);
      case "--rate" -> rate = positive(value);
      case "--requests" -> requests = positive(value);
      case "--seconds" -> seconds = positive(value);
      default -> clients(kind(name), positive(value));
    }
  }

  /** Speaks TLS, of a version such as {@code TLSv1.3}, or of any that both sides have if empty. */
  public Plan tls(SSLContext context, String version) {
    tls = context;
    return version(version);
  }

  /** Speaks another version of TLS. */
  public Plan version(String version) {
    tlsVersion = version;
    return this;
  }

  /** Does it elsewhere. */
  public Plan to(SocketAddress other) {
    address = other;
    return this;
  }

  private void think(String[] limits) {
    thinkMillis = positive(limits[0]);
    thinkMillisMost = positive(limits[limits.length - 1]);
  }

  /** The next pause, in ms. */
  int think() {
    return thinkMillis == thinkMillisMost
        ? thinkMillis
        : ThreadLocalRandom.current().nextInt(thinkMillis, thinkMillisMost);
  }

  private static byte[] preamble(String version) {
    return switch (version) {
      case "v1" -> "PROXY TCP4 127.0.0.1 127.0.0.1 40000 80\r\n".getBytes(US_ASCII);
      case "v2" -> "\r\n\r\n\0\r\nQUIT\n!\21\0\f\177\0\0\1\177\0\0\1@\0\0P".getBytes(US_ASCII);
      default -> throw new IllegalArgumentException("no such version");
    };
  }

  private static Kind kind(String option) {
    for (Kind kind : Kind.values()) {
      if (option.equals("--" + kind)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("no such option");
  }

  private static int positive(String value) {
    int number = Integer.parseInt(value);
    if (number < 1) {
      throw new IllegalArgumentException("not above 0");
    }
    return number;
  }

  private static SocketAddress tcp(String value) {
    int colon = value.lastIndexOf(':');
    return new InetSocketAddress(
        value.substring(0, colon), Integer.parseInt(value.substring(colon + 1)));
  }

  /** Starts the clients. */
  public Load start() throws IOException {
    if (address == null || clients.isEmpty()) {
      throw new IllegalArgumentException(address == null ? "no address" : "no clients");
    }
    return new Load(this);
  }
}
