package jcluster.agent;

/**
 * A call inside the JDK that goes to a class of ours instead. The target has the same name and
 * type; for an instance method, it is static and takes the receiver first. The table is all that
 * the agent changes in the JDK, apart from the fields that {@code JclusterAgent} sets.
 *
 * @param caller the class that makes the call, as in a class file
 * @param when the kind of socket that the supervisor must have passed; {@link #ANY} for any, {@link
 *     #TLS} if the application has shown that it uses the JDK's TLS
 * @param owner the class whose method is called
 * @param name the method's name
 * @param type the method's descriptor
 * @param kind how the method is called, and how the target is
 * @param target the class that is called instead
 * @param since the first feature release of the JDK in which the caller makes the call
 * @param until the last one
 */
record Redirect(
    String caller,
    String when,
    String owner,
    String name,
    String type,
    Kind kind,
    String target,
    int since,
    int until) {

  /** How a call changes. */
  enum Kind {
    /** A static method is replaced by another. */
    STATIC,
    /** An instance method is replaced by a static one that takes the receiver first. */
    TO_STATIC,
    /** A static method of ours is replaced by an instance method that a later JDK has. */
    TO_INSTANCE
  }

  static final String ANY = "";
  static final String TLS = "tls";
  private static final String UDP = "udp";
  private static final String UNIX = "unix";

  private static final String CH = "sun/nio/ch/";
  private static final String SSL = "sun/security/ssl/";
  private static final String FD = "Ljava/io/FileDescriptor;";
  private static final String INET = "Ljava/net/InetAddress;";
  private static final String FAMILY = "Ljava/net/ProtocolFamily;";
  private static final String ADDRESS = "Ljava/net/InetSocketAddress;";
  private static final String BUFFERS = "[Ljava/nio/ByteBuffer;II";

  private static final String STREAMS = CH + "ServerSocketChannelImpl";
  private static final String BLOCKING_STREAMS = CH + "NioSocketImpl";
  private static final String ASYNC_STREAMS = CH + "AsynchronousServerSocketChannelImpl";
  private static final String ASYNC_ACCEPTS = CH + "UnixAsynchronousServerSocketChannelImpl";
  private static final String DATAGRAMS = CH + "DatagramChannelImpl";
  private static final String INHERITED = CH + "InheritedChannel";
  private static final String NET = CH + "JclusterNet";
  private static final String PACKETS = CH + "JclusterDatagrams";
  private static final String PATHS = CH + "JclusterUnixDomainSockets";
  private static final String OPTIONS = CH + "JclusterOptions";
  private static final String FILES = CH + "JclusterFiles";
  private static final String TALK = SSL + "JclusterTls";

  private static final String BIND = "(" + FD + INET + "I)V";
  private static final String BIND_FAMILY = "(" + FAMILY + FD + INET + "I)V";
  private static final String LISTEN = "(" + FD + "I)V";
  private static final String ACCEPT = "(" + FD + FD + "[" + ADDRESS + ")I";
  private static final String LOCAL = "(" + FD + ")" + ADDRESS;
  private static final String BLOCKING = "(" + FD + "Z)V";
  private static final String SET = "(" + FD + "Ljava/net/SocketOption;Ljava/lang/Object;)V";
  private static final String SET_OF_FAMILY =
      "(" + FD + FAMILY + "Ljava/net/SocketOption;Ljava/lang/Object;)V";
  private static final String DECODE =
      "(L" + SSL + "TransportContext;" + BUFFERS + BUFFERS + ")L" + SSL + "Plaintext;";

  static final Redirect[] TABLE = {
    // Bind, listen and accept
    of(STREAMS, ANY, CH + "Net", "bind", BIND_FAMILY, NET),
    of(STREAMS, ANY, CH + "Net", "listen", LISTEN, NET),
    of(STREAMS, ANY, CH + "Net", "accept", ACCEPT, NET),
    of(STREAMS, ANY, CH + "Net", "localAddress", LOCAL, NET),
    of(STREAMS, ANY, CH + "IOUtil", "configureBlocking", BLOCKING, NET),
    of(STREAMS, ANY, CH + "UnixDomainSockets", "bind", "(" + FD + "Ljava/nio/file/Path;)V", PATHS),
    of(
        STREAMS,
        ANY,
        CH + "UnixDomainSockets",
        "accept",
        "(" + FD + FD + "[Ljava/lang/String;)I",
        PATHS),
    of(
        STREAMS,
        ANY,
        CH + "UnixDomainSockets",
        "localAddress",
        "(" + FD + ")Ljava/net/UnixDomainSocketAddress;",
        PATHS),
    of(BLOCKING_STREAMS, ANY, CH + "Net", "bind", BIND, NET),
    of(BLOCKING_STREAMS, ANY, CH + "Net", "listen", LISTEN, NET),
    of(BLOCKING_STREAMS, ANY, CH + "Net", "accept", ACCEPT, NET),
    of(BLOCKING_STREAMS, ANY, CH + "IOUtil", "configureBlocking", BLOCKING, NET),
    of(ASYNC_STREAMS, ANY, CH + "Net", "bind", BIND, NET),
    of(ASYNC_STREAMS, ANY, CH + "Net", "listen", LISTEN, NET),
    of(ASYNC_ACCEPTS, ANY, CH + "Net", "accept", ACCEPT, NET),
    of(DATAGRAMS, UDP, CH + "Net", "bind", BIND_FAMILY, PACKETS),
    of(DATAGRAMS, UDP, CH + "Net", "localAddress", LOCAL, PACKETS),
    of(DATAGRAMS, UDP, CH + "IOUtil", "configureBlocking", BLOCKING, PACKETS),
    of(DATAGRAMS, UDP, DATAGRAMS, "receive0", "(" + FD + "JIJZ)I", PACKETS),
    of(DATAGRAMS, UDP, DATAGRAMS, "send0", "(" + FD + "JIJI)I", PACKETS),
    // Socket options
    of(STREAMS, ANY, CH + "Net", "setSocketOption", SET_OF_FAMILY, OPTIONS),
    of(BLOCKING_STREAMS, ANY, CH + "Net", "setSocketOption", SET, OPTIONS),
    of(ASYNC_STREAMS, ANY, CH + "Net", "setSocketOption", SET_OF_FAMILY, OPTIONS),
    of(DATAGRAMS, UDP, CH + "Net", "setSocketOption", SET_OF_FAMILY, OPTIONS),
    // sendfile(2)
    of(
            CH + "FileChannelImpl",
            ANY,
            CH + "FileChannelImpl",
            "transferTo0",
            "(" + FD + "JJ" + FD + ")J",
            FILES)
        .virtual()
        .until(19),
    of(
            CH + "FileDispatcherImpl",
            ANY,
            CH + "FileDispatcherImpl",
            "transferTo0",
            "(" + FD + "JJ" + FD + "Z)J",
            FILES)
        .since(20),
    // The JDK's TLS
    of(SSL + "SSLEngineImpl", TLS, SSL + "SSLTransport", "decode", DECODE, TALK),
    of(
            SSL + "SSLEngineImpl",
            TLS,
            SSL + "OutputRecord",
            "encode",
            "(" + BUFFERS + BUFFERS + ")L" + SSL + "Ciphertext;",
            TALK)
        .virtual(),
    of(SSL + "SSLSocketImpl", TLS, SSL + "SSLTransport", "decode", DECODE, TALK),
    of(SSL + "SSLSocketImpl$AppOutputStream", TLS, SSL + "OutputRecord", "deliver", "([BII)V", TALK)
        .virtual(),
    // System.inheritedChannel()
    of(INHERITED, ANY, INHERITED, "dup2", "(II)V", NET),
    of(
        INHERITED,
        ANY,
        "java/nio/channels/spi/SelectorProvider",
        "provider",
        "()Ljava/nio/channels/spi/SelectorProvider;",
        NET),
    // Deleting the path of a socket
    of(
            "java/io/File",
            UNIX,
            "java/io/FileSystem",
            "delete",
            "(Ljava/io/File;)Z",
            "java/io/JclusterFileSystem")
        .virtual(),
    of(
        "sun/nio/fs/UnixFileSystemProvider",
        UNIX,
        "sun/nio/fs/UnixNativeDispatcher",
        "unlink",
        "(Lsun/nio/fs/UnixPath;)V",
        "sun/nio/fs/JclusterUnixNativeDispatcher"),
  };

  /**
   * A call in our own class goes to the JDK's method that maps a file without a buffer, which came
   * with 20. Mapping with a buffer takes 20 ms the first time.
   */
  static final Redirect MAP =
      new Redirect(
          CH + "JclusterBalance",
          ANY,
          CH + "JclusterMapping",
          "map",
          "(L" + CH + "FileDispatcherImpl;" + FD + "IJJZ)J",
          Kind.TO_INSTANCE,
          CH + "FileDispatcherImpl",
          20,
          Integer.MAX_VALUE);

  private static Redirect of(
      String caller, String when, String owner, String name, String type, String target) {
    return new Redirect(caller, when, owner, name, type, Kind.STATIC, target, 0, Integer.MAX_VALUE);
  }

  private Redirect virtual() {
    return new Redirect(caller, when, owner, name, type, Kind.TO_STATIC, target, since, until);
  }

  private Redirect since(int release) {
    return new Redirect(caller, when, owner, name, type, kind, target, release, until);
  }

  private Redirect until(int release) {
    return new Redirect(caller, when, owner, name, type, kind, target, since, release);
  }

  /** Whether it applies to a feature release of the JDK. */
  boolean isOf(int release) {
    return release >= since && release <= until;
  }

  /** The descriptor of the method that is called instead. */
  String targetType() {
    if (kind == Kind.TO_STATIC) {
      return "(L".concat(owner).concat(";").concat(type.substring(1));
    }
    return kind == Kind.STATIC ? type : "(".concat(type.substring(type.indexOf(';') + 1));
  }
}
