package jcluster.load;

import java.util.Locale;

/** The kinds of clients; each repeats its request until the load ends. */
public enum Kind {
  /** A request on a connection of its own. */
  NEW,
  /** Many requests on one connection, one after the other. */
  KEEP_ALIVE,
  /** A request with a large body. */
  POST,
  /** Several requests at once on one connection, the answers read at a low rate. */
  SLOW,
  /** Several requests at once on one connection. */
  PIPELINE,
  /** A request whose answer takes long. */
  DOWNLOAD,
  /** A datagram that is to come back. */
  UDP,
  /** A line that is to come back, on a connection of its own. */
  ECHO,
  /** Half a request line on a connection that is held open, and never the rest; is not counted. */
  HALF,
  /** A request of HTTP/2, by the JDK's client. */
  HTTP2,
  /** A message that is to come back over a WebSocket. */
  WEBSOCKET;

  /** As in options and reports: {@code keep-alive}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
