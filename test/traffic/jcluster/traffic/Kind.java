package jcluster.traffic;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcluster.compat.Clients;
import jcluster.compat.Option;
import jcluster.compat.ServerCluster;
import jcluster.load.Plan;

/**
 * A kind of traffic.
 *
 * @param name for people
 * @param most how long a worker may drain at most, in seconds: as long as its longest request
 *     takes, KeepAliveGrace= if connections are kept, and a bit for its end
 * @param reloads how often all workers are replaced meanwhile
 * @param requests how many there are at least before it is over
 * @param settings of the workers
 * @param start starts the clients
 */
record Kind(String name, int most, int reloads, int requests, List<String> settings, Start start) {
  /** How long KeepAliveGrace= is by default. */
  private static final int GRACE = 5;

  /** For a worker that was told to stop to notice that it has nothing to do, and to end. */
  private static final int END = 3;

  private static final String HELLO = "--expect=hello\n";

  // One connection for each request

  static final Kind NEW = closing("new connections", 0, "--new=8 --think=20", HELLO);
  static final Kind STREAM =
      closing(
          "stream of 20 s",
          20,
          "--new=8 --early --timeout=40000 --path=/slow?s=20",
          "--expect=(piece \\d+\n){200}");
  static final Kind EVENTS =
      closing(
          "server-sent events for 10 s",
          10,
          "--new=8 --early --path=/events?s=10",
          "--expect=(data: \\d+\n\n){100}");
  static final Kind SLOW =
      closing("request of 5 s", 5, "--new=8 --early --path=/wait?ms=5000", HELLO);
  static final Kind SLOW_25 =
      closing("request of 25 s", 25, "--new=8 --early --timeout=60000 --path=/wait?ms=25000", HELLO)
          .reloads(1)
          .settings("StopTimeout=35s");
  static final Kind UPLOAD =
      closing(
          "upload of 15 s",
          15,
          "--post=8 --early --trickle=15000 --timeout=40000 --body=150",
          "--post-expect=150\n");

  // Of kept connections

  static final Kind KEPT = keeping("kept, no pause", 0, "--keep-alive=4", HELLO);
  static final Kind KEPT_1 =
      keeping("kept, pauses of 1 s", 0, "--keep-alive=20 --think=1000", HELLO).requests(100);
  static final Kind KEPT_4 =
      keeping("kept, pauses of 4 s", 0, "--keep-alive=20 --think=4000", HELLO).requests(80);
  static final Kind KEPT_SLOW =
      keeping("kept, request of 5 s", 5, "--keep-alive=8 --early --path=/wait?ms=5000", HELLO);
  static final Kind POSTS =
      keeping(
              "POSTs, pauses of 0.3-2.5 s",
              0,
              "--post=20 --post-keep-alive --body=10 --think=300-2500",
              "--post-expect=10\n")
          .requests(300);
  static final Kind POSTS_FAR = POSTS.named("POSTs over a link of 30 ms").over(30);
  static final Kind POSTS_LATE =
      keeping(
              "POSTs, pauses of 6-8 s",
              0,
              "--post=20 --post-keep-alive --body=10 --think=6000-8000",
              "--post-expect=10\n")
          .requests(60);
  static final Kind CONTINUE =
      keeping(
          "Expect: 100-continue",
          0,
          "--post=8 --post-keep-alive --expect-continue --body=1000 --think=50",
          "--post-expect=1000\n");
  static final Kind FILE =
      keeping(
          "sendfile 300 kB",
          0,
          "--keep-alive=4 --think=50 --path=/file?size=300000 --length=300000");
  static final Kind HUGE_FILE =
      keeping(
          "sendfile 3 GB",
          20,
          "--keep-alive=1 --early --think=50 --path=/file?size=3000000000 --length=3000000000");
  static final Kind HEAD_GET = pipelined("HEAD,GET");
  static final Kind GET_HEAD = pipelined("GET,HEAD");
  static final Kind POST_GET_HEAD = pipelined("POST,GET,HEAD,GET");
  static final Kind PROXY_V1 =
      keeping("PROXY v1", 0, "--keep-alive=8 --new=4 --think=100 --preamble=v1", HELLO);
  static final Kind PROXY_V2 =
      keeping("PROXY v2", 0, "--keep-alive=8 --new=4 --think=100 --preamble=v2", HELLO);
  static final Kind HALVES =
      keeping(
          "half requests of 50 clients", 0, "--half=50 --new=4 --keep-alive=4 --think=20", HELLO);
  static final Kind WEBSOCKET =
      keeping("WebSocket", 0, "--websocket=8 --think=300 --path=/echo").requests(200);
  static final Kind TLS_12 = NEW.named("new, TLS 1.2, resumed").tls("TLSv1.2");
  static final Kind TLS_13 = NEW.named("new, TLS 1.3, resumed").tls("TLSv1.3");

