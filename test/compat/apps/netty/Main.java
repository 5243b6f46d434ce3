import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
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
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Netty, on NIO, or with the second word "native" on epoll where there is one. */
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) throws InterruptedException {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    boolean epoll = List.of(args).contains("native") && Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    Class<? extends ServerChannel> type =
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    EventLoopGroup acceptor = new MultiThreadIoEventLoopGroup(1, io);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(io);
    try {
      ServerBootstrap server =
          new ServerBootstrap().group(acceptor, loops).channel(type).childHandler(new Pipeline());
      System.out.println(type.getSimpleName() + " on port " + port);
      server.bind(port).sync().channel().closeFuture().sync();
    } finally {
      acceptor.shutdownGracefully();
      loops.shutdownGracefully();
    }
  }

  private static class Pipeline extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      channel
          .pipeline()
          .addLast(new HttpServerCodec())
          .addLast(new HttpServerKeepAliveHandler())
          .addLast(new HttpObjectAggregator(16 << 20))
          .addLast(new Hello());
    }
  }

  private static class Hello extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      if (request.uri().equals("/slow")) {
        HttpResponse head = new DefaultHttpResponse(HTTP_1_1, OK);
        head.headers().set("X-Worker", PID).set(TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        context.writeAndFlush(head);
        stream(context, 0);
      } else if (request.method().equals(HttpMethod.POST)) {
        answer(context, request.content().readableBytes() + "\n");
      } else {
        answer(context, "hello\n");
      }
    }

    private static void answer(ChannelHandlerContext context, String text) {
      var body = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
      var answer = new DefaultFullHttpResponse(HTTP_1_1, OK, body);
      answer.headers().set("X-Worker", PID).set(CONTENT_LENGTH, body.readableBytes());
      context.writeAndFlush(answer);
    }

    private static void stream(ChannelHandlerContext context, int piece) {
      if (piece == 30) {
        context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        return;
      }
      var text = Unpooled.copiedBuffer("piece " + piece + "\n", StandardCharsets.US_ASCII);
      context
          .writeAndFlush(new DefaultHttpContent(text))
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
      context.executor().schedule(() -> stream(context, piece + 1), 100, TimeUnit.MILLISECONDS);
    }
  }
}
