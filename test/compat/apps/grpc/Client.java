import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Calls the server until a line of input says stop, and reports; half of the threads keep their
 * channel. With the word stream, an answer is a stream of messages; with -Dcertificate=FILE they
 * speak TLS. Any other line begins a phase.
 */
public class Client {
  private static final int THREADS = 8;

  private final int port;
  private final boolean stream;
  private final ChannelCredentials credentials;
  private final CountDownLatch going = new CountDownLatch(THREADS);
  private final CountDownLatch stopped = new CountDownLatch(THREADS);
  private final Map<String, Long> numbers = new LinkedHashMap<>();
  private final Set<String> workers = new HashSet<>();
  private String phase = "";
  private long lastAnswer;
  private volatile boolean stop;

  private Client(int port, boolean stream, ChannelCredentials credentials) {
    this.port = port;
    this.stream = stream;
    this.credentials = credentials;
    count("requests", 0);
    count("failed", 0);
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    String certificate = System.getProperty("certificate", "");
    var client =
        new Client(
            Integer.parseInt(args[0]),
            List.of(args).contains("stream"),
            certificate.isEmpty()
                ? InsecureChannelCredentials.create()
                : TlsChannelCredentials.newBuilder().trustManager(new File(certificate)).build());
    for (int i = 0; i < THREADS; i++) {
      boolean kept = i % 2 == 0;
      new Thread(() -> client.run(kept)).start();
    }
    client.going.await();
    System.out.println("going");
    var input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null && !line.equals("stop"); ) {
      client.begin(line);
      line = input.readLine();
    }
    client.stop = true;
    client.stopped.await();
    System.out.println(client);
  }

  private void run(boolean kept) {
    ManagedChannel channel = connect();
    for (int i = 0; !stop; i++) {
      call(channel, kept ? "keep-alive" : "new");
      if (i == 0) {
        going.countDown();
      }
      if (!kept) {
        channel.shutdown();
        channel = connect();
      }
    }
    channel.shutdown();
    stopped.countDown();
  }

  private ManagedChannel connect() {
    return Grpc.newChannelBuilderForAddress("127.0.0.1", port, credentials).build();
  }

  private void call(ManagedChannel channel, String kind) {
    String worker = null;
    try {
      CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
      worker =
          stream
              ? last(ClientCalls.blockingServerStreamingCall(channel, Main.STREAM, options, ""))
              : ClientCalls.blockingUnaryCall(channel, Main.HELLO, options, "hello");
      Thread.sleep(10); // the pause between requests, as the other clients make
    } catch (StatusRuntimeException | InterruptedException e) {
      System.out.println("  " + kind + ": " + e);
    }
    count(kind, worker);
  }

  /** The last message of a stream, or null if some are missing. */
  private static String last(Iterator<String> messages) {
    String last = null;
    int count = 0;
    for (; messages.hasNext(); count++) {
      last = messages.next();
    }
    return count == Main.MESSAGES ? last : null;
  }

  private synchronized void begin(String name) {
    phase = name + ".";
    workers.clear();
  }

  private synchronized void count(String kind, String worker) {
    count("requests", 1);
    count(phase + kind + ".requests", 1);
    if (worker == null) {
      count("failed", 1);
      return;
    }
    if (workers.add(worker)) {
      System.out.println(phase.replace(".", " worker " + worker));
    }
    long now = System.nanoTime();
    long gap = lastAnswer == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(now - lastAnswer);
    numbers.merge(phase + "gap", gap, Math::max);
    lastAnswer = now;
  }

  private void count(String name, long more) {
    numbers.merge(name, more, Long::sum);
  }

  @Override
  public synchronized String toString() {
    return numbers.entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
  }
}
