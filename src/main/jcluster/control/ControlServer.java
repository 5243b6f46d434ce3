package jcluster.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import jcluster.model.Outcome;
import jcluster.model.Time;
import jcluster.os.Fd;
import jcluster.os.OsException;
import jcluster.os.Poll;
import jcluster.os.Sockets;
import jcluster.os.Sys;
import jcluster.text.Reason;

/**
 * The supervisor's end of the control socket. It never waits for a client: requests are bounded in
 * size, clients in number, and both in time. For the loop's thread only.
 */
public final class ControlServer {
  /** How many clients are served at once; others wait in the socket's queue. */
  static final int MAX_CLIENTS = 64;

  /** How long a client may take to send its request or to read its answer, in nanoseconds. */
  static final long REQUEST_TIMEOUT = 5 * Time.SECOND;

  /** How long a client may take to send its request while others may be waiting, in nanoseconds. */
  static final long CROWDED_TIMEOUT = Time.SECOND / 2;

  /** How much unsent text is kept for a client that does not read, in bytes. */
  static final int MAX_BACKLOG = 1 << 20;

  private final Poll poll;
  private final LongSupplier clock;
  private final Handler handler;
  private final Path path;
  private final Fd listener;
  private final int owner = Sys.getuid();
  private final Map<Long, Client> clients = new LinkedHashMap<>();
  private long nextRequest;
  private long resumeAt = Long.MAX_VALUE;

