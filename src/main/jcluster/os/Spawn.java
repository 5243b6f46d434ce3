package jcluster.os;

import com.sun.jna.Memory;
import com.sun.jna.ptr.IntByReference;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Creates processes that get exactly what they are given (posix_spawn(3)): the descriptors listed
 * and no other, the environment listed, no blocked and no ignored signal, and a process group of
 * their own. Because of that group, a signal from the terminal reaches only the supervisor, and a
 * SIGKILL reaches everything that the process itself has started.
 */
public final class Spawn {
  private Spawn() {}

  /**
   * Spawns a process.
   *
   * @param path the program's path; PATH is not searched
   * @param argv its arguments, the first being its name
   * @param environment its environment
   * @param directory its working directory; this process's if empty
   * @param fds its descriptors 0, 1, 2, …
   * @return its process id; it is this process's child, to be reaped with {@link Processes#reap}
   * @throws OsException if it cannot be created, or the program cannot be executed
   */
  public static int spawn(
      String path,
      List<String> argv,
      Map<String, String> environment,
      Optional<String> directory,
      List<Fd> fds)
      throws OsException {
    List<String> variables = new ArrayList<>();
    environment.forEach((name, value) -> variables.add(name + "=" + value));
    var arguments = new Sys.StringVector(argv);
    var variableVector = new Sys.StringVector(variables);
    List<Fd> sources = new ArrayList<>();
    try (var actions = new Memory(Libc.SIZEOF_POSIX_SPAWN_FILE_ACTIONS_T);
        var attributes = new Memory(Libc.SIZEOF_POSIX_SPAWNATTR_T)) {
      check("file_actions_init", Libc.posix_spawn_file_actions_init(actions));
      check("attr_init", Libc.posix_spawnattr_init(attributes));
      try {
        // Copies above the target range, so that no dup2 overwrites the source of a later one.
        for (Fd fd : fds) {
          sources.add(Sys.duplicate(fd, Math.max(3, fds.size())));
        }
        setActions(actions, sources, directory);
        setAttributes(attributes);
        var pid = new IntByReference();
        int error =
            Libc.posix_spawn(
                pid, path, actions, attributes, arguments.pointer(), variableVector.pointer());
        if (error != 0) {
          String where = directory.map(d -> " in " + d).orElse("");
          throw new OsException("posix_spawn " + path + where, error);
        }
        return pid.getValue();
      } finally {
        Reference.reachabilityFence(arguments);
        Reference.reachabilityFence(variableVector);
        Libc.posix_spawnattr_destroy(attributes);
        Libc.posix_spawn_file_actions_destroy(actions);
        sources.forEach(Fd::close);
      }
    }
  }

  /** The descriptors listed and no other, and the working directory. */
  private static void setActions(Memory actions, List<Fd> sources, Optional<String> directory)
      throws OsException {
    for (int target = 0; target < sources.size(); target++) {
      int source = sources.get(target).number();
      check("adddup2", Libc.posix_spawn_file_actions_adddup2(actions, source, target));
    }
    check(
        "addclosefrom_np", Libc.posix_spawn_file_actions_addclosefrom_np(actions, sources.size()));
    if (directory.isPresent()) {
      check("addchdir_np", Libc.posix_spawn_file_actions_addchdir_np(actions, directory.get()));
    }
  }

  /** No blocked and no ignored signal, and a process group of its own. */
  private static void setAttributes(Memory attributes) throws OsException {
    try (var signals = new Memory(Libc.SIZEOF_SIGSET_T)) {
      // Not sigfillset(3): it leaves out two of glibc's own signals, which the child would then
      // ignore.
      signals.setMemory(0, signals.size(), (byte) 0xff);
      check("setsigdefault", Libc.posix_spawnattr_setsigdefault(attributes, signals));
      Libc.sigemptyset(signals);
      check("setsigmask", Libc.posix_spawnattr_setsigmask(attributes, signals));
    }
    check("setpgroup", Libc.posix_spawnattr_setpgroup(attributes, 0));
    int flags =
        Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK | Libc.POSIX_SPAWN_SETPGROUP;
    check("setflags", Libc.posix_spawnattr_setflags(attributes, (short) flags));
  }

  /** These functions return their error instead of setting errno. */
  private static void check(String call, int error) throws OsException {
    if (error != 0) {
      throw new OsException("posix_spawn_" + call, error);
    }
  }
}
