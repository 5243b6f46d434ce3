package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Called by the JDK's sockets to set an option. An option that the application sets before it binds
 * is set on the fresh socket, which an inherited one then replaces. So it is set again on the
 * inherited socket, which all workers share. For any thread.
 */
final class JclusterOptions {
  /** The options that were set on descriptors that may yet be bound. */
  private static final Map<FileDescriptor, List<Early>> EARLY = new WeakHashMap<>();

  /** An option as it was set. */
  private static final class Early {
    final ProtocolFamily family;
    final SocketOption<?> option;
    final Object value;

    Early(ProtocolFamily family, SocketOption<?> option, Object value) {
      this.family = family;
      this.option = option;
      this.value = value;
    }
  }

  private JclusterOptions() {}

  static void setSocketOption(FileDescriptor fd, SocketOption<?> option, Object value)
      throws IOException {
    setSocketOption(fd, Net.UNSPEC, option, value);
  }

  static void setSocketOption(
      FileDescriptor fd, ProtocolFamily family, SocketOption<?> option, Object value)
      throws IOException {
    Net.setSocketOption(fd, family, option, value);
    if (isCarried(option) && JclusterAdoption.socket(fd) == null) {
      synchronized (EARLY) {
        List<Early> early = EARLY.get(fd);
        if (early == null) {
          early = new ArrayList<>();
          EARLY.put(fd, early);
        }
        early.add(new Early(family, option, value));
      }
    }
  }

  /**
   * Whether an option is set again: not one that decides about the bind itself, nor one that only
   * connections have.
   */
  private static boolean isCarried(SocketOption<?> option) {
    return option != StandardSocketOptions.SO_REUSEADDR
        && option != StandardSocketOptions.SO_REUSEPORT
        && option != StandardSocketOptions.SO_KEEPALIVE
        && option != StandardSocketOptions.SO_LINGER
        && option != StandardSocketOptions.TCP_NODELAY;
  }

  /** Sets on an inherited socket the options of the descriptor that it replaces. */
  static void carry(JclusterInherited socket, FileDescriptor fd) {
    List<Early> all;
    synchronized (EARLY) {
      all = EARLY.remove(fd);
    }
    if (all == null) {
      return;
    }
    for (Early early : all) {
      try {
        Net.setSocketOption(socket.fd, early.family, early.option, early.value);
      } catch (IOException | RuntimeException e) {
        JclusterReports.tell(
            "WARNING",
            "the option "
                + early.option.name()
                + " that the application set before its bind does not hold for "
                + socket
                + ": "
                + e.getMessage());
      }
    }
  }
}
