package jcluster.compat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jcluster.load.Keys;

/** A server with its options. */
public record Site(Server server, Set<Option> options) {
  static final Site of(Server server, Option... options) {
    var set = EnumSet.noneOf(Option.class);
    set.addAll(List.of(options));
    return new Site(server, set);
  }

  /** Whether it is told so. */
  public boolean has(Option option) {
    return options.contains(option);
  }

  /** For people: {@code Jetty, TLS, HTTP/2}. */
  public String title() {
    return server.title + options.stream().map(o -> ", " + o.title).collect(Collectors.joining());
  }

  /** The command that its user types. */
  public List<String> words(String address, Keys keys) {
    List<String> words = new ArrayList<>(server.words(address));
    if (server == Server.SPRING) {
      words.addAll(properties(keys.store()));
      return words;
    }
    if (has(Option.TLS)) {
      words.add(1, "-Dkeys=" + keys.store());
    }
    options.forEach(option -> words.add(option.word()));
    return words;
  }

  private List<String> properties(Path keys) {
    List<String> properties = new ArrayList<>();
    if (has(Option.TLS)) {
      properties.add("--server.ssl.key-store=" + keys);
      properties.add("--server.ssl.key-store-password=" + Keys.PASSWORD);
    }
    if (has(Option.HTTP2)) {
      properties.add("--server.http2.enabled=true");
    }
    properties.add("--server.shutdown=" + (has(Option.STOP) ? "immediate" : "graceful"));
    return properties;
  }

  /** For names of files: {@code jetty-tls-http2}. */
  @Override
  public String toString() {
    return server + options.stream().map(o -> "-" + o.word()).collect(Collectors.joining());
  }
}