  /** The component that answers requests. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Takes a request, to be answered once with {@link ControlServer#answer}, now or later.
     *
     * @param request its number
     * @param line its text
     */
    void request(long request, String line);
  }

  /**
   * Opens the control socket, which only root and the supervisor's user may use.
   *
   * @param poll the poll of the loop
   * @param clock CLOCK_MONOTONIC in nanoseconds
   * @param path its path; replaces a socket left there by a supervisor that is gone
   * @throws IOException if it cannot be opened, or another supervisor serves there
   */
  public ControlServer(Poll poll, LongSupplier clock, Path path, Handler handler)
      throws IOException {
    this(poll, clock, path, handler, listen(path));
  }

  /**
   * Opens the control socket in place of a supervisor that is gone, and its clients with it.
   *
   * @param nextRequest the first request number to use; none of that supervisor's requests had it
   */
  public ControlServer(Poll poll, LongSupplier clock, Path path, Handler handler, long nextRequest)
      throws IOException {
    this(poll, clock, path, handler, listen(path));
    this.nextRequest = nextRequest;
  }

  /**
   * Continues where the previous program in this process has stopped.
   *
   * @param state that program's state
   */
  public ControlServer(Poll poll, LongSupplier clock, Path path, Handler handler, State state)
      throws IOException {
    this(poll, clock, path, handler, Sys.adopt(state.listener()));
    nextRequest = state.nextRequest();
    for (State.Waiting waiting : state.waiting()) {
      var client = new Client(waiting.request(), Sys.adopt(waiting.fd()), clock.getAsLong());
      client.requested = waiting.received().isEmpty();
      client.answered = waiting.answered().isPresent();
      client.received.writeBytes(bytes(waiting.received().orElse("")));
      client.unsent.writeBytes(bytes(waiting.unsent()));
      clients.put(client.request, client);
      flush(client);
    }
    if (crowded()) {
      poll.forget(listener);
    }
  }

  private ControlServer(Poll poll, LongSupplier clock, Path path, Handler handler, Fd listener) {
    this.poll = poll;
    this.clock = clock;
    this.handler = handler;
    this.path = path;
    this.listener = listener;
    poll.onReadable(listener, this::accept);
  }

  private static Fd listen(Path path) throws IOException {
    if (Files.exists(path) && ControlClient.answers(path)) {
      throw new IOException("another supervisor already serves " + path);
    }
    RuntimeDirectory.remove(path);
    Fd listener = Sockets.listenUnix(path.toString());
    try {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw Reason.with("cannot listen on " + path, e);
    }
    return listener;
  }

  /**
   * The state with which the next program in this process continues; descriptors are numbers.
   *
   * @param listener the control socket
   * @param nextRequest the number of the next request
   * @param waiting the clients
   */
  public record State(int listener, long nextRequest, List<Waiting> waiting) {
    /**
     * A client. A version that knows only the first three components takes every client for one
     * that waits for its answer, and hangs up on it when it sends more.
     *
     * @param unsent the bytes it has not taken yet, as ISO 8859-1
     * @param received the part of its request that has arrived, likewise; empty if the request is
     *     complete
     * @param answered present once the whole answer was sent or is in {@code unsent}
     */
    public record Waiting(
        long request,
        int fd,
        String unsent,
        Optional<String> received,
        Optional<String> answered) {}

    /** All descriptors. */
    public List<Integer> fds() {
      return Stream.concat(Stream.of(listener), waiting.stream().map(Waiting::fd)).toList();
    }
  }

  /** The state with which the next program in this process continues. */
  public State state() {
    List<State.Waiting> waiting = new ArrayList<>();
    for (Client client : clients.values()) {
      waiting.add(
          new State.Waiting(
              client.request,
              client.fd.number(),
              text(client.unsent),
              client.requested ? Optional.empty() : Optional.of(text(client.received)),
              client.answered ? Optional.of("yes") : Optional.empty()));
    }
    return new State(listener.number(), nextRequest, waiting);
  }

  /** Bytes as text, one character each. */
  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * When {@link #expire} is next to be called, in nanoseconds; {@link Long#MAX_VALUE} for never.
   */
  public long deadline() {
    long first = clients.values().stream().mapToLong(this::deadline).min().orElse(Long.MAX_VALUE);
    return Math.min(first, resumeAt);
  }

  private long deadline(Client client) {
    if (client.requested) {
      return client.answered ? client.since + REQUEST_TIMEOUT : Long.MAX_VALUE;
    }
    return client.since + (crowded() ? CROWDED_TIMEOUT : REQUEST_TIMEOUT);
  }

  private boolean crowded() {
    return clients.size() >= MAX_CLIENTS;
  }

  /** Drops the clients that took too long, and accepts again when a pause is over. */
  public void expire() {
    long now = clock.getAsLong();
    List<Client> late = clients.values().stream().filter(c -> deadline(c) <= now).toList();
    late.forEach(this::drop);
    if (resumeAt <= now) {
      resume();
    }
  }

  /** Sends a client a progress line for its request, if it is still connected. */
  public void progress(long request, String text) {
    send(request, Protocol.progress(text));
  }

  /** Answers a request, if the client is still connected. */
  public void answer(long request, Outcome outcome, String text) {
    send(request, Protocol.answer(outcome, text));
    Client client = clients.get(request);
    if (client != null) {
      client.answered = true;
      client.since = clock.getAsLong();
      flush(client);
    }
  }

  /** Closes everything and removes the socket. */
  public void close() throws IOException {
    List.copyOf(clients.values()).forEach(this::drop);
    poll.forget(listener);
    listener.close();
    RuntimeDirectory.remove(path);
  }

  private void accept() {
    try {
      Optional<Fd> accepted = Sockets.accept(listener);
      if (accepted.isEmpty()) {
        return;
      }
      Fd fd = accepted.get();
      if (!mayAsk(fd)) {
        fd.close();
        return;
      }
      Client client = new Client(nextRequest++, fd, clock.getAsLong());
      clients.put(client.request, client);
      poll.onReadable(fd, () -> read(client));
      if (crowded()) {
        poll.forget(listener);
      }
    } catch (OsException e) {
      // The client is gone, or there is no descriptor for it: it waits until there may be one.
      poll.forget(listener);
      resumeAt = clock.getAsLong() + Time.SECOND;
    }
  }

  private boolean mayAsk(Fd connection) {
    try {
      int uid = Sockets.peerUid(connection);
      return uid == 0 || uid == owner;
    } catch (OsException e) {
      return false;
    }
  }

  private void read(Client client) {
    byte[] buffer = new byte[Protocol.MAX_REQUEST];
    OptionalInt count;
    try {
      count = Sys.read(client.fd, buffer);
    } catch (OsException e) {
      drop(client);
      return;
    }
    if (count.isEmpty()) {
      return;
    }
    if (count.getAsInt() == 0 || client.requested) {
      drop(client); // It hung up, or sends more than it may.
      return;
    }
    client.received.write(buffer, 0, count.getAsInt());
    String text = client.received.toString(StandardCharsets.UTF_8);
    int end = text.indexOf('\n');
    if (end >= 0) {
      client.requested = true;
      handler.request(client.request, text.substring(0, end));
    } else if (client.received.size() >= Protocol.MAX_REQUEST) {
      client.requested = true;
      answer(client.request, Outcome.USAGE, "the request is too long");
    }
  }

  private void send(long request, String lines) {
    Client client = clients.get(request);
    if (client != null) {
      client.unsent.writeBytes(lines.getBytes(StandardCharsets.UTF_8));
      flush(client);
    }
  }

  private void flush(Client client) {
    try {
      byte[] bytes = client.unsent.toByteArray();
      int sent = bytes.length == 0 ? 0 : Sockets.send(client.fd, bytes);
      client.unsent.reset();
      client.unsent.writeBytes(Arrays.copyOfRange(bytes, sent, bytes.length));
    } catch (OsException e) {
      drop(client);
      return;
    }
    if (client.unsent.size() > MAX_BACKLOG || (client.answered && client.unsent.size() == 0)) {
      drop(client);
    } else if (client.unsent.size() > 0) {
      poll.onWritable(client.fd, () -> flush(client));
    } else {
      poll.onReadable(client.fd, () -> read(client));
    }
  }

  private void drop(Client client) {
    clients.remove(client.request);
    poll.forget(client.fd);
    client.fd.close();
    resume();
  }

  private void resume() {
    resumeAt = Long.MAX_VALUE;
    poll.onReadable(listener, this::accept);
  }

  private static final class Client {
    final long request;
    final Fd fd;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
    boolean requested;
    boolean answered;

    /** When it connected, or was answered. */
    long since;

    Client(long request, Fd fd, long since) {
      this.request = request;
      this.fd = fd;
      this.since = since;
    }
  }
}
