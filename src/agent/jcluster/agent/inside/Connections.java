package jcluster.agent.inside;

import java.io.FileDescriptor;
import java.util.Arrays;
import jcluster.agent.jdk.IOUtil;

/** The connections accepted from inherited sockets and not yet closed, by descriptor. */
final class Connections {
  private static volatile Connection[] table = new Connection[256];
  private static volatile int open;

  private Connections() {}

  static int open() {
    return open;
  }

  /** The connection of a descriptor, or null. Fast: it is asked at each read and write. */
  static Connection of(FileDescriptor fd) {
    int number = IOUtil.fdVal(fd);
    Connection[] all = table;
    return number >= 0 && number < all.length ? all[number] : null;
  }

  static Connection[] all() {
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
    table[number] = new Connection(fd);
    Balance.publish(open);
  }

  /** Before the descriptor is closed, since from then on its number may be another's. */
  static void closing(FileDescriptor fd) {
    Connection connection = of(fd);
    if (connection == null) {
      return;
    }
    synchronized (Connections.class) {
      int number = IOUtil.fdVal(fd);
      if (table[number] == connection) {
        table[number] = null;
        open--;
        Balance.publish(open);
      }
    }
    connection.close();
  }
}
