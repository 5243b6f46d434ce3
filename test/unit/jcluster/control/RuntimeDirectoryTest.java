package jcluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcluster.os.Sys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which folders are used, and which are not because somebody else could have made them. */
class RuntimeDirectoryTest {
  private static final int STRANGER = 54321;

  @TempDir Path temporary;

  /** Only this user can change this folder. */
  private Path folder;

  /** The user that the folders are for. */
  private final int user = Sys.getuid();

  @BeforeEach
  void prepare() throws IOException {
    folder = Files.createDirectory(temporary.toRealPath().resolve("folder"));
    mode("rwxr-xr-x", folder);
  }

  private static void mode(String mode, Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /** Makes a folder a stranger's: as root really, and else by being another user. */
  private int strange(Path path) throws IOException {
    if (user != 0) {
      return STRANGER;
    }
    Files.setAttribute(path, "unix:uid", STRANGER, java.nio.file.LinkOption.NOFOLLOW_LINKS);
    return 0;
  }

  private int stranger() {
    return user == 0 ? STRANGER : user;
  }

  @Test
  void rootLooksForNothingInTmp() {
    assertEquals(List.of(Path.of("/run/t")), RuntimeDirectory.candidates("t", Map.of(), 0));
    assertEquals(
        List.of(Path.of("/run/t"), Path.of("/x/t")),
        RuntimeDirectory.candidates("t", Map.of("XDG_RUNTIME_DIR", "/x"), 0));
    String temporary = System.getProperty("java.io.tmpdir");
    assertEquals(
        List.of(Path.of("/run/t"), Path.of(temporary, "jcluster-7/t")),
        RuntimeDirectory.candidates("t", Map.of(), 7));
    assertEquals(
        List.of(Path.of("/run/t"), Path.of("/x/t")),
        RuntimeDirectory.candidates("t", Map.of("XDG_RUNTIME_DIR", "/x"), 7));
  }

  @Test
  void theFirstFolderOfAUnitIsGiven() {
    assertEquals(Optional.empty(), RuntimeDirectory.given(Map.of()));
    for (String text : List.of("", ":", ":/run/b")) {
      assertEquals(
          Optional.empty(), RuntimeDirectory.given(Map.of("RUNTIME_DIRECTORY", text)), text);
    }
    assertEquals(
        Optional.of(Path.of("/run/a")),
        RuntimeDirectory.given(Map.of("RUNTIME_DIRECTORY", "/run/a:/run/b")));
  }

  @Test
  void aFolderOfOnesOwnIsTrusted() throws IOException {
    Path own = Files.createDirectory(folder.resolve("t"));
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(own, user));
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(Path.of("/run"), user));
    assertThrows(
        NoSuchFileException.class, () -> RuntimeDirectory.distrust(folder.resolve("none"), user));
    assertEquals(
        Optional.of("t is not an absolute path"), RuntimeDirectory.distrust(Path.of("t"), user));
  }

  @Test
  void aFolderThatEveryoneMayChangeIsNotTrustedWithWhatIsInIt() throws IOException {
    Path own = Files.createDirectory(folder.resolve("t"));
    for (String mode : List.of("rwxrwxr-x", "rwxr-xrwx")) {
      mode(mode, folder);
      assertEquals(
          Optional.of("others may change " + folder), RuntimeDirectory.distrust(own, user));
    }
  }

  @Test
  void inAStickyFolderOnesOwnIsTrustedAndAStrangersIsNot() throws IOException {
    Path own = Files.createDirectory(folder.resolve("own"));
    Path others = Files.createDirectory(folder.resolve("others"));
    if (user != 0) {
      return; // What is a stranger's is so only for another user, whose nothing here is.
    }
    Files.setAttribute(folder, "unix:mode", 01777);
    strange(others);
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(own, user));
    String why = others + " belongs to uid " + STRANGER;
    assertEquals(Optional.of(why), RuntimeDirectory.distrust(others, user));
  }

  @Test
  void aFolderBelowAStrangersIsNotTrusted() throws IOException {
    Path below = Files.createDirectories(folder.resolve("jcluster-0/t"));
    int asks = strange(below.getParent());
    Optional<String> distrust = RuntimeDirectory.distrust(below, asks);
    assertTrue(distrust.orElse("").endsWith(" belongs to uid " + stranger()), distrust::toString);
  }

  @Test
  void theFolderOfAUnitIsItsUsersWhereOnlyRootPutsFolders() throws IOException {
    if (user != 0) {
      return; // Only root can make such.
    }
    Path unit = Files.createDirectory(folder.resolve("t"));
    strange(unit);
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(unit, user));
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(unit, 7));
    // As systemd makes it for a dynamic user with RuntimeDirectoryPreserve=
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("t"));
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(link, user));
    Path run = Files.createSymbolicLink(temporary.resolve("run"), folder);
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(run.resolve("t"), user));
  }

  @Test
  void whereALinkLeadsCountsToo() throws IOException {
    Path open = Files.createDirectory(folder.resolve("open"));
    Path own = Files.createDirectory(open.resolve("t"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), open);
    assertEquals(Optional.empty(), RuntimeDirectory.distrust(link.resolve("t"), user));
    mode("rwxrwxrwx", open);
    assertEquals(
        Optional.of("others may change " + open),
        RuntimeDirectory.distrust(link.resolve("t"), user));
    assertEquals(Optional.of("others may change " + open), RuntimeDirectory.distrust(own, user));
  }

  @Test
  void aStrangersLinkIsNotFollowed() throws IOException {
    if (user != 0) {
      return; // Only root can make such.
    }
    Path own = Files.createDirectories(folder.resolve("own/t")).getParent();
    Path link = Files.createSymbolicLink(folder.resolve("link"), own);
    strange(link);
    assertEquals(
        Optional.of(link + " belongs to uid " + STRANGER),
        RuntimeDirectory.distrust(link.resolve("t"), user));
    assertEquals(
        Optional.of(link + " belongs to uid " + STRANGER), RuntimeDirectory.distrust(link, user));
  }

  // A folder to run in

  private void refused(Path path, int asks, String why) {
    var e = assertThrows(IOException.class, () -> RuntimeDirectory.create(path, asks));
    assertTrue(e.getMessage().matches(why), e::getMessage);
  }

  @Test
  void aFolderToRunInIsMadeForThisUserAlone() throws IOException {
    Path path = folder.resolve("jcluster/t");
    assertEquals(path, RuntimeDirectory.create(path, user));
    assertEquals(path, RuntimeDirectory.create(path, user));
    for (Path made : List.of(path, path.getParent())) {
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    }
    mode("rwxrwx---", path);
    refused(path, user, path + " is not a folder that only this user may change: remove it");
  }

  @Test
  void nothingIsMadeInAFolderOfOthers() throws IOException {
    Path path = Files.createDirectory(folder.resolve("jcluster-0")).resolve("t");
    mode("rwxrwxrwx", path.getParent());
    refused(path, user, path + " is not safe to use: others may change " + path.getParent());
    mode("rwxr-xr-x", path.getParent());
    int asks = strange(folder);
    refused(path, asks, path + " is not safe to use: .* belongs to uid " + stranger());
    Files.deleteIfExists(path);
  }

  @Test
  void aLinkIsNoFolderToRunIn() throws IOException {
    Path own = Files.createDirectory(folder.resolve("own"));
    Path link = Files.createSymbolicLink(folder.resolve("t"), own);
    refused(link, user, link + " is not a folder that only this user may change: remove it");
  }

  @Test
  void whatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path path = file.resolve("t/u");
    refused(path, user, "cannot make the folder " + file + "/t: Not a directory");
    assertFalse(Files.exists(path));
  }
}
