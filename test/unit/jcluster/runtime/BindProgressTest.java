package jcluster.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import jcluster.systemd.Endpoint;
import jcluster.systemd.Endpoint.Kind;
import org.junit.jupiter.api.Test;

class BindProgressTest {
  private static final Endpoint HTTP = new Endpoint("http", Kind.TCP, 1, 8080, "0:0:0:0:0:0:0:0");
  private static final Endpoint APP = new Endpoint("app", Kind.UNIX, 2, 0, "/run/app.sock");

  private final BindProgress binding = new BindProgress(List.of(HTTP, APP));

  @Test
  void aMissingAgentIsTheReason() {
    assertEquals(
        "no agent in this process: a script must start java with exec, and Command= must be a JVM"
            + " of version 17 or later",
        binding.explanation());
    assertEquals("", binding.status());
  }

  @Test
  void socketsThatAreNotBoundAreNamed() {
    binding.begins();
    assertEquals(
        "the application has not bound http [::]:8080, app /run/app.sock yet; it bound no other"
            + " port",
        binding.explanation());
    binding.waitsFor("app /run/app.sock");
    assertEquals("has not bound app /run/app.sock", binding.status());
    binding.ends();
    assertEquals("", binding.status());
  }

  @Test
  void aPortMapIsAdvisedForAnotherPort() {
    binding.begins();
    binding.other("0.0.0.0:9090");
    binding.waitsFor("http [::]:8080");
    assertEquals(
        "the application bound 0.0.0.0:9090, but the unit listens on http [::]:8080: bind that"
            + " port, or set PortMap=9090:http (jcluster.conf(5))",
        binding.explanation());
    binding.other("127.0.0.1:9091");
    assertEquals(
        "the application bound 0.0.0.0:9090, 127.0.0.1:9091, but the unit listens on http"
            + " [::]:8080: bind that port, or set PortMap=9090:http (jcluster.conf(5))",
        binding.explanation());
  }

  @Test
  void aPortMapIsAdvisedOnlyWhereItHelps() {
    binding.begins();
    binding.other("127.0.0.2:8080");
    binding.waitsFor("http 127.0.0.1:8080");
    assertEquals(
        "the application bound 127.0.0.2:8080, but the unit listens on http 127.0.0.1:8080: bind"
            + " that address",
        binding.explanation());
    binding.waitsFor("app /run/app.sock");
    assertEquals(
        "the application bound 127.0.0.2:8080, but the unit listens on app /run/app.sock: bind"
            + " that address",
        binding.explanation());
  }

  @Test
  void aFewOtherAddressesAreNamedEachOnce() {
    binding.begins();
    binding.waitsFor("app /run/app.sock");
    for (int i = 0; i < 20; i++) {
      binding.other("[::]:" + (9000 + i / 2));
    }
    assertEquals(
        "the application bound [::]:9000, [::]:9001, [::]:9002, [::]:9003, [::]:9004, [::]:9005,"
            + " [::]:9006, [::]:9007, but the unit listens on app /run/app.sock: bind that address",
        binding.explanation());
  }
}
