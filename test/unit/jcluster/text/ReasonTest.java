package jcluster.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReasonTest {
  @TempDir Path folder;

  private interface Attempt {
    void run() throws IOException;
  }

  private static String of(Attempt attempt) {
    return Reason.of(assertThrows(IOException.class, attempt::run));
  }

  @Test
  void anErrorOfTheFileSystemNamesTheFileAndTheReason() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path none = folder.resolve("none");
    assertEquals(none + ": it does not exist", of(() -> Files.readString(none)));
    assertEquals(file + ": it exists already", of(() -> Files.createDirectory(file)));
    assertEquals(folder + ": it is not empty", of(() -> Files.delete(folder)));
    assertEquals("/a: it is not a directory", Reason.of(new NotDirectoryException("/a")));
    assertEquals(file + "/x: Not a directory", of(() -> Files.createFile(file.resolve("x"))));
    assertEquals("/a -> /b: full", Reason.of(new FileSystemException("/a", "/b", "full")));
    assertEquals("/a: permission denied", Reason.of(new AccessDeniedException("/a")));
  }

  @Test
  void anyOtherErrorHasItsMessageOrItsType() throws IOException {
    assertEquals("No space left", Reason.of(new IOException("No space left")));
    assertEquals("EOFException", Reason.of(new EOFException()));
    assertEquals("/a: FileSystemException", Reason.of(new FileSystemException("/a")));
    assertEquals("no such host", Reason.of(new UnknownHostException("x")));
    Path binary = Files.write(folder.resolve("binary"), new byte[] {-1});
    assertEquals("it is not valid UTF-8", of(() -> Files.readString(binary)));
  }

  @Test
  void theAttemptIsNotNamedTwice() {
    var cause = new AccessDeniedException("/a");
    IOException e = Reason.with("cannot write /a", cause);
    assertEquals("cannot write /a: permission denied", e.getMessage());
    assertEquals(cause, e.getCause());
  }
}
