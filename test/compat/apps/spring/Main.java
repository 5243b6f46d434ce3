import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Spring Boot, with Tomcat in it. */
@RestController
@EnableAutoConfiguration
public class Main {
  private static final String PID = String.valueOf(ProcessHandle.current().pid());

  public static void main(String[] args) {
    SpringApplication.run(Main.class, args);
  }

  @GetMapping("/")
  public String hello(HttpServletResponse response) {
    response.setHeader("X-Worker", PID);
    return "hello\n";
  }

  @PostMapping("/")
  public String length(@RequestBody byte[] body, HttpServletResponse response) {
    response.setHeader("X-Worker", PID);
    return body.length + "\n";
  }

  @GetMapping("/wait")
  public String wait(@RequestParam("ms") long ms, HttpServletResponse response) {
    LockSupport.parkNanos(1_000_000 * ms);
    return hello(response);
  }

  @GetMapping("/slow")
  public void slow(
      @RequestParam(name = "s", defaultValue = "3") int s, HttpServletResponse response)
      throws IOException {
    response.setHeader("X-Worker", PID);
    long begun = System.nanoTime();
    for (int i = 0; i < 10 * s; i++) {
      response.getOutputStream().print("piece " + i + "\n");
      response.flushBuffer();
      LockSupport.parkNanos(Options.untilDue(begun, i + 1));
    }
  }
}
