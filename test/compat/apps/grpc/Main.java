import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** gRPC: answers each call with its process id, and shuts down as gRPC's own examples do. */
public class Main {
  static final MethodDescriptor<String, String> HELLO =
      MethodDescriptor.<String, String>newBuilder(new Text(), new Text())
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("Greeter/Hello")
          .build();

  public static void main(String[] args) throws IOException, InterruptedException {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    ServerServiceDefinition greeter =
        ServerServiceDefinition.builder("Greeter")
            .addMethod(HELLO, ServerCalls.asyncUnaryCall(Main::hello))
            .build();
    Server server = ServerBuilder.forPort(port).addService(greeter).build().start();
    System.out.println("listening on port " + port);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
    server.awaitTermination();
  }

  private static void hello(String request, StreamObserver<String> answer) {
    answer.onNext(String.valueOf(ProcessHandle.current().pid()));
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
