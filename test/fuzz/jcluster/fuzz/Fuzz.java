package jcluster.fuzz;

import java.util.Random;

/**
 * Random conversations, cut into random pieces, with the end of the worker at a random moment. The
 * client must get what the server says plus exactly {@code Connection: close} or GOAWAY where they
 * are legal, and at each moment the agent must know whether something is in flight.
 *
 * <p>{@code java … jcluster.fuzz.Fuzz CASES SEED [CASE]} runs this many cases, or just one.
 */
public final class Fuzz {
  private static final int MOST_STEPS = 100_000;

  private final Scene scene;
  private final Http1 http1;
  private final Http2 http2;

  /** Whether the drain looks at the connection. */
  private boolean draining;

  Fuzz(Random random, Wire wire) {
    scene = new Scene(random, wire);
    boolean isHttp2 = scene.oneIn(2);
    Http1.Switch last =
        isHttp2
            ? Http1.Switch.HTTP_2
            : scene.any(Http1.Switch.NONE, Http1.Switch.NONE, Http1.Switch.TUNNEL);
    boolean isUpgraded = isHttp2 && scene.oneIn(6);
    if (scene.oneIn(6)) {
      preamble();
    }
    if (isHttp2 && !isUpgraded) {
      http1 = null;
    } else {
      http1 = new Http1(scene);
      http1.make(last);
    }
    http2 = isHttp2 ? new Http2(scene, isUpgraded) : null;
  }

  /** Runs cases; see the class. */
  public static void main(String[] arguments) {
    long cases = Long.parseLong(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    boolean single = arguments.length > 2;
    long count = single ? 1 : cases;
    long began = System.nanoTime();
    run(seed, single ? Long.parseLong(arguments[2]) : 0, count);
    System.out.printf(
        "Java %s: %,d conversations of seed %d in %d s, all as expected%n",
        Runtime.version().feature(), count, seed, (System.nanoTime() - began) / 1_000_000_000);
  }

  /** Runs cases of a seed. */
  public static void run(long seed, long from, long count) {
    for (long number = from; number < from + count; number++) {
      try {
        Random random = new Random(seed * 1_000_003 + number);
        if (number % 10 == 9) {
          new Garbage(new Scene(random, new Wire())).run();
        } else {
          new Fuzz(random, new Wire()).run();
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "make fuzz SEED=" + seed + " CASE=" + number + ": " + e.getMessage(), e);
      }
    }
  }

  /** The first bytes of a proxy (haproxy, doc/proxy-protocol.txt). */
  private void preamble() {
    scene.asking.append(
        scene.any(
            "PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n",
            "PROXY UNKNOWN\r\n",
            "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u000cabcdefghijkl",
            "\r\n\r\n\0\r\nQUIT\n \0\0\0"));
  }

  void run() {
    boolean reckless = http2 == null && scene.wire.takesFiles() && scene.oneIn(50);
    int cut = scene.oneIn(20) ? scene.random.nextInt(100) : MOST_STEPS;
    int steps = 0;
    for (; steps < cut && goesOn(); steps++) {
      drain();
      int mayAsk = isHttp2() ? scene.asking.length() : http1.clientMay();
      int maySay = isHttp2() ? scene.saying.length() : http1.serverMay();
      int mayBeFile = isHttp2() ? http2.mayBeFile() : http1.mayBeFile();
      if (mayAsk > scene.asked && (maySay <= scene.said || scene.oneIn(2))) {
        scene.ask(scene.piece(mayAsk - scene.asked));
        asked();
      } else if (mayBeFile > 0 && scene.oneIn(3)) {
        int count = scene.piece(mayBeFile);
        presented(scene.said + count);
        scene.sendFile(count);
      } else if (maySay > scene.said) {
        int count = scene.piece(maySay - scene.said);
        if (reckless && http1.switched() == Http1.Switch.NONE && scene.oneIn(20)) {
          reckless = false;
          http1.loseTrack(count);
          scene.sendFile(count);
        } else {
          presented(scene.said + count);
          scene.say(count);
        }
      }
      if (http2 != null) {
        http2.written();
      }
      checkState();
    }
    scene.check(steps < MOST_STEPS, "it does not get on");
    scene.checkGot();
    // A word of ours that was cut in two by bytes that nobody has seen cannot be mended.
    if (steps < cut && !(http1 != null && http1.isUnknown())) {
      finish();
    }
  }

  private boolean isHttp2() {
    return http2 != null && (http1 == null || http1.switched() == Http1.Switch.HTTP_2);
  }

  private boolean goesOn() {
    return isHttp2()
        ? http2.make()
        : scene.asked < scene.asking.length() || scene.said < scene.saying.length();
  }

  private void drain() {
    draining |= scene.oneIn(25);
    if (draining && !scene.ended) {
      scene.ended = true;
      scene.wire.conversation.end();
    }
    if (draining && isHttp2()) {
      http2.drain(scene.oneIn(2), scene.oneIn(3), scene.oneIn(2));
    } else if (draining) {
      http1.drain(scene.oneIn(2));
    }
  }

  private void asked() {
    if (http1 != null) {
      http1.asked();
    }
    if (isHttp2()) {
      http2.asked();
    }
  }

  private void presented(int to) {
    int before = scene.presented;
    if (http1 != null) {
      http1.presented(to);
    }
    if (isHttp2()) {
      http2.presented(before, to);
    }
  }

  private void checkState() {
    if (isHttp2()) {
      http2.checkState();
    } else {
      http1.checkState();
    }
  }

  private void finish() {
    if (http1 != null) {
      int end = http1.checkMessages();
      if (http2 != null) {
        http2.checkFrames(end);
      }
    } else {
      http2.checkFrames(0);
    }
    if (http2 != null) {
      http2.finish();
    }
  }
}
