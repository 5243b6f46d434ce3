package jcluster.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EnvironmentFileTest {
  /** A file, then its assignments as LINE NAME=value, then its mistakes. */
  static Stream<Arguments> files() {
    return Stream.of(
        file(""),
        file("\n \t\n# A=1\n  ; B=2\n"),
        file("A=1", "1 A=1"),
        file("A=1\nB=2\n", "1 A=1", "2 B=2"),
        file("A=1\nA=2\n", "1 A=1", "2 A=2"),
        file(" \tA =\t 1 \t\n", "1 A=1"),
        file("A=\nB=\"\"\nC=''\n", "1 A=", "2 B=", "3 C="),
        file("A=b c  d # e\n", "1 A=b c  d # e"),
        file("A=it's \"so\"\n", "1 A=it's \"so\""),
        file("A=a\\ b\\\\c\\n\\\"\\ \n", "1 A=a b\\cn\" "),
        file("A=a\\\n b\\\n#c\nB=2", "1 A=a b#c", "4 B=2"),
        file("A=a\\", "1 A=a"),
        file("# a\\\nB=2\n", "2 B=2"),
        file("A='b\n \\c\" '\nB=2\n", "1 A=b\n \\c\" ", "3 B=2"),
        file("A=\"b\n \\$\\`\\\"\\\\\\n'\"  \nB=2\n", "1 A=b\n $`\"\\\\n'", "3 B=2"),
        file("A=\"b\\\nc\"\nB=2\n", "1 A=bc", "3 B=2"),
        file("A=$HOME %i\n", "1 A=$HOME %i"),
        file("A=b=c\n", "1 A=b=c"),
        file("A=\u00e9\n", "1 A=\u00e9"));
  }

  static Stream<Arguments> mistakes() {
    String name =
        " is not a variable name: allowed are ASCII letters, digits and _, the first no digit";
    return Stream.of(
        file("\nfoo\nA=1\n", "3 A=1", "e:2: 'foo' is not an assignment: allowed is NAME=value"),
        file("=1\nB=2\n", "2 B=2", "e:1: ''" + name),
        file("1A=1\nB=2\n", "2 B=2", "e:1: '1A'" + name),
        file("export A=1\n", "e:1: 'export A'" + name),
        file("\u00c4=1\n", "e:1: '\u00c4'" + name),
        file("A-B='\nC=3'\nD=4\n", "3 D=4", "e:1: 'A-B'" + name),
        file("\nA=\"b\nB=2\n", "e:2: 'A' has a value with an unbalanced \": close it"),
        file("A='b\\'\nB=\\\n", "1 A=b\\", "2 B="),
        file("A='", "e:1: 'A' has a value with an unbalanced ': close it"),
        file("A=\"\\", "e:1: 'A' has a value with an unbalanced \": close it"),
        file(
            "A='b\n' c\nD=4",
            "3 D=4",
            "e:1: 'c' follows a closing quote: allowed is the end of the line"),
        file("A=\"b\"'c'\n", "e:1: ''c'' follows a closing quote: allowed is the end of the line"));
  }

  private static Arguments file(String text, String... expected) {
    return arguments(text, List.of(expected));
  }

  @ParameterizedTest
  @MethodSource({"files", "mistakes"})
  void parses(String text, List<String> expected) {
    Problems problems = new Problems();
    List<String> found = new ArrayList<>();
    EnvironmentFile.parse("e", text, problems)
        .forEach(it -> found.add(it.line() + " " + it.name() + "=" + it.value()));
    found.addAll(problems.list());
    assertEquals(expected, found);
  }
}
