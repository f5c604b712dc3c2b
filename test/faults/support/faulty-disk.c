/*
 * Preloaded into a server (LD_PRELOAD), this stands between it and the disk for all files below one
 * folder. It notes every change and every sync in a journal, so that a test can rebuild the files as
 * a power cut would leave them, and fails on demand. SQLite's "-shm" is left withLock: it is shared
 * memory, and nothing in it outlives a process. What it can't follow ends the process loudly.
 *
 * FAULTY_DISK_ROOT     the folder, without a slash at its end
 * FAULTY_DISK_JOURNAL  where records are appended: kind, path length, offset, data length (each
 *                      64 bits), then path and data
 * FAULTY_DISK_SWITCHES a file of 64-bit numbers that the test may change at any time: see below
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, FAILED_SYNC, UNLINK, MAKE_DIR };

struct switches {
  int64_t write_errno;  /* writes and truncations fail with it; 0: they work */
  int64_t sync_errno;   /* syncs fail with it; 0: they work */
  int64_t changes;      /* how many changes and syncs there were */
  int64_t die_at;       /* the change before which the process dies; 0: none */
  int64_t lookup_error; /* look-ups of a host's name fail with it; 0: they work */
};

#define MAX_FD 65536
static char *paths[MAX_FD];
static const char *root;
static size_t root_length;
static int journal = -1;
static struct switches no_switches;
static volatile struct switches *switches = &no_switches;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void give_up(const char *what, const char *path) {
  fprintf(stderr, "faulty-disk: %s is not followed: %s\n", what, path);
  abort();
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTY_DISK_SWITCHES");
  root = getenv("FAULTY_DISK_ROOT");
  if (root == NULL || path == NULL) return;
  root_length = strlen(root);
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  void *page = mmap(NULL, sizeof no_switches, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) give_up("the file of switches", path);
  switches = page;
  path = getenv("FAULTY_DISK_JOURNAL");
  if (path == NULL) return;
  journal = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (journal < 0) give_up("the journal", path);
}

static int is_ours(const char *path) {
  if (root == NULL || path == NULL || strncmp(path, root, root_length) != 0) return 0;
  if (path[root_length] != '/' && path[root_length] != '\0') return 0;
  size_t length = strlen(path);
  return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static const char *path_of(int fd) { return fd >= 0 && fd < MAX_FD ? paths[fd] : NULL; }

/* Before each change: counts it, and dies when it is the one. */
static void count_change(void) {
  int64_t number = __sync_add_and_fetch(&switches->changes, 1);
  if (switches->die_at == number) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
}

/* After each change. A sync noted too late is a sync that nobody was told of. */
static void note(int64_t kind, const char *path, int64_t offset, const void *data, size_t length) {
  if (journal < 0) return;
  int64_t head[4] = {kind, (int64_t)strlen(path), offset, (int64_t)length};
  struct iovec parts[3] = {{head, sizeof head}, {(void *)path, strlen(path)}, {(void *)data, length}};
  ssize_t all = (ssize_t)(sizeof head + strlen(path) + length);
  pthread_mutex_lock(&lock);
  if (syscall(SYS_writev, journal, parts, 3) != all) give_up("a record of the journal", path);
  pthread_mutex_unlock(&lock);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int open_ours(const char *path, int flags, mode_t mode) {
  int is_new = (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
  if (flags & O_TRUNC) give_up("O_TRUNC", path);
  if (is_new) count_change();
  int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (fd < 0) return fd;
  if (fd >= MAX_FD) give_up("so high a descriptor", path);
  paths[fd] = strdup(path);
  if (is_new) note(CREATE, path, 0, "", 0);
  return fd;
}

#define OPEN(name)                                          \
  int name(const char *path, int flags, ...) {              \
    va_list arguments;                                      \
    va_start(arguments, flags);                             \
    mode_t mode = (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0; \
    va_end(arguments);                                      \
    if (is_ours(path)) return open_ours(path, flags, mode); \
    return REAL(name)(path, flags, mode);                   \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (path_of(fd) != NULL) {
    free(paths[fd]);
    paths[fd] = NULL;
  }
  return REAL(close)(fd);
}

static int refuses(int64_t error) {
  if (error == 0) return 0;
  errno = (int)error;
  return 1;
}

static ssize_t write_ours(int fd, const void *data, size_t length, off_t offset) {
  count_change();
  if (refuses(switches->write_errno)) return -1;
  ssize_t written = syscall(SYS_pwrite64, fd, data, length, offset);
  if (written > 0) note(WRITE, paths[fd], offset, data, (size_t)written);
  return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
  if (path_of(fd) != NULL) return write_ours(fd, data, length, offset);
  return REAL(pwrite)(fd, data, length, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) {
  return pwrite(fd, data, length, offset);
}

ssize_t write(int fd, const void *data, size_t length) {
  if (path_of(fd) != NULL) give_up("write()", paths[fd]);
  return REAL(write)(fd, data, length);
}

int ftruncate(int fd, off_t length) {
  if (path_of(fd) == NULL) return REAL(ftruncate)(fd, length);
  count_change();
  if (refuses(switches->write_errno)) return -1;
  int result = REAL(ftruncate)(fd, length);
  if (result == 0) note(TRUNCATE, paths[fd], length, "", 0);
  return result;
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

static int sync_ours(int fd) {
  count_change();
  if (refuses(switches->sync_errno)) {
    int error = errno;
    note(FAILED_SYNC, paths[fd], 0, "", 0);
    errno = error;
    return -1;
  }
  int result = syscall(SYS_fsync, fd);
  note(result == 0 ? SYNC : FAILED_SYNC, paths[fd], 0, "", 0);
  return result;
}

int fsync(int fd) { return path_of(fd) != NULL ? sync_ours(fd) : REAL(fsync)(fd); }

int fdatasync(int fd) { return path_of(fd) != NULL ? sync_ours(fd) : REAL(fdatasync)(fd); }

int unlink(const char *path) {
  if (!is_ours(path)) return REAL(unlink)(path);
  count_change();
  int result = REAL(unlink)(path);
  if (result == 0) note(UNLINK, path, 0, "", 0);
  return result;
}

int mkdir(const char *path, mode_t mode) {
  if (!is_ours(path)) return REAL(mkdir)(path, mode);
  count_change();
  int result = REAL(mkdir)(path, mode);
  if (result == 0) note(MAKE_DIR, path, 0, "", 0);
  return result;
}

int rename(const char *from, const char *to) {
  if (is_ours(from) || is_ours(to)) give_up("rename()", from);
  return REAL(rename)(from, to);
}

void *mmap64(void *where, size_t length, int protection, int flags, int fd, off_t offset) {
  if (path_of(fd) != NULL && (protection & PROT_WRITE) && (flags & MAP_SHARED))
    give_up("a shared mapping", paths[fd]);
  return REAL(mmap64)(where, length, protection, flags, fd, offset);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
  if (switches->lookup_error != 0) return (int)switches->lookup_error;
  return REAL(getaddrinfo)(node, service, hints, result);
}