  // HTTP/2

  static final Kind JDK_1 = http2("JDK client, 1 stream", 0, "--http2=4 --think=50");
  static final Kind JDK_20 =
      http2("JDK client, 20 streams", 0, "--http2=40 --streams=20 --think=50");
  static final Kind JDK_IDLE =
      http2("JDK client, pauses of 4 s", 0, "--http2=10 --think=4000").requests(40);

  /** No more at a time than the 16 threads that Undertow has on 2 CPUs. */
  static final Kind JDK_SLOW =
      http2("JDK client, 8 requests of 5 s", 5, "--http2=16 --streams=8 --path=/wait?ms=5000");

  static final Kind CURL_1 =
      kind("curl, 1 stream", 1 + GRACE, cluster -> curl(cluster, 1, 30, "--http2"));
  static final Kind CURL_20 =
      kind("curl, 20 streams", 1 + GRACE, cluster -> curl(cluster, 20, 600, "--http2"));

  /** One request for each connection: curl 7.88 fails by itself at the second. */
  static final Kind CURL_KNOWN =
      kind(
          "curl, new, prior knowledge",
          1,
          cluster -> curl(cluster, 1, 1, "--http2-prior-knowledge"));

  static final Kind H2LOAD_1 = kind("h2load, 1 stream", 1 + GRACE, cluster -> h2load(cluster, 1));
  static final Kind H2LOAD_20 =
      kind("h2load, 20 streams", 1 + GRACE, cluster -> h2load(cluster, 20));
  static final Kind CALLS = kind("gRPC, calls", GRACE, cluster -> of(cluster.calls()));
  static final Kind CALL_STREAMS =
      kind("gRPC, streams of 3 s", 3 + GRACE, cluster -> of(cluster.calls("stream")));

  /** Starts clients. */
  interface Start {
    Crowd on(ServerCluster cluster) throws IOException;
  }

  private static Kind kind(String name, int seconds, Start start) {
    return new Kind(name, seconds + END, 2, 0, List.of(), start);
  }

  private static Kind load(String name, int seconds, String... options) {
    return new Kind(name, seconds + END, 2, 0, List.of(), new Plans(List.of(options), "", 0));
  }

  private static Kind closing(String name, int seconds, String options, String... more) {
    return load(name, seconds, all(options, more));
  }

  private static Kind keeping(String name, int seconds, String options, String... more) {
    return load(name, seconds + GRACE, all(options, more));
  }

  private static Kind pipelined(String methods) {
    String options = "--pipeline=4 --body=10 --think=200 --methods=" + methods;
    return keeping("pipelined " + methods, 0, options, HELLO, "--post-expect=10\n");
  }

  private static Kind http2(String name, int seconds, String options) {
    return keeping(name, seconds, options, HELLO);
  }

  private static String[] all(String options, String... more) {
    List<String> all = new ArrayList<>(List.of(options.split(" ")));
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  // The same, but for something

  private Kind named(String other) {
    return new Kind(other, most, reloads, requests, settings, start);
  }

  private Kind reloads(int other) {
    return new Kind(name, most, other, requests, settings, start);
  }

  private Kind requests(int other) {
    return new Kind(name, most, reloads, other, settings, start);
  }

  private Kind settings(String... other) {
    return new Kind(name, most, reloads, requests, List.of(other), start);
  }

  private Kind over(int millis) {
    var plans = (Plans) start;
    return new Kind(
        name, most, reloads, requests, settings, new Plans(plans.options, plans.version, millis));
  }

  private Kind tls(String version) {
    var plans = (Plans) start;
    return new Kind(
        name, most, reloads, requests, settings, new Plans(plans.options, version, plans.millis));
  }

  /** The programs that this kind needs and that are missing. */
  static String missing(Kind kind) {
    String tool = kind.name.split(",")[0];
    boolean found =
        !List.of("curl", "h2load").contains(tool)
            || Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Path.of(folder, tool).toFile().canExecute());
    return found
        ? ""
        : tool + " not found: apt-get install " + (tool.equals("curl") ? tool : "nghttp2-client");
  }

