import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http2.CleartextHttp2ServerUpgradeHandler;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ServerUpgradeCodec;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Netty, on NIO, or with the word "native" on epoll where there is one. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    boolean epoll = options.has("native") && Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    Class<? extends ServerChannel> type =
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    EventLoopGroup acceptor = new MultiThreadIoEventLoopGroup(1, io);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(io);
    options.atShutdown(
        () -> {
          acceptor.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
          loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        });
    try {
      ServerBootstrap server =
          new ServerBootstrap()
              .group(acceptor, loops)
              .channel(type)
              .childHandler(new Pipeline(options));
      System.out.println(type.getSimpleName() + " on port " + options.port);
      server.bind(options.port).sync().channel().closeFuture().sync();
    } finally {
      acceptor.shutdownGracefully();
      loops.shutdownGracefully();
    }
  }

  private static class Pipeline extends ChannelInitializer<Channel> {
    private final Options options;
    private final SslContext tls;

    Pipeline(Options options) throws Exception {
      this.options = options;
      tls = options.tls() ? tls() : null;
    }

    private SslContext tls() throws Exception {
      var builder =
          SslContextBuilder.forServer(options.keyManagers())
              .sslProvider(SslProvider.JDK)
              .trustManager(options.trustManagers())
              .clientAuth(options.mutual() ? ClientAuth.REQUIRE : ClientAuth.NONE);
      if (options.http2()) {
        builder.applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2,
                ApplicationProtocolNames.HTTP_1_1));
      }
      return builder.build();
    }

    @Override
    protected void initChannel(Channel channel) {
      ChannelPipeline pipeline = channel.pipeline();
      if (options.has("proxy")) {
        pipeline.addLast(new HAProxyMessageDecoder()).addLast(new Proxy());
      }
      if (tls != null) {
        pipeline.addLast(tls.newHandler(channel.alloc()));
      }
      if (tls != null && options.http2()) {
        pipeline.addLast(new Negotiation());
      } else if (options.http2()) {
        either(pipeline);
      } else {
        http1(pipeline, new HttpServerCodec());
      }
    }

    private static void http1(ChannelPipeline pipeline, HttpServerCodec codec) {
      pipeline
          .addLast(codec)
          .addLast(new HttpServerKeepAliveHandler())
          .addLast(new HttpObjectAggregator(16 << 20))
          .addLast(new WebSocketServerProtocolHandler("/echo"))
          .addLast(new Echo())
          .addLast(new Hello());
    }

    private static Http2FrameCodec frames() {
      return Http2FrameCodecBuilder.forServer().build();
    }

    private static Http2MultiplexHandler streams() {
      return new Http2MultiplexHandler(
          new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel stream) {
              stream
                  .pipeline()
                  .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                  .addLast(new HttpObjectAggregator(16 << 20))
                  .addLast(new Hello());
            }
          });
    }

    /** HTTP/1.1, or HTTP/2 from the first byte on or after an upgrade. */
    private static void either(ChannelPipeline pipeline) {
      HttpServerCodec codec = new HttpServerCodec();
      var upgrade =
          new HttpServerUpgradeHandler(
              codec,
              protocol ->
                  AsciiString.contentEquals(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, protocol)
                      ? new Http2ServerUpgradeCodec(frames(), streams())
                      : null,
              1 << 20);
      var known =
          new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
              channel.pipeline().addLast(frames(), streams());
            }
          };
      pipeline.addLast(new CleartextHttp2ServerUpgradeHandler(codec, upgrade, known));
      pipeline
          .addLast(new HttpServerKeepAliveHandler())
          .addLast(new HttpObjectAggregator(16 << 20))
          .addLast(new Hello());
    }

    private static class Negotiation extends ApplicationProtocolNegotiationHandler {
      Negotiation() {
        super(ApplicationProtocolNames.HTTP_1_1);
      }

      @Override
      protected void configurePipeline(ChannelHandlerContext context, String protocol) {
        if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
          context.pipeline().addLast(frames(), streams());
        } else {
          http1(context.pipeline(), new HttpServerCodec());
        }
      }
    }
  }

  private static class Proxy extends SimpleChannelInboundHandler<HAProxyMessage> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, HAProxyMessage message) {
      // The client's address does not matter here.
    }
  }

  private static class Echo extends SimpleChannelInboundHandler<TextWebSocketFrame> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame message) {
      context.writeAndFlush(message.retain());
    }
  }

  private static class Hello extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request)
        throws IOException {
      String[] target = request.uri().split("[?]", 2);
      String query = target.length > 1 ? target[1] : "";
      switch (target[0]) {
        case "/slow" -> stream(context, "piece %d\n", query);
        case "/events" -> stream(context, "data: %d\n\n", query);
        case "/wait" -> {
          long millis = Options.number(query, "ms", 1000);
          context.executor().schedule(() -> hello(context), millis, TimeUnit.MILLISECONDS);
        }
        case "/file" -> file(context, Options.number(query, "size", 0));
        default -> {
          if (request.method().equals(HttpMethod.POST)) {
            answer(context, request.content().readableBytes() + "\n");
          } else if (request.method().equals(HttpMethod.HEAD)) {
            answer(context, "");
          } else {
            hello(context);
          }
        }
      }
    }

    private static void hello(ChannelHandlerContext context) {
      answer(context, "hello\n");
    }

    private static void answer(ChannelHandlerContext context, String text) {
      var body = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
      var answer = new DefaultFullHttpResponse(HTTP_1_1, OK, body);
      answer.headers().set("X-Worker", PID).set(CONTENT_LENGTH, body.readableBytes());
      context.writeAndFlush(answer);
    }

    /** The kernel copies it. */
    private static void file(ChannelHandlerContext context, long size) throws IOException {
      HttpResponse head = new DefaultHttpResponse(HTTP_1_1, OK);
      head.headers().set("X-Worker", PID).set(CONTENT_LENGTH, size);
      context.write(head);
      context.write(new DefaultFileRegion(Options.file(size).toFile(), 0, size));
      context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private static void stream(ChannelHandlerContext context, String text, String query) {
      HttpResponse head = new DefaultHttpResponse(HTTP_1_1, OK);
      head.headers()
          .set("X-Worker", PID)
          .set(CONTENT_TYPE, "text/event-stream")
          .set(TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      context.writeAndFlush(head);
      stream(context, text, System.nanoTime(), 0, 10 * Options.number(query, "s", 3));
    }

    private static void stream(
        ChannelHandlerContext context, String text, long begun, long piece, long all) {
      if (piece == all) {
        context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        return;
      }
      ByteBuf content =
          Unpooled.copiedBuffer(String.format(text, piece), StandardCharsets.US_ASCII);
      context
          .writeAndFlush(new DefaultHttpContent(content))
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
      context
          .executor()
          .schedule(
              () -> stream(context, text, begun, piece + 1, all),
              Options.untilDue(begun, piece + 1),
              TimeUnit.NANOSECONDS);
    }
  }
}
