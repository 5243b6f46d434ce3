import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * gRPC: answers each call with its process id, and shuts down as gRPC's own examples do; with the
 * word stop, at once.
 */
public class Main {
  static final MethodDescriptor<String, String> HELLO =
      MethodDescriptor.<String, String>newBuilder(new Text(), new Text())
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("Greeter/Hello")
          .build();
  static final MethodDescriptor<String, String> STREAM =
      MethodDescriptor.<String, String>newBuilder(new Text(), new Text())
          .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
          .setFullMethodName("Greeter/Stream")
          .build();

  /** Those of a stream, ten a second. */
  static final int MESSAGES = 30;

  public static void main(String[] args)
      throws IOException, InterruptedException, GeneralSecurityException {
    Options options = new Options(args);
    ServerServiceDefinition greeter =
        ServerServiceDefinition.builder("Greeter")
            .addMethod(HELLO, ServerCalls.asyncUnaryCall(Main::hello))
            .addMethod(STREAM, ServerCalls.asyncServerStreamingCall(Main::stream))
            .build();
    Server server = builder(options).addService(greeter).build().start();
    System.out.println("listening on port " + options.port);
    options.atShutdown(server::shutdownNow);
    if (!options.has("stop")) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
    }
    server.awaitTermination();
  }

  private static ServerBuilder<?> builder(Options options)
      throws IOException, GeneralSecurityException {
    if (!options.tls()) {
      return ServerBuilder.forPort(options.port);
    }
    // Not its own native TLS, into which nothing can look.
    SslContextBuilder keys = SslContextBuilder.forServer(options.keyManagers());
    return NettyServerBuilder.forPort(options.port)
        .sslContext(GrpcSslContexts.configure(keys, SslProvider.JDK).build());
  }

  private static void hello(String request, StreamObserver<String> answer) {
    answer.onNext(String.valueOf(ProcessHandle.current().pid()));
    answer.onCompleted();
  }

  private static void stream(String request, StreamObserver<String> answer) {
    for (int i = 0; i < MESSAGES; i++) {
      answer.onNext(String.valueOf(ProcessHandle.current().pid()));
      LockSupport.parkNanos(100_000_000);
    }
    answer.onCompleted();
  }

  private static void stop(Server server) {
    try {
      server.shutdown().awaitTermination(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      server.shutdownNow();
    }
  }
}
