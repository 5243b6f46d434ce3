/* Prints the constants and layouts that jcluster.os.Libc, Sys and Poll rely on, for ConstantsTest. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <termios.h>
#include <linux/close_range.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <netinet/in.h>

#define P(name) printf("%s %ld\n", #name, (long)(name))
#define SIZE(name, type) printf("SIZEOF_%s %ld\n", name, (long)sizeof(type))
#define AT(type, member) \
  printf("%s.%s %ld\n", #type, #member, (long)offsetof(struct type, member))
#define AT_TYPE(type, member) printf("%s.%s %ld\n", #type, #member, (long)offsetof(type, member))

int main(void) {
  P(ESRCH); P(EINTR); P(EAGAIN); P(ENOTSOCK); P(EADDRINUSE);

  P(F_GETFD); P(F_SETFD); P(F_SETFL); P(FD_CLOEXEC); P(F_DUPFD_CLOEXEC);
  P(O_WRONLY); P(O_RDWR); P(O_NOCTTY); P(O_NONBLOCK); P(O_CLOEXEC);
  P(POLLIN); P(POLLOUT); P(POLLHUP);
  P(AF_UNIX); P(AF_INET); P(AF_INET6);
  P(SOCK_STREAM); P(SOCK_DGRAM); P(SOCK_CLOEXEC); P(SOCK_NONBLOCK);
  P(SOL_SOCKET); P(SO_REUSEADDR); P(SO_TYPE); P(SO_LINGER); P(SO_PASSCRED); P(SO_PEERCRED);
  P(SO_ACCEPTCONN); P(SO_DOMAIN); P(SCM_RIGHTS); P(SCM_CREDENTIALS);
  P(MSG_NOSIGNAL); P(MSG_DONTWAIT); P(MSG_CMSG_CLOEXEC); P(MSG_TRUNC); P(SHUT_RD);
  P(TIOCGWINSZ); SIZE("WINSIZE", struct winsize); AT(winsize, ws_row); AT(winsize, ws_col);
  P(ICANON); P(ECHO); P(TCSADRAIN); P(VTIME); P(VMIN); P(VSUSP); SIZE("TERMIOS", struct termios);
  AT(termios, c_lflag); AT(termios, c_cc);
  P(SIOCOUTQ);
  P(CLOSE_RANGE_CLOEXEC); P(SIG_BLOCK); P(SIG_IGN);
  P(SFD_CLOEXEC); P(SFD_NONBLOCK); SIZE("SIGNALFD_SIGINFO", struct signalfd_siginfo);
  P(WEXITED); P(WNOWAIT); P(P_ALL); SIZE("SIGINFO_T", siginfo_t); AT_TYPE(siginfo_t, si_pid);
  AT(signalfd_siginfo, ssi_signo);
  SIZE("SIGACTION", struct sigaction); AT(sigaction, sa_handler);
  P(WNOHANG);
  P(POSIX_SPAWN_SETPGROUP); P(POSIX_SPAWN_SETSIGDEF); P(POSIX_SPAWN_SETSIGMASK);
  SIZE("POLLFD", struct pollfd); SIZE("MSGHDR", struct msghdr); SIZE("CMSGHDR", struct cmsghdr);
  SIZE("UCRED", struct ucred); SIZE("LINGER", struct linger); SIZE("SOCKADDR_STORAGE", struct sockaddr_storage);
  SIZE("SUN_PATH", ((struct sockaddr_un *)0)->sun_path);
  SIZE("POSIX_SPAWNATTR_T", posix_spawnattr_t); SIZE("SIGSET_T", sigset_t);
  SIZE("POSIX_SPAWN_FILE_ACTIONS_T", posix_spawn_file_actions_t);
  AT(pollfd, events); AT(pollfd, revents);
  AT(iovec, iov_len);
  AT(msghdr, msg_iov); AT(msghdr, msg_iovlen); AT(msghdr, msg_control); AT(msghdr, msg_controllen);
  AT(msghdr, msg_flags);
  AT(cmsghdr, cmsg_level); AT(cmsghdr, cmsg_type);
  AT(ucred, uid);
  AT(sockaddr_un, sun_path);
  AT(sockaddr_in, sin_port); AT(sockaddr_in, sin_addr);
  AT(sockaddr_in6, sin6_port); AT(sockaddr_in6, sin6_addr); AT(sockaddr_in6, sin6_scope_id);
  P(SIGHUP); P(SIGINT); P(SIGQUIT); P(SIGKILL); P(SIGUSR1); P(SIGTERM); P(SIGCHLD);
  return 0;
}
