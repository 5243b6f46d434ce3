package jcluster.install;

import static jcluster.config.Words.tick;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcluster.config.ConfigFile;
import jcluster.text.Reason;

/**
 * What would keep an application from starting as a service, found before anything is written. Each
 * problem says what to do about it.
 */
final class Checks {
  /** Where a service looks for programs, see ENVIRONMENT VARIABLES in systemd.exec(5). */
  private static final List<String> PATH =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  /** What ProtectHome=yes of the units hides. */
  private static final List<Path> HOMES =
      List.of(Path.of("/home"), Path.of("/root"), Path.of("/run/user"));

  /** Of these, a service has its own: BindPaths= of the units. */
  private static final List<Path> SCRATCH = List.of(Path.of("/tmp"), Path.of("/var/tmp"));

  private static final int OLDEST_JAVA = 17;
  private static final Pattern JAVA_VERSION =
      Pattern.compile("(?m)^JAVA_VERSION=\"(?:1[.])?(\\d+)");
  private static final Pattern SHELL_SCRIPT =
      Pattern.compile("#! *(\\S*/)?(env +)?(ba|da|k|z)?sh\\b.*", Pattern.DOTALL);
  private static final Pattern EXEC = Pattern.compile("(?m)^[^#\\n]*\\bexec\\b");
  private static final Pattern HEAP = Pattern.compile("-Xmx([0-9]{1,9})([kKmMgGtT]?)");
  private static final Pattern TOTAL = Pattern.compile("(?m)^MemTotal: +([0-9]{1,15}) kB$");
  private static final int LONGEST_SCRIPT = 1 << 20;

  private final Place place;
  private final Application application;
  private final List<String> problems = new ArrayList<>();

  private Checks(Place place, Application application) {
    this.place = place;
    this.application = application;
  }

  /**
   * The problems of some applications, each as {@code NAME: message}.
   *
   * @param taken the addresses that other applications have, with their names; gets those of these
   */
  static List<String> of(Place place, List<Application> applications, Map<String, String> taken) {
    List<String> all = new ArrayList<>();
    Map<String, String> users = new HashMap<>(taken);
    for (Application one : applications) {
      var checks = new Checks(place, one);
      checks.addresses(users);
      checks.supervisor();
      checks.command();
      one.folder().flatMap(checks::there).ifPresent(checks::readable);
      checks.heaps();
      checks.problems.addAll(
          ConfigFile.mistakes(Path.of("its configuration"), one.configuration()));
      checks.problems.stream().distinct().forEach(p -> all.add(one.name() + ": " + p));
    }
    return all;
  }

  private void addresses(Map<String, String> users) {
    for (Listen address : application.listen()) {
      String other = users.putIfAbsent(address.text(), application.name());
      if (other != null) {
        problems.add(other + " listens on " + address + " already: choose another address");
      } else if (place.isHere()) {
        address.obstacle().ifPresent(problems::add);
      }
    }
  }

  /** The supervisor itself runs on the java that a service finds. */
  private void supervisor() {
    Optional<Path> java = lookUp("java");
    if (java.isEmpty()) {
      problems.add(
          "a service finds no java in "
              + String.join(":", PATH)
              + ": apt-get install default-jre-headless, or link yours to /usr/local/bin/java");
    } else {
      java(java.get());
    }
  }

  private void command() {
    List<String> words = application.command();
    String program = words.get(0);
    if (program.equals("java")) {
      arguments(words);
      return;
    }
    Optional<Path> file =
        program.indexOf('/') < 0 ? lookUp(program) : path(program, "program").flatMap(this::file);
    if (file.isEmpty() && program.indexOf('/') < 0) {
      problems.add(
          tick(program) + " is in none of " + String.join(":", PATH) + ": write its whole path");
    } else if (file.isPresent()) {
      program(file.get());
      if (program.endsWith("/java")) {
        java(file.get());
        arguments(words);
      }
    }
  }

  private void program(Path program) {
    if (!readable(program)) {
      return;
    }
    try {
      Path file = place.follow(program).file();
      if (!place.mayExecute(file, application.name())) {
        problems.add(tick(program.toString()) + " is not executable: chmod a+rx " + file);
        return;
      }
      try (var in = Files.newInputStream(place.in(file))) {
        String text = new String(in.readNBytes(LONGEST_SCRIPT), StandardCharsets.ISO_8859_1);
        if (SHELL_SCRIPT.matcher(text).matches() && !EXEC.matcher(text).find()) {
          problems.add(
              tick(program.toString())
                  + " starts its JVM as a process beside itself, where jcluster does not reach it:"
                  + " write exec before the java in this script");
        }
      }
    } catch (IOException e) {
      problems.add(tick(program.toString()) + " cannot be read: " + Reason.why(e));
    }
  }

  /** The jar, and what is on the class path, of a command that begins with java. */
  private void arguments(List<String> words) {
    for (int i = 1; i < words.size(); i++) {
      boolean last = i + 1 == words.size();
      switch (words.get(i)) {
        case "-jar" -> {
          if (last) {
            problems.add("-jar is the last word of the command: write the jar behind it");
          } else {
            path(words.get(i + 1), "jar").flatMap(this::file).ifPresent(this::jar);
          }
          return;
        }
        case "-cp", "-classpath", "--class-path", "-p", "--module-path" -> {
          i++;
          for (String entry : last ? new String[0] : words.get(i).split(":")) {
            if (entry.startsWith("/") && !entry.endsWith("*")) {
              Optional.of(Path.of(entry)).flatMap(this::there).ifPresent(this::readable);
            }
          }
        }
        default -> {
          if (!words.get(i).startsWith("-")) {
            return; // The main class; the application's own words follow.
          }
        }
      }
    }
  }

