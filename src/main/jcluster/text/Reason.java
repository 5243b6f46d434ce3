package jcluster.text;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;

/** Says to people why a file operation failed: the messages of many exceptions are only a path. */
public final class Reason {
  private Reason() {}

  /** The file's name and the reason, or only the reason if the exception names no file. */
  public static String of(IOException e) {
    if (e instanceof FileSystemException f && f.getFile() != null) {
      String other = f.getOtherFile() == null ? "" : " -> " + f.getOtherFile();
      return f.getFile() + other + ": " + why(e);
    }
    return why(e);
  }

  /** The reason alone. */
  public static String why(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "it does not exist";
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof FileAlreadyExistsException) {
      return "it exists already";
    } else if (e instanceof DirectoryNotEmptyException) {
      return "it is not empty";
    } else if (e instanceof NotDirectoryException) {
      return "it is not a directory";
    } else if (e instanceof CharacterCodingException) {
      return "it is not valid UTF-8";
    } else if (e instanceof UnknownHostException) {
      return "no such host";
    }
    // A FileSystemException's message would be the name; its reason is the operating system's text.
    String why = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return Optional.ofNullable(why).orElse(e.getClass().getSimpleName());
  }

  /**
   * An exception that says what was tried, with which file, and why it failed.
   *
   * @param tried such as {@code cannot write /run/app/file}
   */
  public static IOException with(String tried, IOException e) {
    return new IOException(tried + ": " + why(e), e);
  }
}
