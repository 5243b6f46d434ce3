import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Spring Boot's WebFlux, on Reactor Netty. */
@RestController
@EnableAutoConfiguration
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) {
    SpringApplication.run(Main.class, args);
  }

  @GetMapping("/")
  public Mono<String> hello(ServerHttpResponse response) {
    response.getHeaders().set("X-Worker", PID);
    return Mono.just("hello\n");
  }

  @PostMapping("/")
  public Mono<String> length(@RequestBody Flux<DataBuffer> body, ServerHttpResponse response) {
    response.getHeaders().set("X-Worker", PID);
    return body.map(
            part -> {
              int length = part.readableByteCount();
              DataBufferUtils.release(part);
              return length;
            })
        .reduce(0, Integer::sum)
        .map(length -> length + "\n");
  }

  @GetMapping(path = "/slow", produces = MediaType.TEXT_PLAIN_VALUE)
  public Mono<Void> slow(ServerHttpResponse response) {
    response.getHeaders().set("X-Worker", PID);
    Flux<DataBuffer> pieces =
        Flux.range(0, 30)
            .delayElements(Duration.ofMillis(100))
            .map(i -> response.bufferFactory().wrap(("piece " + i + "\n").getBytes()));
    return response.writeAndFlushWith(pieces.map(Mono::just));
  }
}
