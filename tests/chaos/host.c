/* Preloaded, to make one process believe in a worse host than this one is. What a test decides while it runs stands in the
   file that $BAD_HOST names: by how many seconds the wall clock is wrong, and how many a call takes that waits for a disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const struct {
  volatile int64_t clock_error_s;
  volatile int64_t disk_delay_s;
} good_host, *host = &good_host;

/* Allocators ask for the time before anything can be looked up or mapped: then the host is good. */
__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("BAD_HOST");
  const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void* mapped = mmap(NULL, sizeof *host, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) host = mapped;
  close(fd);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += host->clock_error_s;
  return result;
}

time_t time(time_t* into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into != NULL) *into = now.tv_sec;
  return now.tv_sec;
}

int fsync(int fd) {
  sleep((unsigned)host->disk_delay_s);
  return (int)syscall(SYS_fsync, fd);
}

int rename(const char* from, const char* to) {
  sleep((unsigned)host->disk_delay_s);
  return renameat(AT_FDCWD, from, AT_FDCWD, to);
}
