package jcluster.os;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;

/**
 * The functions and constants of the C library, under their own names; JNA direct mapping. This is
 * glibc 2.36 or later on 64-bit Linux, x86-64 or arm64, where these constants and the layouts in
 * {@link Sockets}, {@link Processes} and {@link Poll} are the same; a test compares them with the
 * headers.
 */
final class Libc {
  // errno.h
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int ENOTSOCK = 88;

  // fcntl.h
  static final int F_GETFD = 1;
  static final int F_SETFD = 2;
  static final int F_SETFL = 4;
  static final int FD_CLOEXEC = 1;
  static final int F_DUPFD_CLOEXEC = 1030;
  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int O_NOCTTY = 0x100;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;

  // poll.h
  static final int POLLIN = 0x1;
  static final int POLLOUT = 0x4;
  static final int POLLHUP = 0x10;
  static final int SIZEOF_POLLFD = 8;

  // sys/socket.h
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int SO_TYPE = 3;
  static final int SO_LINGER = 13;
  static final int SO_PASSCRED = 16;
  static final int SO_PEERCRED = 17;
  static final int SO_ACCEPTCONN = 30;
  static final int SO_DOMAIN = 39;
  static final int SCM_RIGHTS = 1;
  static final int SCM_CREDENTIALS = 2;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_CMSG_CLOEXEC = 0x40000000;
  static final int MSG_TRUNC = 0x20;
  static final int SHUT_RD = 0;
  static final int SIZEOF_MSGHDR = 56;
  static final int SIZEOF_CMSGHDR = 16;
  static final int SIZEOF_UCRED = 12;
  static final int SIZEOF_LINGER = 8;
  static final int SIZEOF_SOCKADDR_STORAGE = 128;

  // linux/sockios.h
  static final int SIOCOUTQ = 0x5411;

  // sys/un.h
  static final int SIZEOF_SUN_PATH = 108;

  // sys/ioctl.h
  static final int TIOCGWINSZ = 0x5413;
  static final int SIZEOF_WINSIZE = 8;

  // termios.h
  static final int ICANON = 2;
  static final int ECHO = 8;
  static final int TCSADRAIN = 1;
  static final int VTIME = 5;
  static final int VMIN = 6;
  static final int VSUSP = 10;
  static final int SIZEOF_TERMIOS = 60;

  // linux/close_range.h
  static final int CLOSE_RANGE_CLOEXEC = 4;

  // signal.h; a struct sigaction begins with sa_handler
  static final int SIGHUP = 1;
  static final int SIGINT = 2;
  static final int SIGQUIT = 3;
  static final int SIGTERM = 15;
  static final int SIGCHLD = 17;
  static final int SIG_BLOCK = 0;
  static final int SIG_IGN = 1;
  static final int SIZEOF_SIGACTION = 152;

  // sys/signalfd.h
  static final int SFD_CLOEXEC = 0x80000;
  static final int SFD_NONBLOCK = 0x800;
  static final int SIZEOF_SIGNALFD_SIGINFO = 128;

  // linux/pidfd.h of Linux 6.15: mask is at 0 in struct pidfd_info, exit_code at 60
  static final long PIDFD_INFO_EXIT = 0x8;
  static final long SIZEOF_PIDFD_INFO = 64;
  static final long PIDFD_GET_INFO = 0xc040ff0bL;

  // sys/wait.h; si_pid is at 16 in siginfo_t
  static final int WNOHANG = 1;
  static final int WEXITED = 4;
  static final int WNOWAIT = 0x1000000;
  static final int P_ALL = 0;
  static final int SIZEOF_SIGINFO_T = 128;

  // spawn.h; the opaque types, rounded up
  static final int POSIX_SPAWN_SETPGROUP = 0x02;
  static final int POSIX_SPAWN_SETSIGDEF = 0x04;
  static final int POSIX_SPAWN_SETSIGMASK = 0x08;
  static final int SIZEOF_POSIX_SPAWNATTR_T = 336;
  static final int SIZEOF_POSIX_SPAWN_FILE_ACTIONS_T = 80;
  static final int SIZEOF_SIGSET_T = 128;

  static {
    if (Native.POINTER_SIZE != 8) {
      throw new UnsupportedOperationException("jcluster runs on 64-bit Linux only");
    }
    Native.register(Libc.class, NativeLibrary.getInstance("c"));
  }

  private Libc() {}

  static native int accept4(int fd, Pointer address, Pointer length, int flags);

  static native int bind(int fd, byte[] address, int length);

  static native int close(int fd);

  static native int close_range(int first, int last, int flags);

  static native int connect(int fd, byte[] address, int length);

  static native int execve(String path, Pointer argv, Pointer envp);

  static native int fcntl(int fd, int command, int argument);

  static native int getsockname(int fd, Memory address, IntByReference length);

  static native int getsockopt(int fd, int level, int option, Memory value, IntByReference length);

  static native int getuid();

  static native int ioctl(int fd, long request, Memory argument);

  static native int isatty(int fd);

  static native int kill(int pid, int signal);

  static native int listen(int fd, int backlog);

  static native int mkfifo(String path, int mode);

  static native int open(String path, int flags);

  static native int pidfd_getfd(int pidfd, int fd, int flags);

  static native int pidfd_open(int pid, int flags);

  static native int pidfd_send_signal(int pidfd, int signal, Pointer info, int flags);

  static native int poll(Pointer fds, long count, int timeout);

  static native int posix_spawn(
      IntByReference pid,
      String path,
      Memory actions,
      Memory attributes,
      Pointer argv,
      Pointer envp);

  static native int posix_spawn_file_actions_addchdir_np(Memory actions, String path);

  static native int posix_spawn_file_actions_addclosefrom_np(Memory actions, int from);

  static native int posix_spawn_file_actions_adddup2(Memory actions, int from, int to);

  static native int posix_spawn_file_actions_destroy(Memory actions);

  static native int posix_spawn_file_actions_init(Memory actions);

  static native int posix_spawnattr_destroy(Memory attributes);

  static native int posix_spawnattr_init(Memory attributes);

  static native int posix_spawnattr_setflags(Memory attributes, short flags);

  static native int posix_spawnattr_setpgroup(Memory attributes, int group);

  static native int posix_spawnattr_setsigdefault(Memory attributes, Memory set);

  static native int posix_spawnattr_setsigmask(Memory attributes, Memory set);

  static native int pthread_sigmask(int how, Memory set, Memory old);

  static native long read(int fd, byte[] buffer, long length);

  static native long recvmsg(int fd, Memory message, int flags);

  static native long send(int fd, byte[] buffer, long length, int flags);

  static native long sendmsg(int fd, Memory message, int flags);

  static native int setsockopt(int fd, int level, int option, Pointer value, int length);

  static native int shutdown(int fd, int how);

  static native int sigaction(int signal, Memory action, Memory old);

  static native int sigaddset(Memory set, int signal);

  static native int sigemptyset(Memory set);

  static native int sigismember(Memory set, int signal);

  static native int signalfd(int fd, Memory set, int flags);

  static native int socket(int domain, int type, int protocol);

  static native String strerror(int errno);

  static native int tcgetattr(int fd, Memory attributes);

  static native int tcsetattr(int fd, int when, Memory attributes);

  static native int waitid(int type, int id, Memory info, int options);

  static native int waitpid(int pid, IntByReference status, int options);

  static native long write(int fd, byte[] buffer, long length);
}
