package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jcluster.config.Instances;
import jcluster.control.Request;
import jcluster.install.Listen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
  private static Command parse(String... words) throws UsageException {
    return CommandLine.parse(List.of(words));
  }

  @Test
  void readsEveryCommand() throws UsageException {
    assertEquals(
        new Command.Run(
            Optional.of("shop"),
            Optional.of(Path.of("/x.conf")),
            Optional.of("-1"),
            List.of("80", "[::1]:81"),
            Optional.of(List.of("java", "--help", "--", "x"))),
        parse(
            "run",
            "--name=shop",
            "--config",
            "/x.conf",
            "--instances=-1",
            "--listen=80",
            "--listen=[::1]:81",
            "--",
            "java",
            "--help",
            "--",
            "x"));
    assertEquals(new Command.Ask(Request.RELOAD, Optional.empty(), List.of()), parse("reload"));
    assertEquals(
        new Command.Ask(Request.RELOAD, Optional.of("shop"), List.of()), parse("reload", "shop"));
    assertEquals(
        new Command.Ask(Request.SCALE, Optional.of("shop"), List.of("-2")),
        parse("scale", "shop", "-2"));
    assertEquals(
        new Command.Status(Optional.of("a.b_c-d"), Command.Form.TABLE), parse("status", "a.b_c-d"));
    assertEquals(
        new Command.Status(Optional.empty(), Command.Form.JSON), parse("status", "--json"));
    assertEquals(
        new Command.Status(Optional.of("shop"), Command.Form.METRICS),
        parse("status", "shop", "--metrics"));
    assertEquals(
        new Command.Status(Optional.empty(), Command.Form.READY), parse("status", "--ready"));
    assertEquals(
        new Command.Status(Optional.of("shop"), Command.Form.WATCH),
        parse("status", "--watch", "shop"));
    assertEquals(
        new Command.Add(
            "shop",
            List.of(Listen.parse("80"), Listen.parse("/run/shop.sock")),
            Instances.parse("-1"),
            true,
            Optional.empty(),
            List.of("java", "--help")),
        parse(
            "add",
            "--listen=80",
            "shop",
            "--listen",
            "/run/shop.sock",
            "--instances",
            "-1",
            "--start",
            "--",
            "java",
            "--help"));
    assertEquals(
        new Command.Remove("shop", Optional.of(Path.of("/x"))),
        parse("remove", "shop", "--root=/x"));
    assertEquals(
        new Command.Import(Path.of("f"), Optional.of("a"), List.of(), Optional.empty()),
        parse("import", "f", "--only=a"));
    assertInstanceOf(Command.ReloadAll.class, parse("reload", "--all"));
    assertEquals(new Command.Check(List.of(Path.of("a"), Path.of("b"))), parse("check", "a", "b"));
    assertInstanceOf(Command.Help.class, parse("reload", "-h"));
    assertInstanceOf(Command.Version.class, parse("--version"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                | a command is missing: run, reload, scale, status, upgrade, list, check, add, remove or import
          start             | unknown command 'start': allowed are run, reload, scale, status, upgrade, list, check, add, remove and import
          run --nmae=x      | run: unknown option '--nmae': allowed are --name, --config, --instances and --listen
          run java          | run: unexpected 'java'; the command follows after --
          run --name        | run: --name needs a value
          run --            | run: the command after -- is missing
          run --name=../x   | '../x' cannot be a name: allowed are up to 64 letters, digits and . _ -, the first a letter or digit
          reload a b        | reload: unexpected 'b' after the name
          scale shop        | 'scale: needs a name and a size: scale NAME N|+N|-N|max'
          reload --al       | reload: unknown option '--al'; allowed is --all
          reload --all a    | reload: --all is for all: leave out what is beside it
          add               | add: the name of the application is missing
          add a b -- java   | add: unexpected 'b'
          add a/b -- java   | 'a/b' cannot be a name: allowed are up to 64 letters, digits and . _ -, the first a letter or digit
          add a --listen=1  | add: the command is missing: write it after --, such as -- java -jar /opt/a/a.jar
          add a -- java     | add: the address is missing that a listens on, such as --listen=8080
          add a --start=1   | add: unknown option '--start': allowed are --listen, --instances, --start and --root
          add a --listen=http -- java | --listen: 'http' is not an address: allowed are PORT, IPv4:PORT, [IPv6]:PORT and a path that begins with /
          add a --listen=1.2.3.4.5:80 -- java | --listen: '1.2.3.4.5:80' is not an address: allowed are PORT, IPv4:PORT, [IPv6]:PORT and a path that begins with /
          add a --listen=65536 -- java | --listen: '65536' is not an address: allowed are PORT, IPv4:PORT, [IPv6]:PORT and a path that begins with /
          add a --listen=1 --instances=x -- java | add: --instances: 'x' is not a number of instances: allowed are max, 0 (the same), N from 1 to 1024, or -N for all CPUs but N
          add a --listen=1 --root=/x --start -- java | add: what is in --root= does not run: leave --start out
          remove            | remove: the name of the application is missing
          remove a b        | remove: unexpected 'b'
          remove --force a  | remove: unknown option '--force': allowed is --root
          import            | import: the file, such as ecosystem.config.js, is missing
          list shop         | list: unexpected 'shop'; it shows all
          status --xml      | status: unknown option '--xml'; allowed are --json, --metrics, --ready and --watch
          status --table    | status: unknown option '--table'; allowed are --json, --metrics, --ready and --watch
          status --json --ready | status: only one of --json, --metrics, --ready and --watch may be given
          status --json a b | status: unexpected 'b' after the name
          list --json       | list: unknown option '--json'; it has none
          check --all       | check: unknown option '--all'; it has none
          """)
  void saysWhatIsWrong(String line, String message) {
    List<String> words = line.isEmpty() ? List.of() : List.of(line.split(" "));
    var e = assertThrows(UsageException.class, () -> CommandLine.parse(words));
    assertEquals(message, e.getMessage());
  }
}
