package jcluster.fuzz;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sun.nio.ch.JclusterConversation;

/**
 * What is nearly a conversation, in any order: the agent must survive it, and the client must get
 * what the server says, with whole words of ours in it at most.
 */
final class Garbage {
  private static final Pattern KEEP_ALIVE =
      Pattern.compile("(?i)connection:[^!-~\n]*keep-alive[^!-~\n]*\n");
  private static final Pattern GOAWAY = Pattern.compile("(?s)\0\0\u0008\u0007\0{5}.{4}\0{4}");

  private final Scene scene;

  Garbage(Scene scene) {
    this.scene = scene;
    if (scene.oneIn(2)) {
      new Http1(scene).make(scene.any(Http1.Switch.values()));
      if (scene.oneIn(2)) {
        frames(scene.saying);
      }
    } else {
      scene.asking.append(scene.any(Http2.PREFACE, Http2.PREFACE, "GET / HTTP/1.1\r\n\r\n", ""));
      frames(scene.asking);
      frames(scene.saying);
    }
    spoil(scene.asking);
    spoil(scene.saying);
  }

  private void frames(StringBuilder to) {
    for (int i = scene.random.nextInt(20); i > 0; i--) {
      String payload = scene.letters(20);
      Http2.number(to, payload.length(), 3);
      Http2.number(to, scene.random.nextInt(scene.oneIn(9) ? 256 : 11), 1);
      Http2.number(to, scene.any(0, 1, 4, 5, scene.random.nextInt(256)), 1);
      Http2.number(to, scene.random.nextInt(8), 4);
      to.append(payload);
    }
  }

  private void spoil(StringBuilder text) {
    for (int i = scene.random.nextInt(4); i > 0 && text.length() > 0; i--) {
      int at = scene.random.nextInt(text.length());
      switch (scene.random.nextInt(4)) {
        case 0 -> text.setCharAt(at, (char) scene.random.nextInt(256));
        case 1 -> text.deleteCharAt(at);
        case 2 -> text.insert(at, scene.letters(9));
        default -> text.insert(scene.random.nextInt(text.length()), text.substring(at));
      }
      text.setLength(Math.min(text.length(), 5000));
    }
  }

  void run() {
    JclusterConversation conversation = scene.wire.conversation;
    int end = scene.random.nextInt(60);
    for (int step = 0;
        scene.asked < scene.asking.length() || scene.said < scene.saying.length();
        step++) {
      if (step >= end) {
        scene.ended = true;
        conversation.end();
        conversation.goaway(scene.oneIn(2), scene.oneIn(3));
        conversation.close();
        if (scene.oneIn(2)) {
          scene.wire.say();
        }
      }
      int left = scene.saying.length() - scene.said;
      if (scene.asked < scene.asking.length() && (left == 0 || scene.oneIn(2))) {
        int count = scene.piece(scene.asking.length() - scene.asked);
        String text = scene.asking.substring(scene.asked, scene.asked + count);
        scene.asked += count;
        if (scene.wire.ask(text) < count) {
          return; // A record of TLS
        }
      } else if (left > 0 && scene.oneIn(30) && conversation.insertDone() == 0) {
        scene.sendFile(scene.piece(left));
      } else if (left > 0) {
        scene.say(scene.piece(left));
      }
      conversation.isUnanswered();
      scene.check(conversation.state() >= 0, "there is no state");
    }
    scene.check(isRight(scene.saying.toString(), scene.wire.got()), "the client gets another text");
  }

  /**
   * Whether the client received the server's bytes, with nothing but whole words of the agent
   * between.
   */
  private static boolean isRight(String said, String got) {
    Deque<int[]> others = new ArrayDeque<>();
    Matcher keepAlive = KEEP_ALIVE.matcher(said);
    Matcher goaway = GOAWAY.matcher(got);
    others.push(new int[] {0, 0});
    while (!others.isEmpty()) {
      int[] next = others.pop();
      int from = next[0];
      int at = next[1];
      while (true) {
        if (at > 0 && got.charAt(at - 1) == '\n' && got.startsWith(Scene.CLOSE, at)) {
          others.push(new int[] {from, at + Scene.CLOSE.length()});
          if (keepAlive.region(from, said.length()).lookingAt()) {
            others.push(new int[] {keepAlive.end(), at + Scene.CLOSE.length()});
          }
        }
        if (got.startsWith(Http1.CLOSE_FRAME, at)) {
          others.push(new int[] {from, at + 4});
        }
        if (at > 0 && goaway.region(at, got.length()).lookingAt()) {
          others.push(new int[] {from, goaway.end()});
        }
        if (from == said.length() || at == got.length() || said.charAt(from) != got.charAt(at)) {
          break;
        }
        from++;
        at++;
      }
      if (from == said.length() && at == got.length()) {
        return true;
      }
    }
    return false;
  }
}
