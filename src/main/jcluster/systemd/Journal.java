package jcluster.systemd;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Sockets;

/**
 * Structured entries for the journal: each is a datagram of fields, as systemd's "Native Journal
 * Protocol" has it. journald finds out about the sender of an entry when it reads it. For one
 * thread.
 */
public final class Journal {
  private static final String SOCKET = "/run/systemd/journal/socket";

  private final String socket;

  /** Null until there is something to send. */
  private Fd connection;

  /** This machine's journal, or that of the unit's LogNamespace=. */
  public Journal() {
    this(SOCKET);
  }

  /** A journal that reads from another socket. */
  public Journal(String socket) {
    this.socket = socket;
  }

  /**
   * An entry.
   *
   * @param fields their values by their names, in this order
   */
  public static byte[] entry(Map<String, String> fields) {
    var entry = new ByteArrayOutputStream();
    fields.forEach(
        (name, value) -> {
          byte[] text = value.getBytes(StandardCharsets.UTF_8);
          entry.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
          if (value.indexOf('\n') < 0) {
            entry.write('=');
          } else { // Its length tells where it ends.
            var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            entry.write('\n');
            entry.writeBytes(length.putLong(text.length).array());
          }
          entry.writeBytes(text);
          entry.write('\n');
        });
    return entry.toByteArray();
  }

  /**
   * Sends an entry without waiting.
   *
   * @return whether there was room for it; if not, {@link #fd} is writable when there is
   * @throws OsException if it cannot be sent, because it is too long or nothing reads it
   */
  public boolean send(byte[] entry) throws OsException {
    if (connection == null) {
      connection = Sockets.connectUnixDatagram(socket);
    }
    return Sockets.sendNow(connection, entry) > 0;
  }

  /** The descriptor that entries are sent through; null while there is none. */
  public Fd fd() {
    return connection;
  }

  /** Whether each entry that was sent has been read. */
  public boolean isRead() throws OsException {
    return connection == null || Sockets.unread(connection) == 0;
  }

  /** Hangs up. The next entry is sent through a new connection. */
  public void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
