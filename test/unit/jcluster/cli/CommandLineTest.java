package jcluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jcluster.control.Request;
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
    assertEquals(new Command.Check(List.of(Path.of("a"), Path.of("b"))), parse("check", "a", "b"));
    assertInstanceOf(Command.Help.class, parse("reload", "-h"));
    assertInstanceOf(Command.Version.class, parse("--version"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                | a command is missing: run, reload, scale, status, upgrade, list or check
          start             | unknown command 'start': allowed are run, reload, scale, status, upgrade, list and check
          run --nmae=x      | run: unknown option '--nmae': allowed are --name, --config, --instances and --listen
          run java          | run: unexpected 'java'; the command follows after --
          run --name        | run: --name needs a value
          run --            | run: the command after -- is missing
          run --name=../x   | '../x' cannot be a name: allowed are up to 64 letters, digits and . _ -, the first a letter or digit
          reload a b        | reload: unexpected 'b' after the name
          scale shop        | 'scale: needs a name and a size: scale NAME N|+N|-N|max'
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
