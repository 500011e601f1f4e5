/* Every fsync and fdatasync takes SYNC_MICROSECONDS longer: a slow disk, the same for every program that loads this. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_disk(void) {
  const char *microseconds = getenv("SYNC_MICROSECONDS");
  if (microseconds) usleep((useconds_t)atol(microseconds));
}

int fsync(int fd) {
  static int (*really)(int);
  if (!really) really = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_for_disk();
  return really(fd);
}

int fdatasync(int fd) {
  static int (*really)(int);
  if (!really) really = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_for_disk();
  return really(fd);
}
