package jcluster.install;

import static jcluster.config.Words.tick;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jcluster.text.Reason;

/**
 * Makes applications services, and undoes it. The units of an application are links to those of
 * jcluster, so that an upgrade reaches them; what differs is in a drop-in. The links must lead out
 * of the folders of units: otherwise, systemd takes them for other names of the same unit.
 */
public final class Services {
  private static final Path CONFIGURATIONS = Path.of("/etc/jcluster");
  private static final Path UNITS = Path.of("/etc/systemd/system");

  /** Where else a unit of that name may be, see systemd.unit(5). */
  private static final List<Path> OTHER_UNITS =
      List.of(
          Path.of("/run/systemd/system"),
          Path.of("/usr/local/lib/systemd/system"),
          Path.of("/usr/lib/systemd/system"),
          Path.of("/lib/systemd/system"));

  /** What follows the name of an application in the names of its units. */
  private static final List<String> KINDS = List.of(".service", "@.service", "@.socket");

  /** How many lines of its log tell why an application did not start. */
  private static final String LINES = "15";

  private static final String ALL = "jcluster.target";
  private static final String TEMPLATE = "myapp";
  private static final String SOCKETS = "@.socket.d/10-listen.conf";

  private final Place place;
  private final Programs programs;

  /**
   * The services of a system.
   *
   * @param programs those of that system
   */
  public Services(Place place, Programs programs) {
    this.place = place;
    this.programs = programs;
  }

  /**
   * Says what would keep these applications from starting as services, or from being added.
   *
   * @return the problems, each in a line that begins with the name of an application
   */
  public List<String> problems(List<Application> applications) throws IOException {
    List<String> problems = new ArrayList<>();
    for (String kind : KINDS) {
      Path template = place.templates().resolve(TEMPLATE + kind);
      if (!Files.isRegularFile(place.in(template))) {
        problems.add(template + " is missing: install jcluster");
      }
    }
    for (Application one : applications) {
      problems.addAll(conflicts(one.name()));
    }
    Map<String, String> addresses = addresses();
    applications.forEach(one -> addresses.values().removeIf(one.name()::equals));
    problems.addAll(Checks.of(place, applications, addresses));
    return problems;
  }

  /** What is there already where the application's files would be, or would take their place. */
  private List<String> conflicts(String name) throws IOException {
    if (isAdded(name)) {
      return List.of(
          name
              + ": it was added already: change "
              + configuration(name)
              + ", or remove it first with jcluster remove "
              + name);
    }
    List<String> problems = new ArrayList<>();
    for (Path file : files(name)) {
      if (exists(file)) {
        problems.add(name + ": " + file + " exists: move it away, or choose another name");
      }
    }
    for (Path folder : OTHER_UNITS) {
      for (String kind : KINDS) {
        Path unit = folder.resolve(name + kind);
        if (exists(unit)) {
          problems.add(name + ": there is a unit of that name, " + unit + ": choose another name");
        }
      }
    }
    return problems;
  }

  /** The addresses of the applications that were added, each with the application's name. */
  private Map<String, String> addresses() throws IOException {
    Map<String, String> addresses = new LinkedHashMap<>();
    for (Path folder : list(UNITS)) {
      String name = String.valueOf(folder.getFileName());
      Path sockets = folder.resolveSibling(name.replaceFirst("@[.]socket[.]d$", SOCKETS));
      if (!sockets.equals(folder) && exists(sockets)) {
        for (String line : text(sockets).split("\n")) {
          if (line.matches("ListenStream=.+")) {
            addresses.put(
                line.substring("ListenStream=".length()), name.substring(0, name.indexOf('@')));
          }
        }
      }
    }
    return addresses;
  }