  private void jar(Path jar) {
    if (!readable(jar)) {
      return;
    }
    try (var file = new JarFile(place.in(place.follow(jar).file()).toFile())) {
      var manifest = file.getManifest();
      if (manifest == null
          || manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS) == null) {
        problems.add(
            tick(jar.toString())
                + " has no Main-Class in its manifest: build it as an executable jar, or give -cp"
                + " and the main class in place of -jar");
      }
    } catch (IOException e) {
      problems.add(tick(jar.toString()) + " is no jar (" + Reason.why(e) + "): build it again");
    }
  }

  /** Refuses heaps that together are larger than the machine's memory, in a reload. */
  private void heaps() {
    Optional<Matcher> given =
        application.command().stream().map(HEAP::matcher).filter(Matcher::matches).findFirst();
    if (given.isEmpty() || !place.isHere()) {
      return;
    }
    try {
      Matcher total = TOTAL.matcher(Files.readString(Path.of("/proc/meminfo")));
      String unit = given.get().group(2).toLowerCase(Locale.ROOT);
      double heap =
          Double.parseDouble(given.get().group(1)) * Math.pow(2, 10 * " kmgt".indexOf(unit));
      int workers = application.size().count(Runtime.getRuntime().availableProcessors());
      if (total.find() && heap * (workers + 1) > Double.parseDouble(total.group(1)) * 1024) {
        problems.add(
            given.get().group()
                + " for "
                + workers
                + " workers, and one more during a reload, is more than this machine's memory of "
                + Long.parseLong(total.group(1)) / 1024
                + "M: give less, leave -Xmx out (each worker then gets its share), or have fewer"
                + " --instances=");
      }
    } catch (IOException e) {
      throw new AssertionError("/proc is not mounted", e);
    }
  }

  private void java(Path java) {
    if (!readable(java)) {
      return;
    }
    try {
      Path home = place.follow(java).file().getParent().getParent();
      Path release = place.in(home.resolve("release"));
      if (Files.exists(release)) { // It is in every JDK, but a distribution may leave it out.
        Matcher version = JAVA_VERSION.matcher(Files.readString(release));
        if (version.find() && Integer.parseInt(version.group(1)) < OLDEST_JAVA) {
          problems.add(
              tick(java.toString())
                  + " is Java "
                  + version.group(1)
                  + ", and 17 or newer is needed: install one, such as apt-get install"
                  + " default-jre-headless, and see update-alternatives --config java");
        }
      }
    } catch (IOException e) {
      problems.add(tick(java.toString()) + " cannot be examined: " + Reason.why(e));
    }
  }

  private Optional<Path> lookUp(String program) {
    return PATH.stream()
        .map(folder -> Path.of(folder, program))
        .filter(
            file -> {
              try {
                return Files.isRegularFile(place.in(place.follow(file).file()));
              } catch (IOException e) {
                return false;
              }
            })
        .findFirst();
  }

  private Optional<Path> path(String text, String what) {
    try {
      Path path = Path.of(text);
      if (path.isAbsolute()) {
        return Optional.of(path);
      }
      problems.add(
          "the "
              + what
              + " "
              + tick(text)
              + " is not a whole path, and a service starts in /: write "
              + path.toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      problems.add("the " + what + " " + tick(text) + " is not a path: " + e.getReason());
    }
    return Optional.empty();
  }

  /** The file, if it is there and a file. */
  private Optional<Path> file(Path path) {
    return there(path)
        .filter(
            file -> {
              boolean folder = isFolder(file);
              if (folder) {
                problems.add(tick(file.toString()) + " is a folder: name a file in it");
              }
              return !folder;
            });
  }

  private boolean isFolder(Path path) {
    try {
      return Files.isDirectory(place.in(place.follow(path).file()));
    } catch (IOException e) {
      return false;
    }
  }

  /** The file or folder, if it is there. */
  private Optional<Path> there(Path path) {
    try {
      if (Files.exists(place.in(place.follow(path).file()))) {
        return Optional.of(path);
      }
      problems.add(tick(path.toString()) + " does not exist: check the path");
    } catch (IOException e) {
      problems.add(tick(path.toString()) + " cannot be reached: " + Reason.why(e));
    }
    return Optional.empty();
  }

  /** Whether the service's user may read a file that is there; says why not. */
  private boolean readable(Path path) {
    int before = problems.size();
    try {
      Place.Found found = place.follow(path);
      String name = "/opt/" + application.name() + "/" + path.getFileName();
      if (in(HOMES, found)) {
        problems.add(
            tick(path.toString())
                + " is in a home, which is hidden from services (ProtectHome=yes): move it, such"
                + " as to "
                + name);
      } else if (in(SCRATCH, found)) {
        problems.add(
            tick(path.toString())
                + " is in a folder for temporary files, of which a service has its own: move it,"
                + " such as to "
                + name);
      } else {
        permissions(path, found);
      }
    } catch (IOException e) {
      problems.add(tick(path.toString()) + " cannot be examined: " + Reason.why(e));
    }
    return problems.size() == before;
  }

  private void permissions(Path path, Place.Found found) throws IOException {
    for (Path folder : found.folders()) {
      if (!place.mayExecute(folder, application.name())) {
        problems.add(
            tick(path.toString())
                + " is in a folder that the service's user may not enter: chmod a+x "
                + folder);
        return;
      }
    }
    if (!place.mayRead(found.file(), application.name())) {
      problems.add(
          tick(path.toString())
              + " may not be read by the service's user: chmod a+r "
              + found.file());
    }
  }

  private static boolean in(List<Path> folders, Place.Found found) {
    return Stream.concat(found.folders().stream(), Stream.of(found.file()))
        .anyMatch(path -> folders.stream().anyMatch(path::startsWith));
  }
}
