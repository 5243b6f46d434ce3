package jcluster.compat;

import java.util.Locale;

/** An option of a server, see {@code test/compat/common/Options.java}. */
public enum Option {
  TLS("TLS"),
  /** It asks clients for their certificate. */
  MUTUAL("mutual"),
  HTTP2("HTTP/2"),
  /** Connections begin with a header of the PROXY protocol. */
  PROXY("PROXY"),
  /** The application's shutdown hook stops the server at once. */
  STOP("stops at once");

  final String title;

  Option(String title) {
    this.title = title;
  }

  /** As on a command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