  /**
   * Writes the files of all these applications and tells the service manager, or leaves everything
   * as it was.
   *
   * @return the files, for people
   * @throws IOException if that fails; the message says where
   */
  public List<String> add(List<Application> applications) throws IOException {
    Deque<Path> made = new ArrayDeque<>();
    List<String> files = new ArrayList<>();
    try {
      for (Application one : applications) {
        Path configuration = configuration(one.name());
        write(configuration, one.configuration(), made);
        Path sockets = UNITS.resolve(one.name() + SOCKETS);
        write(sockets, one.sockets(), made);
        for (String kind : KINDS) {
          link(UNITS.resolve(one.name() + kind), place.templates().resolve(TEMPLATE + kind), made);
        }
        link(
            UNITS.resolve(ALL + ".wants").resolve(one.unit()),
            place.templates().resolve(TEMPLATE + "@.service"),
            made);
        files.add(configuration.toString());
        files.add(sockets.toString());
        KINDS.forEach(kind -> files.add(UNITS.resolve(one.name() + kind).toString()));
      }
      programs.run("systemctl", "daemon-reload");
      return files;
    } catch (IOException e) {
      try {
        for (Path path : made) {
          delete(path);
        }
        programs.run("systemctl", "daemon-reload");
      } catch (IOException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
  }

  /**
   * Starts an application that was just added, now and at boot, or removes it again.
   *
   * @throws IOException if it does not start; the message has the last lines of its log
   */
  public void start(Application application) throws IOException {
    String name = application.name();
    try {
      programs.run("systemctl", "--quiet", "enable", "--now", application.unit());
    } catch (IOException e) {
      String log = log(name);
      remove(name);
      throw new IOException("it did not start, and was removed again. " + log, e);
    }
  }

  private String log(String name) {
    try {
      String[] journalctl = {"journalctl", "-qb", "-o", "cat", "-n", LINES, "-u", name + "@*"};
      return "Its log ends with:\n" + programs.run(journalctl);
    } catch (IOException e) {
      return "Its log cannot be read: " + e.getMessage();
    }
  }

  /**
   * Says what keeps an application from being removed: it was not added, or a person has changed or
   * added something.
   *
   * @return the problems, each in a line for people
   */
  public List<String> obstacles(String name) throws IOException {
    if (!isAdded(name)) {
      return List.of(
          files(name).stream().anyMatch(this::exists)
              ? name + ": it was not added by jcluster add, so that its files are yours to remove"
              : name + ": it was not added, see /etc/jcluster for what was");
    }
    List<String> problems = new ArrayList<>();
    for (Path file : files(name)) {
      if (exists(file) && !isIntact(file)) {
        problems.add(file + " was changed after jcluster add wrote it: delete it, or move it away");
      }
    }
    for (Path place : places(name)) {
      for (Path file : isFolder(place) ? list(place) : List.of(place)) {
        if (!files(name).contains(file) && !isIntact(file)) {
          problems.add(file + " was not written by jcluster add: delete it, or move it away");
        }
      }
    }
    return problems;
  }

  /**
   * Stops an application and removes all that belongs to it.
   *
   * @return the files that were removed, for people
   * @throws IOException if it cannot be stopped, in which case everything is left as it is; or if a
   *     file cannot be removed
   */
  public List<String> remove(String name) throws IOException {
    // Patterns, also the first: they match what is loaded, and a unit that is not may be missing.
    String[] units = {name + "[.]service", name + "@*.service", name + "@*.socket"};
    programs.run("systemctl", "stop", units[0], units[1], units[2]);
    programs.run("systemctl", "reset-failed", units[0], units[1], units[2]);
    if (exists(UNITS.resolve(name + "@.service"))) {
      // A stop while it waits for a restart leaves its folder in /run. All sizes have the same.
      programs.run("systemctl", "clean", "--what=runtime", "--what=cache", name + "@max.service");
    }
    for (Path folder : list(UNITS)) {
      if (folder.toString().endsWith(".wants")) {
        for (Path link : list(folder)) {
          if (String.valueOf(link.getFileName()).startsWith(name + "@")) {
            delete(link);
            deleteEmpty(folder); // As systemctl(1) does
          }
        }
      }
    }
    List<String> removed = new ArrayList<>();
    for (Path file : files(name)) {
      if (exists(file)) {
        delete(file);
        removed.add(file.toString());
      }
    }
    for (Path folder : places(name)) { // And what systemctl(1) links when it enables a size
      deleteEmpty(folder);
    }
    // The folders around that of CacheDirectory=
    deleteEmpty(Path.of("/var/cache", name));
    deleteEmpty(Path.of("/var/cache/private", name));
    programs.run("systemctl", "daemon-reload");
    // Once more: to clean a service that has failed makes it a failed one again.
    programs.run("systemctl", "reset-failed", units[0], units[1], units[2]);
    return removed;
  }

  /** The units of an application, whoever wrote them, and the folders with drop-ins for it. */
  private List<Path> places(String name) throws IOException {
    List<Path> places = new ArrayList<>();
    for (Path entry : list(UNITS)) {
      String file = String.valueOf(entry.getFileName());
      if (file.startsWith(name + "@") || file.startsWith(name + ".service")) {
        places.add(entry);
      }
    }
    Path dropIns = Path.of(configuration(name) + ".d");
    if (exists(dropIns)) {
      places.add(dropIns);
    }
    return places;
  }

  private static Path configuration(String name) {
    return CONFIGURATIONS.resolve(name + ".conf");
  }

  /** The files that an application consists of. */
  private static List<Path> files(String name) {
    return Stream.concat(
            Stream.of(configuration(name), UNITS.resolve(name + SOCKETS)),
            KINDS.stream().map(kind -> UNITS.resolve(name + kind)))
        .toList();
  }

  /** Whether any file is from {@code jcluster add}, though it may be changed. */
  private boolean isAdded(String name) throws IOException {
    for (Path file : files(name)) {
      if (isLink(file) ? isIntact(file) : exists(file) && Marked.isOurs(text(file))) {
        return true;
      }
    }
    return false;
  }

  private boolean isIntact(Path file) throws IOException {
    if (!isLink(file)) {
      return Marked.isIntact(text(file));
    }
    Path target = Files.readSymbolicLink(place.in(file));
    return KINDS.stream().anyMatch(k -> target.equals(place.templates().resolve(TEMPLATE + k)));
  }

  private boolean isFolder(Path file) {
    return Files.isDirectory(place.in(file), LinkOption.NOFOLLOW_LINKS);
  }

  private boolean isLink(Path file) {
    return Files.isSymbolicLink(place.in(file));
  }

  private boolean exists(Path file) {
    return Files.exists(place.in(file), LinkOption.NOFOLLOW_LINKS);
  }

  /** A text of any encoding, for which a byte that is not UTF-8 is a change. */
  private String text(Path file) throws IOException {
    return new String(Files.readAllBytes(place.in(file)), StandardCharsets.UTF_8);
  }

  private List<Path> list(Path folder) throws IOException {
    try (var entries = Files.list(place.in(folder))) {
      return entries.map(entry -> folder.resolve(entry.getFileName())).sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  private void write(Path file, String text, Deque<Path> made) throws IOException {
    try {
      createFolder(file.getParent(), made);
      Files.writeString(place.in(file), Marked.of(text), StandardOpenOption.CREATE_NEW);
      made.push(file);
      // Whatever the umask is: the service reads it as a user of its own.
      Files.setPosixFilePermissions(place.in(file), PosixFilePermissions.fromString("rw-r--r--"));
    } catch (IOException e) {
      throw Reason.with("cannot write " + file, e);
    }
  }

  private void link(Path link, Path target, Deque<Path> made) throws IOException {
    try {
      createFolder(link.getParent(), made);
      Files.createSymbolicLink(place.in(link), target);
      made.push(link);
    } catch (IOException e) {
      throw Reason.with("cannot write " + link, e);
    }
  }

  private void createFolder(Path folder, Deque<Path> made) throws IOException {
    if (!Files.isDirectory(place.in(folder))) {
      createFolder(folder.getParent(), made);
      Files.createDirectory(place.in(folder));
      made.push(folder);
      Files.setPosixFilePermissions(place.in(folder), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private void delete(Path file) throws IOException {
    try {
      Files.deleteIfExists(place.in(file));
    } catch (IOException e) {
      throw Reason.with("cannot remove " + tick(file.toString()), e);
    }
  }

  /** Deletes a link, or a folder unless something is in it. */
  private void deleteEmpty(Path folder) throws IOException {
    try {
      Files.deleteIfExists(place.in(folder));
    } catch (DirectoryNotEmptyException e) {
      // Somebody keeps something there.
    }
  }
}