  // Clients

  /**
   * Clients of the load generator.
   *
   * @param version of TLS, or empty for any
   * @param millis how long the way to the server is
   */
  private record Plans(List<String> options, String version, int millis) implements Start {
    @Override
    public Crowd on(ServerCluster cluster) throws IOException {
      Plan plan =
          cluster.plan().with("--worker-header=X-Worker").with(options.toArray(String[]::new));
      if (!version.isEmpty()) {
        plan.version(version);
      }
      if (millis == 0) {
        return Crowd.of(plan.start());
      }
      var link = new Link(cluster.address(), millis);
      return Crowd.of(plan.to(link.address()).start(), link);
    }
  }

  private static String url(ServerCluster cluster) {
    int port = ((InetSocketAddress) cluster.address()).getPort();
    return (cluster.site().has(Option.TLS) ? "https" : "http") + "://127.0.0.1:" + port;
  }

  /**
   * Four of them, again and again, each with this many requests and this many streams at a time.
   */
  private static Crowd curl(ServerCluster cluster, int streams, int requests, String protocol) {
    List<String> words = new ArrayList<>(List.of("curl", "--silent", protocol));
    words.addAll(List.of("--cacert", cluster.certificate().toString(), "--max-time", "40"));
    if (streams > 1) {
      words.addAll(List.of("--parallel", "--parallel-max", String.valueOf(streams)));
    }
    words.addAll(List.of("--output", "/dev/null"));
    words.addAll(
        List.of(
            "--write-out", "answer %{http_code} %{http_version} %{size_download} %{errormsg}\n"));
    words.add(url(cluster) + "/wait?ms=100&n=[1-" + requests + "]");
    return new Tool(cluster, 4, words, Kind::readCurl);
  }

  private static Count readCurl(List<String> output) {
    long requests = 0;
    List<String> wrong = new ArrayList<>();
    for (String line : output) {
      if (line.startsWith("answer ")) {
        requests++;
        if (!line.startsWith("answer 200 2 6 ")) {
          wrong.add(line);
        }
      }
    }
    return new Count(requests, wrong.size(), 0, 0, wrong);
  }

  /**
   * It does not connect again: what it could not begin any more after a GOAWAY, another client
   * would on the next connection.
   */
  private static Crowd h2load(ServerCluster cluster, int streams) {
    List<String> words = new ArrayList<>(List.of("h2load", "--clients=4"));
    words.add("--max-concurrent-streams=" + streams);
    words.add("--requests=" + 4 * 20 * streams);
    words.add(url(cluster) + "/wait?ms=100");
    return new Tool(cluster, 2, words, Kind::readH2load);
  }

  private static Count readH2load(List<String> output) {
    Pattern line =
        Pattern.compile("requests: (\\d+) total, (\\d+) started, (\\d+) done, (\\d+) succeeded.*");
    Matcher numbers =
        output.stream().map(line::matcher).filter(Matcher::matches).findFirst().orElseThrow();
    long total = Long.parseLong(numbers.group(1));
    long started = Long.parseLong(numbers.group(2));
    long done = Long.parseLong(numbers.group(3));
    long succeeded = Long.parseLong(numbers.group(4));
    // Those that were under way when a connection ended are never done. Those that are done without
    // success were refused, or still in its queue when the GOAWAY came.
    long lost = started - done;
    List<String> examples = lost == 0 ? List.of() : List.of(numbers.group());
    return new Count(total, lost, total - lost - succeeded, 0, examples);
  }

  private static Crowd of(Clients clients) {
    return new Crowd() {
      @Override
      public void awaitGoing() throws InterruptedException {
        clients.awaitGoing();
      }

      @Override
      public Count stop() throws InterruptedException, IOException {
        return Count.of(clients.stop());
      }

      @Override
      public void close() {
        clients.close();
      }
    };
  }
}
