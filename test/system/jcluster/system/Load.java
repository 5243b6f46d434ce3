package jcluster.system;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Clients that request one page after the other, each over a new connection: {@code Load PORT
 * CLIENTS}. Says {@code going} when it has had its first answer, ends when its standard input does,
 * and then says how each request went.
 */
public final class Load {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final Map<String, LongAdder> COUNTS = new ConcurrentHashMap<>();
  private static volatile boolean over;

  private Load() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int port = Integer.parseInt(arguments[0]);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      var client = new Thread(() -> request(port), "client " + i);
      client.start();
      clients.add(client);
    }
    while (System.in.read() >= 0) {
      // The end is all that counts.
    }
    over = true;
    for (Thread client : clients) {
      client.join();
    }
    System.out.println(new TreeMap<>(COUNTS));
  }

  private static void request(int port) {
    while (!over) {
      String outcome = outcome(port);
      COUNTS.computeIfAbsent(outcome, o -> new LongAdder()).increment();
      if (outcome.equals("answered") && COUNTS.get(outcome).sum() == 1) {
        System.out.println("going");
      }
    }
  }

  private static String outcome(int port) {
    try (var socket = new Socket()) {
      try {
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      } catch (ConnectException e) {
        return "refused";
      }
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write(REQUEST);
      byte[] answer = socket.getInputStream().readAllBytes();
      String text = new String(answer, StandardCharsets.US_ASCII);
      return text.matches(
              "(?s)HTTP/1.1 200 OK\r\n.*\r\n\r\nworker \\d+, pid \\d+, generation \\d+\n")
          ? "answered"
          : answer.length == 0 ? "closed before an answer" : "wrong answer";
    } catch (SocketTimeoutException e) {
      return "timed out";
    } catch (IOException e) {
      return "reset";
    }
  }
}
