package sun.nio.ch;

import java.io.FileDescriptor;
import java.util.Arrays;

/** The connections accepted from inherited sockets and not yet closed, by descriptor. */
final class JclusterConnections {
  private static volatile JclusterConnection[] table = new JclusterConnection[256];
  private static volatile int open;
  private static volatile int accepted;

  private JclusterConnections() {}

  static int open() {
    return open;
  }

  /** How many there have been so far. */
  static int accepted() {
    return accepted;
  }

  /** The connection of a descriptor, or null. Fast, since each read and write calls it. */
  static JclusterConnection of(FileDescriptor fd) {
    int number = IOUtil.fdVal(fd);
    JclusterConnection[] all = table;
    return number >= 0 && number < all.length ? all[number] : null;
  }

  static JclusterConnection[] all() {
    return table;
  }

  static synchronized void opened(FileDescriptor fd) {
    int number = IOUtil.fdVal(fd);
    if (number >= table.length) {
      table = Arrays.copyOf(table, Math.max(number + 1, 2 * table.length));
    }
    if (table[number] == null) {
      open++;
    }
    table[number] = new JclusterConnection(fd);
    accepted++;
    JclusterBalance.publish(open);
  }

  /** To be called before the descriptor is closed: from then on its number may be another's. */
  static void closing(FileDescriptor fd) {
    JclusterConnection connection = of(fd);
    if (connection == null) {
      return;
    }
    synchronized (JclusterConnections.class) {
      int number = IOUtil.fdVal(fd);
      if (table[number] == connection) {
        table[number] = null;
        open--;
        JclusterBalance.publish(open);
      }
    }
    connection.close();
  }
}
