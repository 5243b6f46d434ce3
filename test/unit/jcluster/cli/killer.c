/*
 * Preloaded (ld.so(8)) into a program, sends it SIGKILL, or the signal KILL_SIGNAL, just before its KILL_AT-th call that
 * has to do with a file whose name begins with KILL_NAME: to open, write, close, rename or remove it. Says so by a file
 * KILL_MARK with its process id.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int calls;
static int file = -1;

static void call(void) {
  const char *at = getenv("KILL_AT");
  if (at && __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) == atoi(at)) {
    const char *number = getenv("KILL_SIGNAL"), *mark = getenv("KILL_MARK");
    char path[4096];
    snprintf(path, sizeof path, "%s%d", mark ? mark : "", getpid());
    if (mark) creat(path, 0600);
    kill(getpid(), number ? atoi(number) : SIGKILL);
  }
}

static int is_it(const char *path) {
  const char *name = getenv("KILL_NAME"), *last = strrchr(path, '/');
  return name && !strncmp(last ? last + 1 : path, name, strlen(name));
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  if (!is_it(path)) return NEXT(open64)(path, flags, mode);
  call();
  return file = NEXT(open64)(path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (fd == file) call();
  return NEXT(write)(fd, bytes, count);
}

int close(int fd) {
  if (fd == file) {
    call();
    file = -1;
  }
  return NEXT(close)(fd);
}

int rename(const char *from, const char *to) {
  if (is_it(from)) call();
  return NEXT(rename)(from, to);
}

int unlink(const char *path) {
  if (is_it(path)) call();
  return NEXT(unlink)(path);
}
